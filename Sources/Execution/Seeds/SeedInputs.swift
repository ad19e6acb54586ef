internal import Envfile
internal import Glibc
internal import Images
internal import LinuxSystem
internal import OCI
internal import Planning
internal import SystemPackage
internal import Vocabulary

/// All that decides what a service writes into its new volumes until it is healthy; a seed has the digest of it.
///
/// Values of variables and secrets are part of it, and only their digest is kept.
struct SeedInputs: Encodable {
    /// The container, and the steps of its `pre_start`.
    var parts: [Part] = []
    /// What determines the steps of `provision`, in their order.
    var provision: [StepFingerprint]
    /// Run inside when it has started.
    var postStart: [LifecycleHook]
    /// The processor's architecture.
    var architecture = Platform.host.architecture
    /// The owners that this process writes: those of a user's namespace differ from root's.
    var identityMaps: [String]
    /// Raised when what seeds contain changes.
    var format = 1

    struct Part: Encodable {
        /// The names of the layers of its image. The id of an image that is built differs with the time of the build, and its
        /// layers do not where they come from the cache.
        var layers: [String]
        /// What the image says of the process.
        var execution: ImageConfiguration.Execution
        var process: DesiredContainer.Process
        var hostname: String
        var isRootReadOnly: Bool
        var mounts: [MountPart]
        /// Secrets and configs.
        var files: [DesiredContainer.File]
        var security: DesiredContainer.Security
        var namespaces: DesiredContainer.Namespaces
        var healthCheck: HealthCheck?
        var readiness: ReadinessCheck?
    }

    struct MountPart: Encodable {
        var target: String
        var kind: String
        var isReadOnly: Bool
        var subpath: String?
        var options: [String]
        var skipsCopy: Bool
        /// What a folder of the host has.
        var content: String?
    }

    /// - Parameter images: by reference.
    /// - Returns: `nil` where an image is not here, or a folder of the host is too large to be read each time.
    init?(
        _ container: DesiredContainer, images: [String: Image], provision: [StepFingerprint]
    ) throws {
        self.provision = provision
        postStart = container.postStart
        identityMaps = try ["/proc/self/uid_map", "/proc/self/gid_map"].map { try Files.text($0) ?? "" }
        for container in [container] + container.preStart {
            guard let image = images[container.image] else { return nil }
            var mounts: [MountPart] = []
            for mount in container.mounts {
                guard let part = MountPart(mount) else { return nil }
                mounts.append(part)
            }
            parts.append(
                Part(
                    layers: image.layerDirectories.compactMap { $0.lastComponent?.string },
                    execution: image.configuration.config, process: container.process, hostname: container.hostname,
                    isRootReadOnly: container.isRootReadOnly, mounts: mounts, files: container.files,
                    security: container.security, namespaces: container.namespaces, healthCheck: container.healthCheck,
                    readiness: container.readiness))
        }
    }

    /// 64 hexadecimal digits.
    func digest() throws -> String { Digester.digest(of: try JSONCoding.encode(self)).hex }
}

extension SeedInputs.MountPart {
    fileprivate init?(_ mount: DesiredContainer.Mount) {
        switch mount.source {
        case .bind(let path, _):
            guard let digest = BoundContent.digest(of: FilePath(path)) else { return nil }
            (kind, content) = ("bind", digest)
        case .volume(let name): kind = "volume \(name)"
        case .anonymous: kind = "anonymous"
        case .memory(let size, let mode): kind = "memory \(size ?? 0) \(mode ?? 0)"
        case .foreign(let type, let source): kind = "foreign \(type) \(source ?? "")"
        }
        target = mount.target
        isReadOnly = mount.isReadOnly
        subpath = mount.subpath
        options = mount.options
        skipsCopy = mount.skipsCopy
    }
}

/// The content of a folder or file of the host that a container reads.
struct BoundContent {
    /// What is larger is not read.
    private static let largestSize: Int64 = 32 << 20
    private static let mostEntries = 2000

    private var digester = Digester()
    private var size: Int64 = 0
    private var entries = 0

    /// - Returns: `nil` for what is not there, is too large, cannot be read, or is neither a file nor a directory.
    static func digest(of path: FilePath) -> String? {
        var content = BoundContent()
        // What cannot be read keeps the service from having a seed, and from nothing else.
        let isWhole = (try? content.add(path, named: "", followingLinks: true)) ?? false
        return isWhole ? content.digester.digest.hex : nil
    }

    private mutating func add(
        _ path: FilePath, named name: String, followingLinks: Bool = false
    ) throws(SystemError) -> Bool {
        entries += 1
        guard entries <= Self.mostEntries, let status = try Files.status(path, followingLinks: followingLinks) else {
            return false
        }
        note("\(name)\0\(status.kind)\0\(String(status.mode, radix: 8))\0")
        switch status.kind {
        case .regular:
            size += status.size
            guard size <= Self.largestSize else { return false }
            let bytes = try Files.readRegular(path, limit: Int(Self.largestSize))
            note("\(bytes.count)\0")
            digester.update(bytes)
        case .symbolicLink:
            guard let target = Self.target(of: path) else { return false }
            note("\(target.count)\0")
            digester.update(target)
        case .directory:
            for entry in try Files.names(in: path) {
                guard try add(path.appending(entry), named: "\(name)/\(entry)") else { return false }
            }
        case .fifo, .socket, .characterDevice, .blockDevice, .unknown: return false
        }
        return true
    }

    private static func target(of link: FilePath) -> [UInt8]? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(link.string, &buffer, buffer.count)
        return count < 0 ? nil : buffer[..<count].map { UInt8(bitPattern: $0) }
    }

    private mutating func note(_ text: String) { digester.update(Array(text.utf8)) }
}
