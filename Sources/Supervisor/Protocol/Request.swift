/// What a client asks; one connection carries one request and one response.
enum Request: Codable, Sendable {
    case hello
    /// The namespaces come as descriptors, in the order of the names.
    case hold(names: [String])
    case start(StartRequest)
    case stop(orders: [StopOrder])
    case kill(name: String, signal: Int32)
    case wait(name: String)
    case status
    case publish(ports: [PublishedPort])
    case withdraw(container: String)
    case forget(name: String, removesLogs: Bool)
    case shutdown(isForced: Bool)
}

/// A request with the version of the protocol that its sender speaks.
struct Envelope: Codable, Sendable {
    static let currentVersion = 1

    var version: Int
    var request: Request
}

/// The version alone, readable whatever the request has become.
struct VersionProbe: Codable, Sendable {
    var version: Int
}

enum Response: Codable, Sendable {
    case hello(pid: Int32)
    case held(paths: [String])
    case started(pid: Int32)
    case containers([ContainerStatus])
    case published(PublicationResult)
    case done
    case failed(code: String, message: String)

    init(_ error: SupervisorError) {
        self = .failed(code: "\(error.code)", message: error.description)
    }
}

/// How to start a container.
public struct StartRequest: Codable, Sendable, Hashable {
    /// The container's name, also that of its directory.
    public var name: String
    /// The runtime's command line; it must end once the container runs, and write `pidFile`.
    public var command: [String]
    public var pidFile: String
    /// Whether PID 1 is trice-init, so that a missing exit record means SIGKILL.
    public var usesInit: Bool
    /// Whether PID 1 inherits the exit record as descriptor 3.
    public var exitRecord: Bool
    /// The path of trice-init for a container that does not have it inside: it then runs beside the container, to
    /// record the exit and to hold the output while no supervisor lives.
    public var keeper: String?
    /// Where the runtime writes its own errors.
    public var runtimeLog: String?
    /// Where the runtime connects to hand over the terminal, for a container that has one. PID 1 then inherits
    /// descriptor 4, which keeps the terminal while no supervisor lives.
    public var consoleSocket: String?

    public init(
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
public struct StopOrder: Codable, Sendable, Hashable {
    public var name: String
    public var signal: Int32
    /// How long it may take before it is killed.
    public var graceMilliseconds: Int

    public init(name: String, signal: Int32 = 15, graceMilliseconds: Int = 10_000) {
        self.name = name
        self.signal = signal
        self.graceMilliseconds = graceMilliseconds
    }
}

/// A container as the supervisor knows it.
public struct ContainerStatus: Codable, Sendable, Hashable {
    public enum State: String, Codable, Sendable {
        case starting, running, exited
    }

    public var name: String
    public var state: State
    public var pid: Int32?
    /// What a shell would report; `nil` while it runs, and when nobody could learn it.
    public var code: Int32?
    /// The signal that ended it, if one did.
    public var signal: Int32?
    /// Nanoseconds since the epoch.
    public var startedAt: UInt64?
    /// Nanoseconds since the epoch.
    public var endedAt: UInt64?
    /// Whether an earlier supervisor started it.
    public var isAdopted: Bool
    /// Whether somebody has had it stopped and it has not ended yet.
    public var isStopping: Bool?
}
