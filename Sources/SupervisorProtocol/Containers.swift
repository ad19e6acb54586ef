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
    /// Where the supervisor listens for the terminal, for a container that has one; of any length. The supervisor gives
    /// the runtime a short path of the same socket in place of this one in `command`. PID 1 then inherits descriptor 4,
    /// which keeps the terminal while no supervisor lives.
    package var consoleSocket: String?
    /// Whether reading from the standard input waits instead of coming to its end at once; `nil` counts as no.
    package var keepsInputOpen: Bool?
    /// Whether its standard input comes with the request, as a descriptor; `nil` counts as no. A container without
    /// either reads nothing.
    package var passesInput: Bool?
    /// How it is removed when it has ended; `nil` for a container that stays.
    package var removal: Removal?
    /// How it is looked after; `nil` for a container that is only started.
    package var care: Care?

    package init(
        name: String, command: [String], pidFile: String, usesInit: Bool = false, exitRecord: Bool = false,
        keeper: String? = nil, runtimeLog: String? = nil, consoleSocket: String? = nil, keepsInputOpen: Bool? = nil,
        care: Care? = nil
    ) {
        self.name = name
        self.command = command
        self.pidFile = pidFile
        self.usesInit = usesInit
        self.exitRecord = exitRecord
        self.keeper = keeper
        self.runtimeLog = runtimeLog
        self.consoleSocket = consoleSocket
        self.keepsInputOpen = keepsInputOpen
        self.care = care
    }
}

/// How a container goes that is removed at its end.
package struct Removal: Codable, Sendable, Hashable {
    /// A program and its arguments, which the supervisor runs when the container has ended.
    package var command: [String]
    /// The process that removes it itself, in whose place the supervisor acts only when that is gone; `nil` for none.
    package var client: Int32?
    /// Of that process; proc_pid_stat(5), field 22.
    package var clientStartTime: UInt64?

    package init(command: [String], client: Int32?, clientStartTime: UInt64?) {
        self.command = command
        self.client = client
        self.clientStartTime = clientStartTime
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
    /// What a container does at the moment, as the supervisor knows it.
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
    /// Whether it has recorded the end of its program, which PID 1 does right before it ends itself. The container can
    /// write such a record too: nothing may wait for long because of it.
    package var hasRecordedEnd: Bool?
    /// Whether its network namespace is held, so that it can be started again in the same one.
    package var isNetworkHeld: Bool?
    /// `nil` for a container without a health check.
    package var health: HealthReport?
    /// `nil` for a container that was never started again by itself.
    package var restarts: RestartReport?

    package init(
        name: String, state: State, pid: Int32?, code: Int32?, signal: Int32?, startedAt: UInt64?, endedAt: UInt64?,
        isAdopted: Bool, isStopping: Bool?, hasRecordedEnd: Bool? = nil, isNetworkHeld: Bool? = nil
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
        self.hasRecordedEnd = hasRecordedEnd
        self.isNetworkHeld = isNetworkHeld
    }
}

extension ContainerStatus {
    /// Whether it has ended, and its restart policy starts it again.
    package var isRestarting: Bool {
        guard let restarts else { return false }
        return state == .exited ? restarts.isPending : state == .starting && restarts.count > 0
    }
}
