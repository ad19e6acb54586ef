internal import Containers
internal import LinuxSystem
internal import Store
internal import Vocabulary
internal import Workspaces

/// Runs the commands of `pre_snapshot` in the containers that are about to stand still, so that programs write down what
/// they have in memory.
///
/// They are those of the container as it was made: a clone has no Envfile of its source.
struct SnapshotHooks {
    let workspace: Workspace
    let sink: any EventSink

    /// - Throws: `EngineError.hookFailed` for the first command that does not end with code 0. Nothing has been kept then.
    func run() throws {
        for record in try workspace.records().containers {
            let id = ContainerID(record)
            guard let hooks = try ContainerCare.read(of: id, in: workspace)?.preSnapshot, !hooks.isEmpty,
                let process = workspace.layout.runningProcess(of: id, workspace.id)
            else { continue }
            if Freezer.isFrozen(process) {
                sink.note("`\(id.service)` is paused, and its `pre_snapshot` was not run", isWarning: true)
                continue
            }
            try ContainerHooks(workspace: workspace, id: id, name: "pre_snapshot").run(hooks)
        }
    }
}
