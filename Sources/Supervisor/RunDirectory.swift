internal import LinuxSystem
package import SystemPackage

/// Every name that the supervisor has below an environment's run directory.
struct RunDirectory: Sendable {
    let path: FilePath

    /// The control socket.
    var socket: FilePath { path.appending("supervisor.sock") }
    /// The control socket while its supervisor is not ready.
    var newSocket: FilePath { path.appending("supervisor.new") }
    /// Locked by the supervisor for as long as it lives.
    var lock: FilePath { path.appending("supervisor.lock") }
    /// Locked by a client while it starts a supervisor.
    var startLock: FilePath { path.appending("supervisor.start") }
    /// The supervisor's standard error.
    var log: FilePath { path.appending("supervisor.log") }
    /// The published ports, for the next supervisor.
    var ports: FilePath { path.appending("ports.json") }
    var containers: FilePath { path.appending("containers") }

    func container(_ name: String) -> ContainerFiles {
        ContainerFiles(directory: containers.appending(name))
    }
}

/// Every name that the supervisor has in one container's run directory.
struct ContainerFiles: Sendable {
    let directory: FilePath

    /// The pid, written by the runtime.
    var pid: FilePath { directory.appending("pid") }
    /// What the next supervisor needs for adoption.
    var process: FilePath { directory.appending("process") }
    /// How the container's main process ended, written by trice-init.
    var exit: FilePath { directory.appending("exit") }
    /// The final record, written by the supervisor.
    var ended: FilePath { directory.appending("ended") }

    func fifo(_ stream: LogStream) -> FilePath {
        directory.appending("\(stream.rawValue).fifo")
    }
}

/// Every name that the supervisor has below an environment's state directory.
package struct LogDirectory: Sendable {
    package let path: FilePath

    /// - Parameter stateDirectory: the environment's state directory.
    package init(stateDirectory: FilePath) {
        path = stateDirectory.appending("logs")
    }

    /// The raw bytes that a container wrote.
    package func file(_ container: String, _ stream: LogStream) -> FilePath {
        path.appending("\(container).\(stream.rawValue)")
    }

    /// The times at which they came, see `LogIndex`.
    package func index(_ container: String, _ stream: LogStream) -> FilePath {
        path.appending("\(container).\(stream.rawValue).index")
    }
}

/// One of a container's two outputs.
package enum LogStream: String, Codable, Sendable, Hashable, CaseIterable {
    case stdout, stderr
}
