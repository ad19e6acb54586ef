internal import Envfile

/// The volumes of one pod: each once, however many containers mount it.
struct PodVolumes {
    private(set) var values: [Value] = []
    private var names: [Value: String] = [:]
    private var taken: Set<String> = []

    /// - Parameters:
    ///   - base: what the volume's name begins with.
    ///   - definition: the member that says what it is.
    /// - Returns: the volume's name in the pod.
    mutating func add(_ base: String, _ definition: Value.Member) -> String {
        add(base, definition, as: .map([definition]))
    }

    /// The same for a volume of which there may be several alike.
    ///
    /// - Parameter unique: what tells this one from the others of the pod.
    mutating func add(_ base: String, _ definition: Value.Member, unique: String) -> String {
        add(base, definition, as: .map([definition, Value.Member("unique", .string(unique))]))
    }

    private mutating func add(_ base: String, _ definition: Value.Member, as key: Value) -> String {
        if let name = names[key] { return name }
        let label = DNSLabel.make(base, limit: 60)
        var name = label
        var number = 2
        while !taken.insert(name).inserted {
            name = "\(label)-\(number)"
            number += 1
        }
        names[key] = name
        values.append(.map([Value.Member("name", .string(name)), definition]))
        return name
    }
}

/// What one container mounts, and what has to be filled before it starts.
struct ContainerMounts {
    var mounts: [Value] = []
    /// The volumes that get the files of a set, by their names in the pod.
    var copies: [(volume: String, set: FileSet.ID)] = []
    /// The volumes that begin with what the image has, by their names in the pod, with the path in the image.
    var images: [(volume: String, path: String)] = []
}

extension KubernetesWriter {
    /// The `volumeMounts` of a container, and which of them have to be filled.
    mutating func mounts(of workload: Workload, _ volumes: inout PodVolumes) -> ContainerMounts {
        var result = ContainerMounts()
        for mount in workload.mounts {
            switch mount.source {
            case .volume(let name, let subpath):
                guard let definition = definition(ofVolume: name) else { continue }
                let volume = volumes.add(names.volume(name), definition)
                if mount.isFilled { result.images.append((volume, mount.target)) }
                result.mounts.append(Self.mount(volume, mount, subpath: subpath))
            case .scratch:
                // Each has a volume of its own, though all of them are described alike.
                let name = volumes.add(
                    "scratch", Value.Member("emptyDir", .map([])), unique: "\(workload.name) \(mount.target)")
                if mount.isFilled { result.images.append((name, mount.target)) }
                result.mounts.append(Self.mount(name, mount))
            case .memory(let size):
                ApplicationAssembly.reportMemory(mount, workload, &report)
                let definition = Value.fields([
                    "medium": .string("Memory"), "sizeLimit": .text(size.map { Quantity.bytes(Int(clamping: $0)) }),
                ])
                let name = volumes.add(
                    mount.target == "/dev/shm" ? "shm" : "memory", Value.Member("emptyDir", definition),
                    unique: "\(workload.name) \(mount.target)")
                result.mounts.append(Self.mount(name, mount))
            case .file(let id, let path):
                let name = volumes.add(id, definition(ofSet: id, mode: mount.mode))
                result.mounts.append(Self.mount(name, mount, subpath: path))
            case .directory(let id):
                result.mounts.append(Self.mount(volumes.add(id, definition(ofSet: id, mode: nil)), mount))
            case .copy(let id):
                let space = volumes.add("copy", Value.Member("emptyDir", .map([])), unique: id)
                result.mounts.append(Self.mount(space, mount))
                result.copies.append((space, id))
            case .secret(let reference):
                guard let mounted = self.mount(reference, mount, workload, &volumes) else { continue }
                result.mounts.append(mounted)
            case .bind(let path):
                // Only podman, which runs on this host, gets these.
                let definition = Value.Member("hostPath", .fields(["path": .string(path)]))
                let base = path.split(separator: "/").last.map(String.init) ?? "root"
                result.mounts.append(Self.mount(volumes.add(base, definition), mount))
            }
        }
        return result
    }

    private static func mount(_ name: String, _ mount: WorkloadMount, subpath: String? = nil) -> Value {
        .fields([
            "name": .string(name), "mountPath": .string(mount.target), "subPath": .text(subpath),
            "readOnly": .flag(mount.isReadOnly),
        ])
    }

    /// A claim, or what the driver of a volume says.
    private func definition(ofVolume name: String) -> Value.Member? {
        guard let shared = volumesByName[name] else { return nil }
        switch VolumeForm(shared.volume) {
        case .claim:
            return Value.Member(
                "persistentVolumeClaim", .fields(["claimName": .string(claimName(ofVolume: name))]))
        case .nfs(let server, let path, let isReadOnly):
            return Value.Member(
                "nfs",
                .fields(["server": .string(server), "path": .string(path), "readOnly": .flag(isReadOnly)]))
        case .memory(let size):
            return Value.Member(
                "emptyDir", .fields(["medium": .string("Memory"), "sizeLimit": .text(size)]))
        case .impossible: return nil
        }
    }

    /// A ConfigMap with the files of a set at their paths.
    func definition(ofSet id: FileSet.ID, mode: UInt32?) -> Value.Member {
        let files = setsByID[id]?.files ?? []
        let keys = DataKey.keys(of: files.map(\.path))
        let items = files.map { file in
            let bits: UInt32? = mode ?? (file.isExecutable ? 0o555 : nil)
            return Value.fields([
                "key": .string(keys[file.path] ?? file.path), "path": .string(file.path),
                "mode": .count(bits.map { Int($0) }),
            ])
        }
        return Value.Member(
            "configMap",
            .fields([
                "name": .string(names.fileSet(id)), "defaultMode": .integer(0o444), "items": .items(items),
            ]))
    }

    private mutating func mount(
        _ reference: FileReference, _ mount: WorkloadMount, _ workload: Workload, _ volumes: inout PodVolumes
    ) -> Value? {
        let key = workload.key.key("secrets").item(reference.source)
        guard options.secrets != .omit else {
            report.loss(
                key, "the secret `\(reference.source)` is left out, as --secrets omit asks",
                "see that the service gets it in another way")
            return nil
        }
        let name = names.secret(reference.source)
        let file = DataKey.make(reference.source)
        let definition = Value.fields([
            "secretName": .string(name),
            // podman 4.3 ends with a fault where this is left to its default.
            "optional": options.target == .podman ? .bool(false) : nil,
            "items": .list([
                .fields([
                    "key": .string(file), "path": .string(file), "mode": .integer(Int(mount.mode ?? 0o444)),
                ])
            ]),
        ])
        return Self.mount(volumes.add("secret-\(name)", Value.Member("secret", definition)), mount, subpath: file)
    }
}
