internal import Containers
internal import LinuxSystem
internal import OCI
internal import SystemPackage
package import Vocabulary
package import Workspaces

/// The container of `run` with the streams of the user.
extension ContainerSessions {
    /// Stands for the first process of a container that was started with these streams, until it ends.
    ///
    /// - Returns: its exit code.
    package func follow(
        _ name: ServiceName, of environment: EnvironmentID, _ streams: ForegroundStreams
    ) throws -> Int32 {
        let id = ContainerID(service: name, number: 1)
        let workspace = Workspace(id: environment, host: try host())
        return try ForegroundSession(id, workspace).run(streams)
    }

    /// Why the command of a container could not be run that has never been started; `nil` where that is not the reason.
    package func refusal(of name: ServiceName, _ environment: EnvironmentID) throws -> RefusedCommand? {
        let id = ContainerID(service: name, number: 1)
        let workspace = Workspace(id: environment, host: try host())
        let directory = workspace.runDirectory(of: id)
        guard let program = try workspace.bundle(of: id).read()?.process?.args?.first,
            let refusal = try Launcher(
                ChildProcess.Command(""),
                files: LaunchFiles(pid: directory.appending("pid"), log: directory.appending("runtime.log"))
            ).refusal(), refusal.isAbout(program)
        else { return nil }
        return RefusedCommand(program, in: name.rawValue, refusal)
    }
}

extension Launcher.Refusal {
    /// Whether it is this program that could not be run, and not the container that could not be made.
    fileprivate func isAbout(_ program: String) -> Bool {
        words.contains(program) || words.lowercased().contains("exec")
    }
}
