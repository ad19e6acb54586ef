import Glibc
import LinuxSystem
import Netlink
import SystemPackage
import TestSupport
import Vocabulary

@testable import Networks

/// A network namespace of a test's own; it goes, with what was started in it, when the value goes.
final class Machine {
    let namespace: OwnedDescriptor
    let socket: NetlinkSocket
    private var children: [ChildProcess] = []

    init() throws {
        namespace = try NetworkNamespace.create()
        socket = try NetlinkSocket(in: namespace)
        try socket.perform(.setUp(.loopback))
    }

    deinit {
        for child in children {
            // The child leads a session: its own children go with it.
            kill(-child.pid, SIGKILL)
            kill(child.pid, SIGKILL)
            _ = try? child.wait()
        }
    }

    /// Runs `body` on a thread inside the namespace.
    func inside<Result>(_ body: () throws -> Result) throws -> Result {
        let outcome: Swift.Result<Result, any Error> = try NetworkNamespace.run(in: namespace) {
            Swift.Result { try body() }
        }
        return try outcome.get()
    }

    /// Runs a shell command inside; both outputs, and success.
    @discardableResult
    func shell(_ text: String) throws -> (isSuccess: Bool, output: String) {
        try inside {
            let result = try ProcessOutput.of(ChildProcess.Command("sh", ["-c", text]))
            let output = String(decoding: result.standardOutput + result.standardError, as: UTF8.self)
            return (result.status == .exited(0), output)
        }
    }

    /// Starts a server inside that answers every connection with its own `name` and the peer's address, and waits
    /// until it listens.
    func serve(_ name: String, _ transport: Transport, _ port: Int) throws {
        let kind = transport.rawValue.uppercased()
        let listen = "\(kind)4-LISTEN:\(port),fork,reuseaddr"
        let child = try inside {
            try ChildProcess.start(
                ChildProcess.Command(
                    "socat", [listen, "SYSTEM:echo \(name) sees $SOCAT_PEERADDR"], startsSession: true))
        }
        children.append(child)
        let flag = transport == .tcp ? "-tln" : "-uln"
        if try eventually({ try shell("ss -H \(flag) sport = :\(port)").output.contains(":\(port)") }) { return }
        throw SystemError("socat", listen, .timedOut)
    }

    /// Starts a program inside, which ends with this value.
    func start(_ words: [String]) throws {
        children.append(
            try inside {
                try ChildProcess.start(ChildProcess.Command(words[0], Array(words.dropFirst()), startsSession: true))
            })
    }

    /// What a server answers; empty when it cannot be reached. A busy machine may take seconds for an answer.
    func ask(_ transport: Transport, _ address: String, _ port: Int) throws -> String {
        var answer = ""
        _ = try eventually(within: .seconds(20)) {
            answer = try askOnce(transport, address, port)
            return !answer.isEmpty
        }
        return answer
    }

    /// Whether a server does not answer.
    func isUnanswered(_ transport: Transport, _ address: String, _ port: Int) throws -> Bool {
        try askOnce(transport, address, port).isEmpty
    }

    private func askOnce(_ transport: Transport, _ address: String, _ port: Int) throws -> String {
        let options = transport == .tcp ? ",connect-timeout=1" : ""
        let text = try shell(
            "echo ? | socat -t1 -T2 - \(transport.rawValue.uppercased())4:\(address):\(port)\(options) 2>/dev/null"
        ).output
        return text.split(separator: "\n").first.map(String.init) ?? ""
    }

    var pids: [Int32] { children.map(\.pid) }
}

/// A host, a neighbour of it at 198.51.100.2 (the host is 198.51.100.1), and containers on bridges of the host.
final class Lab {
    let host: Machine
    let neighbour: Machine

    init() throws {
        host = try Machine()
        neighbour = try Machine()
        let fd = neighbour.namespace.rawValue
        let pid = getpid()
        try host.shell(
            """
            ip link add wan type veth peer name wan0
            ip link set wan0 netns /proc/\(pid)/fd/\(fd) && ip addr add 198.51.100.1/24 dev wan && ip link set wan up
            """)
        try neighbour.shell("ip addr add 198.51.100.2/24 dev wan0 && ip link set wan0 up")
        _ = try host.inside { try IPForwarding.enable() }
    }

    func network(_ name: String, _ subnet: String, group: UInt32 = 7, isInternal: Bool = false) throws -> BridgeNetwork
    {
        let network = try BridgeNetwork(
            name: InterfaceNaming.bridge(environment: "lab", network: name), subnet: IPv4Network(subnet), group: group)
        try network.create(over: host.socket)
        return network
    }

    func container(_ name: String, _ address: String, in network: BridgeNetwork) throws -> Machine {
        let container = try Machine()
        try network.attach(
            container: container.namespace,
            as: Attachment(
                hostInterface: InterfaceNaming.veth(
                    environment: "lab", network: network.name.rawValue, container: name),
                address: IPv4Address(address)),
            over: host.socket)
        return container
    }

    @discardableResult
    func apply(
        to environment: String = "lab", _ networks: [BridgeNetwork], internal: [BridgeNetwork] = [],
        ports: [PublishedPort] = []
    ) throws -> [FirewallWarning] {
        let all =
            networks.map { FirewallState.Network(bridge: $0.name, subnet: $0.subnet) }
            + `internal`.map { FirewallState.Network(bridge: $0.name, subnet: $0.subnet, isInternal: true) }
        let state = try FirewallState(environment: environment, networks: all, ports: ports)
        return try host.inside { try NFTables().apply(state).warnings }
    }
}

func published(
    _ transport: Transport, on address: String? = nil, _ hostPort: UInt16, to container: String, _ port: UInt16
) throws -> PublishedPort {
    try PublishedPort(
        transport, hostAddress: address.map { text in try IPv4Address(text) }, hostPort: Port(hostPort),
        containerAddress: IPv4Address(container), containerPort: Port(port))
}
