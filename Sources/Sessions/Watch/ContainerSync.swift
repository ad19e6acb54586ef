internal import Builder
internal import Containers
internal import Envfile
internal import Execution
internal import LinuxSystem
internal import Store
internal import SystemPackage
internal import Vocabulary
internal import Watching
internal import Workspaces

/// Brings changed files into the containers of a service that run, and runs commands there.
struct ContainerSync {
    let workspace: Workspace
    let service: String

    /// - Throws: `EngineError` when none runs, and with the reason why a file could not be copied.
    func copy(_ copies: [ServiceWork.Copies]) throws {
        for running in try running() {
            let owner: FileOwner = try owner(of: running.id)
            let root = try DestinationRoot(FilePath("/proc/\(running.process)/root"))
            for copy in copies {
                let place = RuleCopies(copy, owner: owner)
                // Watched paths that are gone take nothing away.
                guard let tree = try Self.tree(place.source, named: copy.rule.path) else { continue }
                try root.apply(place.changes, from: tree)
            }
        }
    }

    /// The user that the container runs as.
    private func owner(of id: ContainerID) throws -> FileOwner {
        let bytes: [UInt8] = try Files.read(workspace.entryRecord(of: id))
        guard let entry = EntryRecord(decoding: bytes) else { return .root }
        let owner: (user: UInt32, group: UInt32) = entry.owner
        return FileOwner(user: owner.user, group: owner.group).exchanged(
            for: try ContainerOrigin.identity(in: workspace.stateDirectory(of: id)))
    }

    /// - Returns: `nil` where no directory is.
    private static func tree(_ directory: FilePath, named name: String) throws(BuildError) -> SourceTree? {
        do throws(BuildError) {
            return try SourceTree(context: directory, named: "`\(name)`")
        } catch {
            if error.code == .contextMissing { return nil }
            throw error
        }
    }

    /// Runs commands in each container that runs.
    func run(_ hooks: [LifecycleHook]) throws {
        for running in try running() {
            try ContainerHooks(workspace: workspace, id: running.id, name: "sync+exec").run(hooks)
        }
    }

    private struct Running {
        var id: ContainerID
        var process: Int32
    }

    private func running() throws -> [Running] {
        let records: RuntimeRecords = try workspace.records()
        var found: [Running] = []
        for record in records.containers where record.service.rawValue == service {
            let id = ContainerID(record)
            guard let process = workspace.layout.runningProcess(of: id, workspace.id) else { continue }
            found.append(Running(id: id, process: process))
        }
        guard !found.isEmpty else {
            throw EngineError(
                .notRunning, "Service `\(service)` does not run. Start it with `trice up \(service)`.")
        }
        return found
    }
}

/// The copies of one rule for the builder's copier.
private struct RuleCopies {
    /// The directory that the paths are relative to.
    let source: FilePath
    let changes: TreeChanges

    init(_ copies: ServiceWork.Copies, owner: FileOwner) {
        let rule = copies.rule
        let target = rule.watch.target ?? "/"
        guard copies.paths.contains(""), Files.isNoDirectory(FilePath(rule.path)) else {
            source = FilePath(rule.path)
            changes = TreeChanges(paths: copies.paths.map { TreePath($0) }, target: target, owner: owner)
            return
        }
        // The watched path is a file: the target is its name, unless a slash at the end makes it a directory.
        let path = FilePath(rule.path)
        let place = FilePath(target)
        let isDirectory = target.hasSuffix("/")
        source = path.removingLastComponent()
        changes = TreeChanges(
            paths: [TreePath(path.lastComponent?.string ?? "")],
            target: isDirectory ? target : place.removingLastComponent().string,
            targetName: isDirectory ? nil : place.lastComponent?.string, owner: owner)
    }
}

extension Files {
    /// Whether something else than a directory is at a path, or nothing.
    fileprivate static func isNoDirectory(_ path: FilePath) -> Bool {
        // What cannot be looked at is no directory to be copied from.
        guard let found: Files.Status = try? status(path, followingLinks: true) else { return true }
        return found.kind != .directory
    }
}
