internal import Glibc
internal import LinuxSystem
internal import Supervisor
internal import SupervisorProtocol
internal import SystemPackage
internal import Workspaces

internal import struct Vocabulary.ContainerID

/// Whether the program of a container with the small init was started.
///
/// The runtime starts the init, which starts the program as its child: that there is no such program shows only there.
struct ProgramStart {
    let workspace: Workspace
    let id: ContainerID
    /// The process id of the init.
    let process: Int32

    /// How long the init may take before the start counts as done.
    private static let limit = Duration.seconds(2)

    /// Returns when the program runs, or has run.
    ///
    /// - Throws: `EngineError.startFailed` with what the init said.
    func confirm() throws {
        let deadline = ContinuousClock.now + Self.limit
        while ContinuousClock.now < deadline {
            guard ProcessFacts.isAlive(process) else { return try checkEnd() }
            // Without the list of children, kernel option PROC_CHILDREN, nothing more can be known.
            guard let children = try children() else { return }
            if try children.contains(where: isAnotherProgram) { return }
            usleep(500)
        }
    }

    private func children() throws -> [Int32]? {
        try Files.text(FilePath("/proc/\(process)/task/\(process)/children"))?.split(separator: " ").compactMap {
            Int32($0)
        }
    }

    /// Whether a child of the init has become the program.
    private func isAnotherProgram(_ child: Int32) throws -> Bool {
        guard let own = try executable(process), let other = try executable(child) else { return false }
        return own.device != other.device || own.inode != other.inode
    }

    private func executable(_ process: Int32) throws -> Files.Status? {
        try Files.status(FilePath("/proc/\(process)/exe"), followingLinks: true)
    }

    private func checkEnd() throws {
        let status = try workspace.supervisor().wait(for: "\(id)")
        guard status.code == 126 || status.code == 127,
            let said = try LastLines(workspace: workspace, id: id, count: 1).lines.last,
            said.hasPrefix(Self.prefix)
        else { return }
        throw EngineError(
            .startFailed,
            "The program of service \(id.service) could not be started: \(said.dropFirst(Self.prefix.count)). Check "
                + "`command:` and `entrypoint:` of the service, and what its image has.")
    }

    /// What the init's own messages begin with.
    private static let prefix = "trice-init: "
}

/// What a container wrote last.
struct LastLines {
    let lines: [String]

    /// - Parameter count: how many lines of each of its outputs.
    init(workspace: Workspace, id: ContainerID, count: Int) throws {
        var reader = try LogReader(directory: workspace.logs, containers: ["\(id)"], tail: count)
        var found: [LogLine] = []
        while true {
            let more = try reader.next()
            if more.isEmpty { break }
            found += more
        }
        found += reader.finish()
        lines = found.suffix(count).map { $0.text.trimmingSuffix { $0.isNewline } }
    }
}

extension String {
    fileprivate func trimmingSuffix(while isLeftOut: (Character) -> Bool) -> String {
        var text = self[...]
        while let last = text.last, isLeftOut(last) { text.removeLast() }
        return String(text)
    }
}
