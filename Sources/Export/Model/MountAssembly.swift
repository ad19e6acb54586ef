internal import Envfile
internal import Vocabulary

/// What a workload's containers see, from the mounts, configs and secrets of its service.
extension ApplicationAssembly {
    mutating func mounts(of workload: Workload) -> [WorkloadMount] {
        let service = workload.service
        var mounts: [WorkloadMount] = []
        for mount in service.mounts { mounts += mountsMade(of: mount, workload) }
        for text in service.storage.volumesFrom {
            let origin = VolumeOrigin(text)
            if origin.isContainer {
                report.problem(
                    workload.key.key("volumes_from").item(text), "`\(text)` names a container outside of the project",
                    "name a volume that both mount")
                continue
            }
            for var mount in service.storage.inheritedMounts[origin.service] ?? [] {
                if origin.isReadOnly { mount.isReadOnly = true }
                if mounts.contains(where: { $0.target == mount.target }) { continue }
                mounts += mountsMade(of: mount, workload)
            }
        }
        if let size = service.limits.memory.shared, !mounts.contains(where: { $0.target == "/dev/shm" }) {
            mounts.append(WorkloadMount(.memory(size: UInt64(clamping: size)), at: "/dev/shm"))
        }
        for reference in service.storage.configs { mounts += config(reference, workload).map { [$0] } ?? [] }
        for reference in service.storage.secrets {
            if !isOnHost { reportOwner(of: reference, workload.key.key("secrets").item(reference.source)) }
            mounts.append(
                WorkloadMount(.secret(reference), at: reference.containerPath, isReadOnly: true, mode: reference.mode))
        }
        makeRoom(in: &mounts, workload)
        return mounts
    }

    /// A runtime cannot make the place of a mount inside a directory of files, because that is read-only: such a directory
    /// becomes a copy.
    private mutating func makeRoom(in mounts: inout [WorkloadMount], _ workload: Workload) {
        for index in mounts.indices {
            guard case .directory(let id) = mounts[index].source else { continue }
            let target = mounts[index].target
            let nested = mounts.filter { $0.target.hasPrefix(target + "/") }
            guard !nested.isEmpty, let set = fileSets.first(where: { $0.id == id }) else { continue }
            let inner = nested.first { mount in
                let path = mount.target.dropFirst(target.utf8.count + 1)
                return !set.files.contains { $0.path == path || $0.path.hasPrefix(path + "/") }
            }
            guard let inner else { continue }
            mounts[index] = WorkloadMount(.copy(id), at: target)
            report.note(
                workload.key.key("volumes").item(target),
                "the files are copied into space that the service may write to, so that `\(inner.target)` can be mounted there",
                "the image needs `sh` and `cp`; or make the directory `\(inner.target.dropFirst(target.utf8.count + 1))` with a "
                    + "file in it")
        }
    }

    private mutating func mountsMade(of mount: Mount, _ workload: Workload) -> [WorkloadMount] {
        let key = workload.key.key(mount.tmpfsText == nil ? "volumes" : "tmpfs").item(mount.target)
        let target =
            mount.target.count > 1 && mount.target.hasSuffix("/") ? String(mount.target.dropLast()) : mount.target
        let isOmitted = report.isOmitted(key)
        let left = mount.exclusions.map { name in
            filled(WorkloadMount(.scratch, at: "\(target)/\(name)"), workload)
        }
        switch mount.source {
        case .volume(let name):
            let made = WorkloadMount(
                .volume(name.rawValue, subpath: mount.subpath), at: target, isReadOnly: mount.isReadOnly)
            return [mount.options.skipsCopy || mount.subpath != nil ? made : filled(made, workload)]
        case .anonymousVolume:
            let made = WorkloadMount(.scratch, at: target, isReadOnly: mount.isReadOnly)
            return [mount.options.skipsCopy ? made : filled(made, workload)]
        case .tmpfs(let size, let mode):
            var memory = WorkloadMount(.memory(size: size), at: target, isReadOnly: mount.isReadOnly)
            if let mode, mode != 0o1777 { memory.memoryOptions.append("mode=\(String(mode, radix: 8))") }
            memory.memoryOptions += mount.options.memory
            return [memory]
        case .foreign where keepsForeignMounts: return []
        case .foreign(let type, _):
            report.problem(
                key, "a mount of the type `\(type)` is nothing that another engine has",
                "use a named volume, or leave it out by --omit '\(key)'")
            return []
        case .bind(let path, _):
            if isOnHost { return [WorkloadMount(.bind(path), at: target, isReadOnly: mount.isReadOnly)] + left }
            if request.options.inImage.contains(target) { return [] }
            let files = carried(mount, path, at: target, key, workload)
            if files == nil, isOmitted { return [] }
            return (files.map { [$0] } ?? []) + left
        }
    }

    /// The files of a path of the host, sent along; `nil` for what cannot be, which is reported.
    private mutating func carried(
        _ mount: Mount, _ path: String, at target: String, _ key: ConfigurationKey, _ workload: Workload
    ) -> WorkloadMount? {
        let isSynced = request.options.synced.contains(target)
        guard isInProject(path) else {
            report.problem(
                key, "`\(path)` is a path of this host outside of the project",
                "put what the service needs of it into the image or into a config, or leave the mount out by "
                    + "--omit '\(key)'")
            return nil
        }
        let base = "\(workload.name)-\(path.split(separator: "/").last ?? "files")"
        switch request.tree(path) {
        case .file(let file) where mount.isReadOnly || isSynced:
            let id = add(FileSet(named: base, files: [file]))
            if !mount.isReadOnly {
                report.loss(
                    key, "the containers may not write to a single file that is sent along",
                    "mount its directory, or let the program write elsewhere")
            }
            return WorkloadMount(
                .file(id, path: file.path), at: target, isReadOnly: true, mode: file.isExecutable ? 0o555 : 0o444)
        case .directory(let files) where mount.isReadOnly || isSynced:
            let id = add(FileSet(named: base, files: files))
            return WorkloadMount(
                mount.isReadOnly ? .directory(id) : .copy(id), at: target, isReadOnly: mount.isReadOnly)
        case .absent:
            report.problem(key, "`\(path)` does not exist", "make it, or leave the mount out by --omit '\(key)'")
        case .special(let kind):
            report.problem(
                key, "`\(path)` is \(kind) of this host",
                "leave the mount out by --omit '\(key)'")
        case .tooLarge:
            report.problem(
                key, "`\(path)` has more than an object of a cluster can hold",
                "put the files into the image and say so by --in-image \(target), or leave the mount out by --omit "
                    + "'\(key)'")
        case .file, .directory:
            report.problem(
                key, "the containers write to `\(path)` of this host, which a cluster does not have",
                "choose one: --in-image \(target) when the image has the files, --sync \(target) to send them along "
                    + "with each export, or --omit '\(key)'")
        }
        return nil
    }

    /// For engines whose memory has a size only.
    static func reportMemory(_ mount: WorkloadMount, _ workload: Workload, _ report: inout LossReport) {
        guard !mount.memoryOptions.isEmpty else { return }
        let section =
            workload.service.mounts.contains { $0.tmpfsText != nil && $0.target == mount.target } ? "tmpfs" : "volumes"
        report.loss(
            workload.key.key(section).item(mount.target),
            "memory is mounted without `\(mount.memoryOptions.joined(separator: ","))`",
            "see that the program accepts it")
    }

    /// Files of ConfigMaps and Secrets belong to root and to the group of the pod.
    mutating func reportOwner(of reference: FileReference, _ key: ConfigurationKey) {
        for (name, value) in [("user", reference.user), ("group", reference.group)] {
            guard let value, value != "0" else { continue }
            report.loss(
                key, "the file belongs to root, and not to the \(name) \(value)",
                "the group of the service's user may read it")
        }
    }

    private func isInProject(_ path: String) -> Bool {
        let directory = environment.directory
        return path == directory || path.hasPrefix(directory.hasSuffix("/") ? directory : directory + "/")
    }

    private mutating func config(_ reference: FileReference, _ workload: Workload) -> WorkloadMount? {
        guard let definition = environment.configs.first(where: { $0.key == reference.source }) else { return nil }
        let key = workload.key.key("configs").item(reference.source)
        var bytes = reference.content
        if bytes == nil {
            switch definition.source {
            case .content(let text): bytes = Array(text.utf8)
            case .variable(let name): bytes = request.variable(name).map { Array($0.utf8) }
            case .file(let path):
                if case .file(let file) = request.tree(path) { bytes = file.bytes }
            case .elsewhere: break
            }
        }
        guard let bytes else {
            report.problem(
                key, "the content of the config `\(reference.source)` is not known here",
                "give it by `file`, `content` or `environment`, or leave it out by --omit '\(key)'")
            return nil
        }
        guard bytes.count <= HostTree.maximumSize else {
            report.problem(
                key, "the config `\(reference.source)` has more than an object of a cluster can hold",
                "put the file into the image, or leave it out by --omit '\(key)'")
            return nil
        }
        let name = reference.containerPath.split(separator: "/").last.map(String.init) ?? reference.source
        let id = add(FileSet(named: reference.source, files: [HostTree.File(path: name, bytes: bytes)]))
        if configSets[reference.source] == nil { configSets[reference.source] = id }
        if !isOnHost { reportOwner(of: reference, key) }
        return WorkloadMount(
            .file(id, path: name), at: reference.containerPath, isReadOnly: true, mode: reference.mode ?? 0o444)
    }
}
