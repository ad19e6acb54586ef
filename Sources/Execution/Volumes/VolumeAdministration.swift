internal import Envfile
internal import Glibc
internal import LinuxSystem
internal import Snapshots
internal import Store
internal import SystemPackage
internal import Vocabulary
package import Workspaces

/// The volumes of this host, whatever environment they are of.
package struct VolumeAdministration: Sendable {
    let context: CommandContext

    package init(_ context: CommandContext) {
        self.context = context
    }

    /// Every volume with a name, by name.
    package func list() throws -> [VolumeReport] {
        let host = try context.host()
        return try host.namedVolumes().map { try report($0) }
    }

    /// What is known of volumes, with their size.
    package func inspect(_ names: [String]) throws -> [VolumeReport] {
        let host = try context.host()
        return try names.map { name in
            let volume = try found(name, on: host)
            var report = try report(volume)
            report.size = try host.withContent(ofVolumeAt: volume.path) { try size(of: volume.path) }
            return report
        }
    }

    /// Makes an empty volume with a name of its own.
    package func create(_ name: String) throws {
        let host = try context.host()
        let checked = try checkedName(name)
        if try host.volume(named: name) != nil { throw exists(name) }
        try host.createVolume(named: checked, for: nil)
    }

    /// Removes volumes that no container uses.
    ///
    /// - Throws: `invalidProject` for one that is not there or is used; those before it are gone then.
    package func remove(_ names: [String], sink: any EventSink) throws {
        let host = try context.host()
        for name in names { try remove(try found(name, on: host), host, sink) }
    }

    /// The volumes that `prune` would remove: those that no container uses and whose project directory is gone, or all
    /// that no container uses.
    package func unused(all: Bool) throws -> [VolumeReport] {
        let host = try context.host()
        let directories = Dictionary(try host.durable.environments().map { ($0.id, $0.directory) }) { first, _ in first
        }
        return try host.namedVolumes().filter { volume in
            if all { return true }
            guard let environment = volume.environment, let directory = directories[environment] else { return false }
            return !Files.exists(FilePath(directory))
        }.map { try report($0) }.filter(\.usedBy.isEmpty)
    }

    // MARK: - Content

    /// Writes the content of a volume as a tar; `-` is standard output.
    package func export(_ name: String, to path: String) throws {
        let host = try context.host()
        let volume = try found(name, on: host)
        let arguments = ["--create", "--numeric-owner", "--acls", "--xattrs", "--sparse", "--file", "-"]
        func write(to output: Int32) throws {
            try host.withContent(ofVolumeAt: volume.path) {
                try run(
                    "tar", arguments + ["--directory", volume.path.string, "."], output: output,
                    "The volume `\(name)` could not be exported")
            }
        }
        if path == "-" { return try write(to: 1) }
        try Files.writeWhole(FilePath(path), mode: 0o600) { try write(to: $0) }
    }

    /// Fills a volume from a tar; `-` is standard input. One that does not exist is made.
    ///
    /// - Throws: `invalidProject` for a volume that has something in it.
    package func importArchive(_ path: String, into name: String, sink: any EventSink) throws {
        if path != "-", !Files.exists(FilePath(path)) {
            throw EngineError(.invalidProject, "The archive `\(path)` does not exist.")
        }
        try fill(name, sink) { side in
            try run(
                "tar",
                ["--extract", "--numeric-owner", "--same-owner", "--acls", "--xattrs", "--file", path, "--directory"]
                    + [side.string], input: path == "-" ? 0 : nil,
                "The archive `\(path)` could not be read into the volume `\(name)`")
        }
    }

    /// Makes a volume with the content of another.
    package func clone(_ name: String, as other: String, sink: any EventSink) throws {
        let host = try context.host()
        let source = try found(name, on: host)
        try fill(other, sink) { side in
            try host.withContent(ofVolumeAt: source.path) {
                try run(
                    "cp", ["--archive", "--reflink=auto", source.path.string + "/.", side.string],
                    "The volume `\(name)` could not be copied")
            }
        }
    }

    /// Fills a new or empty volume; it is as it was when that fails.
    private func fill(_ name: String, _ sink: any EventSink, _ write: (FilePath) throws -> Void) throws {
        let host = try context.host()
        let known = try lookup(name, on: host)
        if let known, try LayeredVolume(at: known.path) != nil || !Files.names(in: known.path).isEmpty {
            throw EngineError(
                .invalidProject, "The volume `\(name)` is not empty. Remove it first, or name another one.")
        }
        if known == nil { try host.createVolume(named: try checkedName(name), for: nil) }
        let volume = try found(name, on: host)
        do {
            try VolumeContent(volume.path).fillIfEmpty { side in
                try write(side)
                return true
            }
        } catch {
            // The failure that is thrown says more than that of the undoing.
            if known == nil { try? remove(volume, host, sink) }
            throw error
        }
    }

    /// - Parameters:
    ///   - input: a descriptor of this process for standard input.
    ///   - output: the same for standard output.
    private func run(
        _ program: String, _ arguments: [String], input: Int32? = nil, output: Int32? = nil, _ failure: String
    ) throws {
        var command = ChildProcess.Command(program, arguments)
        guard input != nil || output != nil else {
            let result = try ProcessOutput.of(command, limits: .init(isCancellable: true))
            guard result.status.isSuccess else { throw EngineError(.planFailed, "\(failure): \(result.message)") }
            return
        }
        // What is wrong it says itself.
        command.descriptors = [0: input, 1: output, 2: 2].compactMapValues(\.self)
        let status = try ChildProcess.start(command).wait()
        guard status.isSuccess else { throw EngineError(.planFailed, "\(failure).") }
    }

    // MARK: - Names

    /// A volume by its name, or by its key in the project of this directory.
    private func lookup(_ name: String, on host: Host) throws -> Host.FoundVolume? {
        if let volume = try host.volume(named: name) { return volume }
        // Without a project that can be read there are no keys.
        guard let project = try? context.project(selecting: []) else { return nil }
        return try host.namedVolumes().first { $0.environment == project.id && $0.key?.rawValue == name }
    }

    private func found(_ name: String, on host: Host) throws -> Host.FoundVolume {
        if let volume = try lookup(name, on: host) { return volume }
        throw EngineError(
            .invalidProject, "There is no volume `\(name)`. `trice volume ls` lists those that there are.")
    }

    private func checkedName(_ name: String) throws -> VolumeName {
        do throws(InvalidValue) {
            return try VolumeName(name)
        } catch {
            throw EngineError(.invalidProject, "`\(name)` is no name of a volume: \(error).", causes: [error])
        }
    }

    private func exists(_ name: String) -> EngineError {
        EngineError(.invalidProject, "There is a volume `\(name)` already.")
    }

    private func report(_ volume: Host.FoundVolume) throws -> VolumeReport {
        VolumeReport(
            name: volume.name, environment: volume.environment, key: volume.key?.rawValue, path: volume.path.string,
            createdAt: volume.createdAt / 1_000_000_000,
            ageSeconds: (WallClock.nanoseconds - volume.createdAt) / 1_000_000_000,
            usedBy: try VolumeUse(layout: context.layout).containers(of: volume.path))
    }

    private func size(of path: FilePath) throws -> Int64? {
        let output = try ProcessOutput.of(
            ChildProcess.Command("du", ["--summarize", "--block-size=1", path.string]))
        return Int64(String(decoding: output.standardOutput, as: UTF8.self).prefix { $0.isNumber })
    }

    private func remove(_ volume: Host.FoundVolume, _ host: Host, _ sink: any EventSink) throws {
        let lock = try volume.environment.map { try context.lock(Workspace(id: $0, host: host), sink) }
        if let user = try VolumeUse(layout: context.layout).containers(of: volume.path).first {
            throw EngineError(
                .invalidProject, "The volume `\(volume.name)` is used by the container `\(user)`. Take it down first.")
        }
        try VolumeContent(volume.path).remove()
        if let key = volume.key, let environment = volume.environment {
            try host.durable.deleteVolume(environmentID: environment, name: key)
        } else {
            try host.durable.deleteNamedVolume(try VolumeName(volume.name))
        }
        _ = consume lock
    }
}
