internal import Glibc
internal import Images
internal import LinuxSystem
internal import Supervisor
internal import SystemPackage

/// `supervise`: the process of an environment.
extension Engine {
    /// The per-environment process; returns when it has been asked to end.
    ///
    /// - Parameter release: the release of this program, for clients of another one.
    package static func supervise(runDirectory: String, stateDirectory: String, release: String) throws -> Never {
        syncLayers(besideEnvironment: FilePath(stateDirectory))
        exit(
            SupervisorProcess.main(
                SupervisorProcess.Configuration(
                    runDirectory: FilePath(runDirectory), stateDirectory: FilePath(stateDirectory), release: release)))
    }

    /// Lets the layers that came with this environment outlast a restart of the machine, when no command waits any
    /// more.
    private static func syncLayers(besideEnvironment directory: FilePath) {
        let state = directory.removingLastComponent().removingLastComponent()
        // Without it the layers come back from their blobs after a restart, so no one needs to hear of a failure.
        try? DedicatedThread.detach {
            sleep(10)
            let layers = state.appending("layers")
            try? LayerStore(layers).sync()
            try? ExchangedLayers.sync(besides: layers)
        }
    }
}
