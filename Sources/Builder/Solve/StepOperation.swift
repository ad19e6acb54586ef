internal import Containers
internal import Glibc
internal import LinuxSystem
internal import OCI
internal import SystemPackage

/// A step that makes a layer.
protocol StepOperation: Sendable {
    /// The components of the result that are known without reading other stages; `nil` when these are all.
    mutating func quickComponents() async throws -> StepComponents?

    /// The same by the content that is read.
    mutating func components() async throws -> StepComponents

    /// Does it, and gives the directory that becomes the layer to `adopt`.
    func perform<Result: Sendable>(
        output: @escaping @Sendable (OutputLine) -> Void, adopt: @Sendable (FilePath) throws -> Result
    ) async throws -> Result
}

/// A writable root for an internal step: an overlay of the layers below, or without any the layer itself.
struct WritableRoot {
    private let directory: FilePath
    let lowers: [FilePath]

    /// - Parameter directory: Empty, on the file system of the layer store.
    init(_ directory: FilePath, lowers: [FilePath]) {
        self.directory = directory
        self.lowers = lowers
    }

    /// What becomes the layer.
    var upper: FilePath { directory.appending("upper") }
    private var work: FilePath { directory.appending("work") }

    /// Runs `body` with the path of the mounted root.
    func whileMounted(_ body: (FilePath) throws(BuildError) -> Void) throws(BuildError) {
        let target = directory.appending("root")
        try attempting("make a layer in \(directory)") { () throws(SystemError) in
            try makeUpper()
            guard !lowers.isEmpty else { return }
            try Files.createDirectory(work, mode: 0o700)
            try Files.createDirectory(target, mode: 0o755)
            try Mounts.overlay(lowers: lowers, upper: upper, work: work, at: target, isVolatile: true)
        }
        var failure: BuildError?
        do throws(BuildError) {
            try body(lowers.isEmpty ? upper : target)
        } catch {
            failure = error
        }
        if !lowers.isEmpty {
            do throws(SystemError) {
                try Self.unmount(target)
            } catch {
                throw failure ?? BuildError("unmount \(target)", error)
            }
        }
        if let failure { throw failure }
    }

    /// A program that another thread is just starting has the open files of this process until it runs, which is a
    /// short time.
    private static func unmount(_ target: FilePath) throws(SystemError) {
        for _ in 0..<500 {
            do throws(SystemError) {
                try Mounts.unmount(target)
                return
            } catch  where error.errno == .resourceBusy {
                usleep(2000)
            }
        }
        try Mounts.unmount(target)
    }

    /// The uppermost directory has the attributes of `/`: copies them from the layer below.
    private func makeUpper() throws(SystemError) {
        let below = try lowers.first.flatMap { (path) throws(SystemError) in
            try Files.status(path, followingLinks: true)
        }
        try Files.createDirectory(upper, mode: 0o755)
        try Files.changeOwner(upper, user: below?.owner ?? 0, group: below?.group ?? 0)
        let path = upper
        try systemCall("chmod", path.string) { path.withPlatformString { chmod($0, mode_t(below?.mode ?? 0o755)) } }
    }
}

extension FileOwner {
    /// What `--chown` and `USER` name, by the accounts of a root.
    ///
    /// A number without a group is the group's number, too, and is not looked up; a name's group is that of its account.
    ///
    /// - Throws: `.stepInvalid` for a name that the root does not have.
    init(_ text: String, in root: FilePath) throws(BuildError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let user = parts.first.map(String.init) ?? ""
        let group = parts.count > 1 && !parts[1].isEmpty ? String(parts[1]) : nil
        if let owner = FileOwner(numbers: text) {
            self = owner
            return
        }
        do throws(ContainersError) {
            let resolver = try UserResolver(rootfs: root)
            // A number stays itself although an account may have it as its name.
            let wanted = group.map { "\(user):\($0)" } ?? user
            let resolved = try resolver.resolve(wanted)
            self.init(user: UInt32(user) ?? resolved.uid, group: group.flatMap { UInt32($0) } ?? resolved.gid)
        } catch {
            throw BuildError(.stepInvalid, "Could not give files to `\(text)`: \(error.message)", cause: error)
        }
    }

    /// `nil` where names are in the text.
    init?(numbers text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let user = first.isEmpty ? 0 : UInt32(first) else { return nil }
        guard parts.count > 1, !parts[1].isEmpty else {
            self.init(user: user, group: user)
            return
        }
        guard let group = UInt32(parts[1]) else { return nil }
        self.init(user: user, group: group)
    }
}
