internal import Containers
internal import LinuxSystem
internal import OCI
package import Store
internal import SystemPackage
package import Workspaces

internal import struct Vocabulary.ContainerID

/// Lets the processes of several containers stand still while something is copied.
///
/// A mark is written for each before it is frozen: where this process is killed, the next command resumes the container.
package struct ContainerFreeze {
    private let workspace: Workspace

    package init(_ workspace: Workspace) {
        self.workspace = workspace
    }

    /// Runs `body` while all of these stand still; whatever fails, they go on afterwards. A container that the user has paused
    /// stands still already and stays paused.
    ///
    /// - Throws: `EngineError` for containers without a control group, before anything has changed.
    package func whileFrozen<Result>(_ all: [ContainerRecord], _ body: () throws -> Result) throws -> Result {
        let records = all.filter { record in
            let process = workspace.layout.runningProcess(of: ContainerID(record), workspace.id)
            return process.map(Freezer.isFrozen) != true
        }
        guard !records.isEmpty else { return try body() }
        for runtime in Set(records.map(\.runtime)) {
            guard let problem = try workspace.host.pauseProblem(named: runtime) else { continue }
            throw EngineError(
                .snapshot,
                "Nothing can make the services stand still for the moment of a copy: \(problem) `trice snapshot save NAME --stop` "
                    + "stops them for that moment and starts them again; `trice clone FROM@NAME` and `--snapshot NAME` of `package` "
                    + "and `publish` then take that snapshot.")
        }
        let result = Swift.Result {
            for record in records {
                try Files.write([], to: workspace.pauseMark(of: ContainerID(record)), mode: 0o600)
            }
            // Each takes the time of a process's start.
            _ = try inParallel(records) { record in
                _ = try workspace.host.driver(named: record.runtime).pause(record.runtimeID)
            }
            for record in records { try workspace.announce(ContainerID(record)) }
            return try body()
        }
        try resume(records)
        return try result.get()
    }

    private func resume(_ records: [ContainerRecord]) throws {
        var failure: (any Error)?
        for record in records where Files.exists(workspace.pauseMark(of: ContainerID(record))) {
            do {
                let driver = try workspace.host.driver(named: record.runtime)
                if try driver.state(record.runtimeID)?.status == .paused { try driver.resume(record.runtimeID) }
                try Files.remove(workspace.pauseMark(of: ContainerID(record)))
                try workspace.announce(ContainerID(record))
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }
}
