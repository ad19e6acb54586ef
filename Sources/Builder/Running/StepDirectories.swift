internal import Containers
internal import LinuxSystem
internal import OCI
internal import SystemPackage

/// Where steps lie while they run: `steps/NAME/` for each, with `steps/NAME.lock`, which its process holds.
///
/// What a process that died left there (containers, mounts, files) is cleared away by the next one.
struct StepDirectories: Sendable {
    /// Every container of these steps has an id that begins so, and none of another state directory.
    let idPrefix: String
    private let places: LockedDirectories

    var directory: FilePath { places.directory }

    init(_ directory: FilePath) throws(SystemError) {
        places = LockedDirectories(directory)
        try places.prepare()
        let mark = Digest.hexadecimal(Digester.hash(of: directory.string.utf8).prefix(4))
        idPrefix = "trice-build-\(mark)-"
    }

    /// Begins a step.
    func begin() throws(SystemError) -> StepDirectory {
        StepDirectory(try places.begin(), idPrefix: idPrefix)
    }

    /// Removes what dead processes left: kills their containers, unmounts and deletes; goes on after a failure.
    ///
    /// Does nothing while a step is beginning: then whoever begins it has just cleared.
    func clear(_ runtime: any OCIRuntime) throws(BuildError) {
        var failures: [any Error] = []
        do {
            let containers = try runtime.containers().filter { $0.hasPrefix(idPrefix) }
            failures = places.clear(with: Self.remove, last: containers.isEmpty ? nil : { end(containers, runtime) })
        } catch {
            failures = [error]
        }
        guard let first = failures.first else { return }
        throw BuildError(
            .systemCall,
            "Could not remove what an earlier build left in \(directory): "
                + failures.map { "\($0)" }.joined(separator: "; ") + ".", cause: first)
    }

    private static func remove(_ path: FilePath) throws {
        try StepRecord.read(from: path)?.endProcesses()
        try RootFilesystem.unmount(path)
        try Files.removeTree(path)
    }

    /// Ends the containers of processes that died between starting the runtime and noting it down.
    private func end(_ containers: [String], _ runtime: any OCIRuntime) -> [any Error] {
        var failures: [any Error] = []
        for id in containers where !Files.exists(directory.appending(String(id.dropFirst(idPrefix.count)))) {
            do { try runtime.delete(id, force: true) } catch { failures.append(error) }
        }
        return failures
    }
}

/// The directory of one step; whatever is still in it goes with the value.
final class StepDirectory: Sendable {
    private let place: LockedDirectory
    /// The id of the step's container.
    let id: String

    fileprivate init(_ place: LockedDirectory, idPrefix: String) {
        self.place = place
        id = idPrefix + place.name
    }

    var path: FilePath { place.path }
    /// What the step changes: the later layer.
    var upper: FilePath { path.appending("upper") }
    /// overlayfs's own.
    var work: FilePath { path.appending("work") }
    /// Mount points that the image lacks, as a layer of their own.
    var stubs: FilePath { path.appending("stubs") }
    /// The lowest layer where there is none.
    var empty: FilePath { path.appending("empty") }
    /// A file system in memory for what no disk shall see: configuration, secrets, sockets, name files, records. All
    /// other mounts of the step are below it: they go with it at once, and an unmount is dear.
    var memory: FilePath { path.appending("memory") }
    /// Where the layers below are mounted to be looked at.
    var image: FilePath { memory.appending("image") }
    /// Where the container's root is mounted.
    var rootfs: FilePath { memory.appending("rootfs") }
    var bundle: FilePath { memory.appending("bundle") }
    var runtimeLog: FilePath { memory.appending("runtime.log") }
    var pidFile: FilePath { memory.appending("pid") }
    /// The place of one mount's source.
    func source(_ number: Int) -> FilePath { memory.appending("source-\(number)") }
    /// What is written to a mount and thrown away.
    func scratch(_ number: Int) -> FilePath { path.appending("scratch-\(number)") }
}
