internal import Containers
internal import Store
internal import Workspaces

internal import struct Vocabulary.ContainerID

/// Containers that stand still.
extension ContainerOperations {
    func pause(_ id: ContainerID) throws {
        let record = try record(of: id, in: try workspace.records(of: id))
        if let problem = try workspace.host.pauseProblem(named: record.runtime) {
            throw EngineError(.unsupportedHost, "`\(id)` cannot be paused: \(problem)")
        }
        guard try workspace.host.driver(named: record.runtime).pause(record.runtimeID) else {
            throw EngineError(.notRunning, "`\(id)` does not run, so it cannot be paused.")
        }
        try workspace.announce(id)
    }

    func resume(_ id: ContainerID) throws {
        let record = try record(of: id, in: try workspace.records(of: id))
        try workspace.host.driver(named: record.runtime).resume(record.runtimeID)
        try workspace.announce(id)
    }

    /// Lets the processes go on where they stand still: a signal does not reach them before.
    func thaw(_ id: ContainerID) throws {
        guard let process = workspace.layout.runningProcess(of: id, workspace.id), Freezer.isFrozen(process) else {
            return
        }
        try resume(id)
    }
}
