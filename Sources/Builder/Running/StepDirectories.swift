internal import Containers
internal import Crypto
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// Where steps lie while they run: `steps/NAME/` for each, with `steps/NAME.lock`, which its process holds.
///
/// What a process that died left there (containers, mounts, files) is cleared away by the next one.
struct StepDirectories: Sendable {
    private static let gateName = "gate"
    private static let lockSuffix = ".lock"

    let directory: FilePath
    /// Every container of these steps has an id that begins so, and none of another state directory.
    let idPrefix: String

    init(_ directory: FilePath) throws(SystemError) {
        self.directory = directory
        try Files.createDirectory(directory, mode: 0o700)
        let digest = SHA256.hash(data: Array(directory.string.utf8))
        let mark = digest.prefix(4).map { String(UInt32($0) | 0x100, radix: 16).dropFirst() }.joined()
        idPrefix = "trice-build-\(mark)-"
    }

    private var gate: FilePath { directory.appending(Self.gateName) }

    /// Begins a step.
    func begin() throws(SystemError) -> StepDirectory {
        let name = "\(getpid())-\(String(UInt64.random(in: 0...UInt64.max), radix: 16))"
        let lockPath = directory.appending(name + Self.lockSuffix)
        // The gate keeps `clear` from taking the lock file away between its making and its locking.
        let passage = try FileLock(waitingFor: gate, .shared)
        let lock = try FileLock(waitingFor: lockPath)
        _ = consume passage
        let step = StepDirectory(
            path: directory.appending(name), id: idPrefix + name, lockPath: lockPath, lock: lock)
        try Files.createDirectory(step.path, mode: 0o700)
        return step
    }

    /// Removes what dead processes left: kills their containers, unmounts and deletes; goes on after a failure.
    ///
    /// Does nothing while a step is beginning: then whoever begins it has just cleared.
    func clear(_ runtime: any OCIRuntime) throws(BuildError) {
        var failures: [any Error] = []
        do {
            let names = try Files.names(in: directory).filter { $0 != Self.gateName }
            let containers = try runtime.containers().filter { $0.hasPrefix(idPrefix) }
            if names.isEmpty && containers.isEmpty { return }
            guard let passage = try FileLock.attempt(gate) else { return }
            let steps = Set(
                names.map { $0.hasSuffix(Self.lockSuffix) ? String($0.dropLast(Self.lockSuffix.count)) : $0 })
            for name in steps.sorted() {
                do { try clear(name) } catch { failures.append(error) }
            }
            // A process that died between starting the runtime and noting it down.
            for id in containers where !Files.exists(directory.appending(String(id.dropFirst(idPrefix.count)))) {
                do { try runtime.delete(id, force: true) } catch { failures.append(error) }
            }
            _ = consume passage
        } catch {
            failures.append(error)
        }
        guard let first = failures.first else { return }
        throw BuildError(
            .systemCall,
            "Could not remove what an earlier build left in \(directory): "
                + failures.map { "\($0)" }.joined(separator: "; ") + ".", cause: first)
    }

    private func clear(_ name: String) throws {
        let lockPath = directory.appending(name + Self.lockSuffix)
        guard let lock = try FileLock.attempt(lockPath) else { return }
        let path = directory.appending(name)
        try StepRecord.read(from: path)?.endProcesses()
        try RootFilesystem.unmount(path)
        try Files.removeTree(path)
        try Files.remove(lockPath)
        _ = consume lock
    }
}

/// The directory of one step; whatever is still in it goes with the value.
final class StepDirectory: Sendable {
    let path: FilePath
    /// The id of the step's container.
    let id: String
    private let lockPath: FilePath
    private let lock: FileLock

    fileprivate init(path: FilePath, id: String, lockPath: FilePath, lock: consuming FileLock) {
        self.path = path
        self.id = id
        self.lockPath = lockPath
        self.lock = lock
    }

    deinit {
        // What cannot be removed now is removed by the next `clear`; a failure here has nobody to hear it.
        try? Files.removeTree(path)
        // Same.
        _ = try? Files.remove(lockPath)
    }

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
