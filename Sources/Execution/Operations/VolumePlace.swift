internal import Containers
internal import Images
internal import LinuxSystem
internal import OCI
internal import Planning
internal import Snapshots
internal import Store
internal import SystemPackage
internal import Vocabulary
internal import Workspaces

/// Where the volumes of an environment lie on this host.
struct VolumePlace: Sendable {
    let workspace: Workspace

    private typealias Device = DesiredContainer.VolumeSource.Device

    /// The directory of a volume, mounted where `driver_opts` say so.
    ///
    /// - Parameter source: `nil` for one of the environment's own.
    /// - Throws: `invalidProject` for what is not there.
    func directory(of name: VolumeName, _ source: DesiredContainer.VolumeSource?) throws -> FilePath {
        if let device = source?.device, source?.isExternal != true { return try directory(of: name, device) }
        guard let shared = source?.name else {
            let path = workspace.layout.volumes(of: workspace.id).appending(name.rawValue)
            try workspace.host.mountVolume(at: path)
            return path
        }
        if let found = try workspace.host.volume(named: shared) {
            try workspace.host.mountVolume(at: found.path)
            return found.path
        }
        throw EngineError(
            .invalidProject,
            "The volume `\(shared)` does not exist. Make it with `trice volume create \(shared)`, or leave `external` out."
        )
    }

    private func directory(of name: VolumeName, _ device: Device) throws -> FilePath {
        if device.isBind {
            let path = FilePath(device.device)
            if Files.exists(path) { return path }
            throw EngineError(.invalidProject, "`\(path)`, which the volume `\(name)` binds, does not exist.")
        }
        // Another device has another place: the old one stays until its containers are gone.
        var hash = FNVHash<UInt64>()
        hash.combine(([device.type, device.device] + device.options).joined(separator: "\0").utf8)
        let place = workspace.layout.mountedVolumes(of: workspace.id).appending(
            "\(name)-" + String(hash.value, radix: 16))
        // Containers that start at once share one mount.
        let lock = try FileLock(waitingFor: workspace.layout.hostLock)
        try mount(device, at: place, for: name)
        _ = consume lock
        return place
    }

    private func mount(_ device: Device, at place: FilePath, for name: VolumeName) throws {
        if Mounts.isRoot(place) { return }
        try Files.createDirectory(place.removingLastComponent(), mode: 0o700)
        try Files.createDirectory(place, mode: 0o755)
        do throws(SystemError) {
            try Mounts.fileSystem(device.type, device.device, at: place, options: device.options)
        } catch {
            throw EngineError(
                .invalidProject,
                "The volume `\(name)` could not be mounted (\(device.type), `\(device.device)`, "
                    + "`\(device.options.joined(separator: ","))`): \(error.errno). Check its `driver_opts`.",
                causes: [error])
        }
    }

    /// Makes the directory and the record of a volume.
    func create(_ name: VolumeName, _ source: DesiredContainer.VolumeSource) throws {
        if let shared = source.name {
            if source.isExternal { return }
            guard let known = try workspace.host.volume(named: shared) else {
                return try create(named: shared, for: workspace.id)
            }
            // A command that was killed may have come to the record only.
            return try Files.createDirectory(known.path)
        }
        let path = workspace.layout.volumes(of: workspace.id).appending(name.rawValue)
        let durable = workspace.host.durable
        if try !durable.volumes(environmentID: workspace.id).contains(where: { $0.name == name }) {
            try durable.insert(
                VolumeRecord(
                    environmentID: workspace.id, name: name, path: path.string, createdAt: WallClock.nanoseconds))
        }
        try Files.createDirectory(path.removingLastComponent(), mode: 0o700)
        try Files.createDirectory(path)
    }

    private func create(named name: String, for environment: EnvironmentID?) throws {
        try workspace.host.createVolume(named: try VolumeName(name), for: environment)
    }

    /// Removes a volume of the environment by its key, or one that it made by the name of its own.
    func remove(_ name: VolumeName) throws {
        let durable = workspace.host.durable
        if try durable.volumes(environmentID: workspace.id).contains(where: { $0.name == name }) {
            try VolumeContent(workspace.layout.volumes(of: workspace.id).appending(name.rawValue)).remove()
            try durable.deleteVolume(environmentID: workspace.id, name: name)
        } else if let record = try durable.namedVolume(name), record.environmentID == workspace.id {
            let users = try VolumeUse(layout: workspace.layout).containers(of: FilePath(record.path))
            if let user = users.first {
                throw EngineError(
                    .planFailed,
                    "The volume `\(name)` stays: container \(user) uses it. Take its environment down first.")
            }
            try VolumeContent(FilePath(record.path)).remove()
            try durable.deleteNamedVolume(name)
        }
    }
}

extension Host {
    /// Makes a volume with a name of its own.
    ///
    /// - Parameter environment: the one that removes it with its own volumes; `nil` for none.
    func createVolume(named name: VolumeName, for environment: EnvironmentID?) throws {
        let path = layout.namedVolumes.appending(name.rawValue)
        try durable.insert(
            NamedVolumeRecord(
                name: name, path: path.string, environmentID: environment, createdAt: WallClock.nanoseconds))
        try Files.createDirectory(layout.namedVolumes, mode: 0o700)
        try Files.createDirectory(path)
    }
}

extension Host {
    /// Mounts a volume that lies upon layers at its place, unless it is mounted; a plain directory needs nothing.
    ///
    /// - Returns: whether this call mounted it.
    @discardableResult
    func mountVolume(at path: FilePath) throws -> Bool {
        guard let volume = try LayeredVolume(at: path) else { return false }
        // Containers that start at once share one mount.
        let lock = try FileLock(waitingFor: path.removingLastComponent().appending(".lock"))
        let isMounted = try volume.mount(layersIn: images.store.layers.directory)
        _ = consume lock
        return isMounted
    }

    /// Runs `body` while the content of a volume is at its place.
    func withContent<Result>(ofVolumeAt path: FilePath, _ body: () throws -> Result) throws -> Result {
        let isMounted = try mountVolume(at: path)
        let result = Swift.Result { try body() }
        if isMounted, try VolumeUse(layout: layout).containers(of: path).isEmpty { try LayeredVolume.unmount(path) }
        return try result.get()
    }

    /// Unmounts the volumes with names of their own that an environment has made and that no container uses.
    func unmountShared(of environment: EnvironmentID) throws {
        for record in try durable.namedVolumes() where record.environmentID == environment {
            let path = FilePath(record.path)
            guard try LayeredVolume(at: path) != nil else { continue }
            if try VolumeUse(layout: layout).containers(of: path).isEmpty { try LayeredVolume.unmount(path) }
        }
    }
}

/// Which containers use a volume, by what they mount.
struct VolumeUse {
    let layout: Layout

    /// The containers that mount something at or below a path, as `ENVIRONMENT/CONTAINER`.
    func containers(of path: FilePath) throws -> [String] {
        guard Files.exists(layout.environments) else { return [] }
        var found: [String] = []
        for environment in try Files.names(in: layout.environments) {
            let containers = layout.environments.appending(environment).appending("containers")
            guard Files.exists(containers) else { continue }
            for container in try Files.names(in: containers) {
                let bundle = Bundle(containers.appending(container).appending("bundle"))
                let sources = try bundle.read()?.mounts?.compactMap(\.source) ?? []
                let isUsed = sources.contains { $0 == path.string || $0.hasPrefix(path.string + "/") }
                if isUsed { found.append("\(environment)/\(container)") }
            }
        }
        return found
    }
}
