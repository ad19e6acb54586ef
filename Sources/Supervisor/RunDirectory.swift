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
    /// The names of the environment, which its resolver answers by; see `ZoneFile`.
    var names: FilePath { path.appending("names.json") }
    /// The sockets for OpenSSH's clients, for the next supervisor.
    var shells: FilePath { path.appending("shells.json") }
    var containers: FilePath { path.appending("containers") }

    func container(_ name: String) -> ContainerFiles {
        ContainerFiles(directory: containers.appending(name))
    }

    /// The same with the exit record where this release has it; one that an earlier release began is where that had it.
    func container(_ name: String, _ logs: LogDirectory) -> ContainerFiles {
        var files = container(name)
        if !Files.exists(files.exit) { files.exit = logs.exit(name) }
        return files
    }
}

extension RunDirectory {
    /// Whether a container of another environment runs; `nil` for a name that is not `ENVIRONMENT/CONTAINER`.
    func isRunningElsewhere(_ name: String) -> Bool? {
        // Asked of every container of an answer, nearly all of which are of this environment.
        guard name.utf8.contains(UInt8(ascii: "/")) else { return nil }
        let parts = name.split(separator: "/").map(String.init)
        guard parts.count == 2 else { return nil }
        let other = RunDirectory(path: path.removingLastComponent().appending(parts[0])).container(parts[1])
        // Without a record nothing was started.
        guard let text = (try? Files.text(other.pid)) ?? nil, let pid = Int32(text.prefix { $0.isNumber }) else {
            return false
        }
        return !Files.exists(other.directory.appending("ended")) && ProcessFacts.startTime(of: pid) != nil
    }
}

/// Every name that the supervisor has in one container's run directory.
struct ContainerFiles: Sendable {
    let directory: FilePath
    /// How the container's main process ended, written by trice-init: on the disk of the logs, since a container can
    /// write to what its first process has open.
    var exit: FilePath

    init(directory: FilePath, exit: FilePath? = nil) {
        self.directory = directory
        self.exit = exit ?? directory.appending("exit")
    }

    /// The pid, written by the runtime.
    var pid: FilePath { directory.appending("pid") }
    /// What the next supervisor needs for adoption.
    var process: FilePath { directory.appending("process") }
    /// The network namespace that is held for the container: a symbolic link into `/proc`.
    var namespace: FilePath { directory.appending("net") }
    /// The runtime's own errors, where the client names no other file.
    var runtimeLog: FilePath { directory.appending("runtime.log") }
    /// The standard input of a container that waits for one.
    var input: FilePath { directory.appending("stdin.fifo") }
    /// What the health checks have come to.
    var health: FilePath { directory.appending("health") }
    /// The restarts since a user started it.
    var restarts: FilePath { directory.appending("restarts") }
    /// The final record, written by the supervisor.
    var ended: FilePath { directory.appending("ended") }

    func fifo(_ stream: LogStream) -> FilePath {
        directory.appending("\(stream.rawValue).fifo")
    }
}

/// Every name that the supervisor has below an environment's state directory.
package struct LogDirectory: Sendable {
    package let path: FilePath
    /// The jobs that start by the clock, and their last runs; see `JobRecords`.
    let jobs: FilePath

    /// - Parameter stateDirectory: the environment's state directory.
    package init(stateDirectory: FilePath) {
        path = stateDirectory.appending("logs")
        jobs = stateDirectory.appending("jobs")
    }

    /// The raw bytes that a container wrote.
    ///
    /// - Parameter age: 0 for the present file, 1 for the one before it.
    package func file(_ container: String, _ stream: LogStream, age: Int = 0) -> FilePath {
        path.appending("\(container).\(stream.rawValue)\(age == 0 ? "" : ".\(age)")")
    }

    /// How the container's main process ended.
    func exit(_ container: String) -> FilePath {
        path.appending("\(container).exit")
    }

    /// The times at which they came, see `LogIndex`.
    package func index(_ container: String, _ stream: LogStream, age: Int = 0) -> FilePath {
        path.appending("\(container).\(stream.rawValue).\(age == 0 ? "" : "\(age).")index")
    }

    /// The ages of the files that there are, the present one first.
    func ages(_ container: String, _ stream: LogStream) -> [Int] {
        var ages: [Int] = Files.exists(file(container, stream)) ? [0] : []
        var age = 1
        while Files.exists(file(container, stream, age: age)) {
            ages.append(age)
            age += 1
        }
        return ages
    }
}

/// One of a container's two outputs.
package enum LogStream: String, Codable, Sendable, Hashable, CaseIterable {
    case stdout, stderr
}
