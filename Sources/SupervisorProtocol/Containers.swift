/// How to start a container.
package struct StartRequest: Codable, Sendable, Hashable {
    /// The container's name, also that of its directory.
    package var name: String
    /// The runtime's command line; it must end once the container runs, and write `pidFile`.
    package var command: [String]
    package var pidFile: String
    /// Whether PID 1 is trice-init, so that a missing exit record means SIGKILL.
    package var usesInit: Bool
    /// Whether PID 1 inherits the exit record as descriptor 3.
    package var exitRecord: Bool
    /// The path of trice-init for a container that does not have it inside: it then runs beside the container, to
    /// record the exit and to hold the output while no supervisor lives.
    package var keeper: String?
    /// Where the runtime writes its own errors.
    package var runtimeLog: String?
    /// Where the runtime connects to hand over the terminal, for a container that has one. PID 1 then inherits
    /// descriptor 4, which keeps the terminal while no supervisor lives.
    package var consoleSocket: String?

    package init(
        name: String, command: [String], pidFile: String, usesInit: Bool = false, exitRecord: Bool = false,
        keeper: String? = nil, runtimeLog: String? = nil, consoleSocket: String? = nil
    ) {
        self.name = name
        self.command = command
        self.pidFile = pidFile
        self.usesInit = usesInit
        self.exitRecord = exitRecord
        self.keeper = keeper
        self.runtimeLog = runtimeLog
        self.consoleSocket = consoleSocket
    }
}

/// Which container to stop, and how gently.
package struct StopOrder: Codable, Sendable, Hashable {
    package var name: String
    package var signal: Int32
    /// How long it may take before it is killed.
    package var graceMilliseconds: Int

    package init(name: String, signal: Int32 = 15, graceMilliseconds: Int = 10_000) {
        self.name = name
        self.signal = signal
        self.graceMilliseconds = graceMilliseconds
    }
}

/// A container as the supervisor knows it.
package struct ContainerStatus: Codable, Sendable, Hashable {
    package enum State: String, Codable, Sendable {
        case starting, running, exited
    }

    package var name: String
    package var state: State
    package var pid: Int32?
    /// What a shell would report; `nil` while it runs, and when the code is unknown.
    package var code: Int32?
    /// The signal that ended it, if one did.
    package var signal: Int32?
    /// Nanoseconds since the epoch.
    package var startedAt: UInt64?
    /// Nanoseconds since the epoch.
    package var endedAt: UInt64?
    /// Whether an earlier supervisor started it.
    package var isAdopted: Bool
    /// Whether its end has been requested and has not come yet.
    package var isStopping: Bool?

    package init(
        name: String, state: State, pid: Int32?, code: Int32?, signal: Int32?, startedAt: UInt64?, endedAt: UInt64?,
        isAdopted: Bool, isStopping: Bool?
    ) {
        self.name = name
        self.state = state
        self.pid = pid
        self.code = code
        self.signal = signal
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.isAdopted = isAdopted
        self.isStopping = isStopping
    }
}
