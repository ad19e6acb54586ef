package import Envfile
internal import OCI
package import Vocabulary

/// What an environment runs, without the words of any engine: the model that all writers share.
///
/// Names are as the files have them; each writer gives them the form of its engine.
package struct Application: Sendable {
    /// The name of the project.
    package var name: String
    /// Services and jobs, sorted by name.
    package var workloads: [Workload] = []
    /// The named volumes that a workload mounts, sorted by name.
    package var volumes: [SharedVolume] = []
    /// The files that workloads get, in the order of their use, each once.
    package var fileSets: [FileSet] = []
    /// The sets of `configs`, by their keys.
    package var configSets: [String: FileSet.ID] = [:]
    /// The secrets that workloads get, sorted by name.
    package var secrets: [SecretContent] = []
    /// The networks that workloads join, sorted by name.
    package var networks: [Envfile.Network] = []
}

/// Containers that are made of one description.
package struct Workload: Sendable {
    /// How the containers live.
    package enum Kind: Sendable, Hashable {
        /// They run until they are stopped.
        case service
        /// One runs to its end, and others wait for it.
        case task
        /// One runs to its end when a user asks for it.
        case manual
        /// One runs to its end by the clock.
        case scheduled([JobSchedule])
    }

    /// The description that the containers are made of.
    package var service: Service
    /// How the containers live.
    package var kind: Kind
    /// `services` or `jobs`.
    package var section: String
    /// The image, as another engine finds it.
    package var image: ImageFacts
    /// Whether the image has the result of all steps of `provision`.
    package var isBaked = false
    /// The user that the file names, in numbers; `nil` where it names none, or none that is known.
    package var user: NumericUser?
    /// What runs before the service's own containers.
    package var steps: [Workload] = []
    /// As the writers list them.
    package var mounts: [WorkloadMount] = []
    /// Every port that the container listens on, also those that only the image names.
    package var ports: [WorkloadPort] = []
    /// Names besides the service's own.
    package var aliases: [String] = []
    /// The check of the file, else that of the image; `nil` without a check.
    package var health: HealthCheck?
    /// 0 for what waits for nothing.
    package var wave = 0
    /// The service in whose pod this one is a container; `nil` for a pod of its own.
    package var pod: String?
    /// The keys of namespaces that the common pod fulfils.
    var sharedKeys: Set<String> = []

    /// The name of the service or job.
    package var name: String { service.name.rawValue }
    /// The name of the workload that its pod is named after.
    package var podName: String { pod ?? name }
    /// How many containers run; 0 for a service with `autostart: false`.
    package var replicas: Int { service.tools.startsAutomatically ? service.lifecycle.containerCount : 0 }
    /// Names besides the service's own in one network: those that the file gives it there, and those of no network.
    func aliases(in attachment: NetworkAttachment) -> [String] {
        let placed = Set(service.networks.flatMap(\.aliases))
        return attachment.aliases + aliases.filter { !placed.contains($0) }
    }

    var key: ConfigurationKey { ConfigurationKey(section, name) }

    /// Whether its processes are those of root, as far as is known.
    var isRoot: Bool { (user ?? imageUser)?.user ?? 0 == 0 }

    /// The user of the image, in numbers.
    var imageUser: NumericUser? {
        guard let text = image.configuration?.user, !text.isEmpty else { return nil }
        return image.user?(text, service.security.groups)
    }

    var imageCommand: [String]? { image.configuration?.command }
    var imageEntrypoint: [String]? { image.configuration?.entrypoint }
}

/// A port of a container.
package struct WorkloadPort: Hashable, Sendable {
    /// From 1 to 65535.
    package var number: UInt16
    /// TCP, UDP or SCTP.
    package var transport: Transport
    /// The name in the file; `nil` for a port without a name.
    package var name: String?
    /// The protocol above the transport, such as `http`.
    package var appProtocol: String?

    package init(_ number: UInt16, _ transport: Transport = .tcp, name: String? = nil, appProtocol: String? = nil) {
        self.number = number
        self.transport = transport
        self.name = name
        self.appProtocol = appProtocol
    }
}

/// What a container sees at a path.
package struct WorkloadMount: Hashable, Sendable {
    /// Where it comes from.
    package enum Source: Hashable, Sendable {
        /// A named volume by its key.
        case volume(String, subpath: String?)
        /// Space that lives as long as the container.
        case scratch
        case memory(size: UInt64?)
        /// One file of a set.
        case file(FileSet.ID, path: String)
        /// All files of a set, as a directory.
        case directory(FileSet.ID)
        /// All files of a set, copied into space that the container may write to.
        case copy(FileSet.ID)
        case secret(FileReference)
        /// A path of the host as written, for engines on one host; the other engines report it.
        case bind(String)
    }

    /// What the container sees there.
    package var source: Source
    /// The absolute path in the container.
    package var target: String
    /// Whether the container may only read it.
    package var isReadOnly: Bool
    /// Permission bits of a file.
    package var mode: UInt32?
    /// Whether it begins with what the image has at the target, where it is new.
    package var isFilled = false
    /// Options of mount(8) for memory besides its size, such as `mode=755`; without a mode it is 1777.
    package var memoryOptions: [String] = []

    package init(_ source: Source, at target: String, isReadOnly: Bool = false, mode: UInt32? = nil) {
        self.source = source
        self.target = target
        self.isReadOnly = isReadOnly
        self.mode = mode
    }
}

/// Files that containers get and that never change: a config, or what a read-only mount has.
package struct FileSet: Hashable, Sendable {
    package typealias ID = String

    /// The name with the hash of the content at its end: another content has another name.
    package var id: ID
    /// Sorted by path.
    package var files: [HostTree.File]

    init(named name: String, files: [HostTree.File]) {
        // In the form of every engine: two names that become one are one set where the content is the same.
        let base = DNSLabel.make(name, limit: 52)
        var hash = FNVHash<UInt64>()
        for file in files {
            hash.combine("\(file.path.utf8.count) \(file.path) \(file.bytes.count) \(file.isExecutable) ".utf8)
            hash.combine(file.bytes)
        }
        id = "\(base)-\(hash.shortText)"
        self.files = files
    }
}

extension FNVHash where Value == UInt64 {
    /// Ten hexadecimal digits.
    var shortText: String {
        let digits = String(value, radix: 16)
        return String((String(repeating: "0", count: 16 - digits.count) + digits).prefix(10))
    }
}

/// A named volume and the workloads that mount it.
package struct SharedVolume: Sendable {
    /// The volume as the file describes it.
    package var volume: Volume
    /// The workloads that mount it, sorted by name.
    package var users: [String]
    /// Those that may write to it.
    package var writers: [String]
    /// Whether containers on several nodes may mount it at a time.
    package var isShared: Bool
}

/// A secret that workloads get.
package struct SecretContent: Sendable {
    /// The secret as the file describes it.
    package var definition: FileDefinition
    /// `nil` where it is not known here.
    package var bytes: [UInt8]?
}
