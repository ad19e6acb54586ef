internal import Builder
internal import Containers
internal import Glibc
internal import LinuxSystem
internal import SystemPackage
package import Workspaces

/// What builds left that were killed: containers, mounts, directories, networks.
///
/// Every command that builds, brings up, takes down or prunes removes it first; to look costs next to nothing.
package struct BuildLeftovers {
    let host: Host

    package init(host: Host) {
        self.host = host
    }

    /// Tries everything before it throws the first failure.
    package func remove() throws {
        var first: (any Error)?
        func attempt(_ body: () throws -> Void) {
            do { try body() } catch { first = first ?? error }
        }
        // Containers before what they stand on.
        attempt { try removeSteps() }
        attempt { try Builder.removeLeftovers(in: host.layout.buildWork) }
        attempt { try BuildNetworks.removeLeftovers(host) }
        if let first { throw first }
    }

    private func removeSteps() throws {
        guard Files.exists(host.layout.builds.appending("steps")) else { return }
        let runtime = try host.chosenRuntime()
        try StepRunner(
            directory: host.layout.builds, runtime: host.driver(for: runtime), host: host.facts, seccomp: .unconfined
        ).removeLeftovers()
    }
}

extension ImageBuilds {
    /// Waits for the end of a build's process, and removes what it left if it was killed.
    ///
    /// To be called in the process that `BuildWatch` starts.
    package static func watchBuild(
        of process: Int32, stateDirectory: String, runDirectory: String, request: ProjectRequest
    ) throws -> Never {
        var request = request
        request.processEnvironment["TRICE_STATE_DIRECTORY"] = stateDirectory
        request.processEnvironment["TRICE_RUN_DIRECTORY"] = runDirectory
        let build = try ProcessDescriptor(pid: process)
        // When it died before it could be watched, the number may mean another by now.
        if getppid() == process { _ = try build.waitForEnd() }
        try BuildLeftovers(host: CommandContext(request).host()).remove()
        exit(0)
    }
}
