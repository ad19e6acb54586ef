internal import Glibc
internal import Synchronization
package import SystemPackage

/// The host for a process in the namespaces that a user without root has for Trice: an agent of the user, outside of them,
/// makes sockets of the host's network (`HostSocket`) and runs programs there (`OutsideProgram`).
package enum OutsideHost {
    /// The variable that names the socket of the agent to all processes inside.
    package static let variable = "TRICE_OUTSIDE"

    /// The socket of the agent; `nil` for a process that is in the host's own namespaces.
    package static let agent: FilePath? = {
        guard let path = EnvironmentVariables.current[variable], !path.isEmpty, isMapped else { return nil }
        return FilePath(path)
    }()

    /// Whether the calling process works in a user's namespaces.
    package static var isAway: Bool { agent != nil }

    /// The number that the user has on the host; `nil` for a process that is in the host's own namespaces.
    package static let user: UInt32? = {
        guard agent != nil else { return nil }
        // What the user's own number stands for: the first line is of 0, which is the user.
        let map = ((try? Files.text("/proc/self/uid_map")) ?? nil) ?? ""
        let numbers = map.split(whereSeparator: \.isWhitespace)
        return numbers.count > 1 && numbers[0] == "0" ? UInt32(numbers[1]) : nil
    }()

    /// Why a user without root has no namespaces, as a sentence with the way out; `nil` where that was not tried.
    package static var problem: String? {
        get { storedProblem.withLock(\.self) }
        set { storedProblem.withLock { $0 = newValue } }
    }

    private static let storedProblem = Mutex<String?>(nil)

    /// What a user does about an action for which the kernel wants root: one sentence.
    package static var remedy: String {
        problem.map { "\($0) As root Trice needs none of this: `sudo trice`." }
            ?? "Trice needs root for this; try again with sudo."
    }

    /// Whether the user namespace is another one than the machine's first; user_namespaces(7).
    private static var isMapped: Bool {
        let map = ((try? Files.text("/proc/self/uid_map")) ?? nil) ?? ""
        return map.split(whereSeparator: \.isWhitespace) != ["0", "0", "4294967295"]
    }

    /// The process of the agent, whose files in `/proc` tell of the host's network.
    package static func agentProcess() -> Int32? {
        guard let agent, let socket = try? MessageSocket.connect(to: agent, timeout: timeout) else { return nil }
        return try? socket.peer().pid
    }

    /// How long the agent may take, in milliseconds.
    static let timeout = 5000
}

/// A socket that is bound to a port of the host, and listens where its kind does; socket(7).
package enum HostSocket {
    /// What a socket is to be.
    package struct Request: Sendable, Hashable {
        /// `SOCK_STREAM` or `SOCK_DGRAM`.
        package var kind: Int32
        /// 0 for the usual one of the kind.
        package var protocolNumber: Int32
        /// A `struct sockaddr` of IPv4 or IPv6; the family alone for a socket that is not bound.
        package var address: [UInt8]

        package init(kind: Int32, protocolNumber: Int32 = 0, address: [UInt8]) {
            self.kind = kind
            self.protocolNumber = protocolNumber
            self.address = address
        }

        var isBound: Bool { address.count > MemoryLayout<sa_family_t>.size }
    }

    /// A socket for a connection from the host's network namespace, neither bound nor connected: by the agent where this
    /// process is in another one.
    package static func unconnected(
        family: Int32, kind: Int32, protocolNumber: Int32
    ) throws(SystemError) -> OwnedDescriptor {
        let address = withUnsafeBytes(of: sa_family_t(family), Array.init)
        return try bind(Request(kind: kind, protocolNumber: protocolNumber, address: address))
    }

    /// Binds a socket in the host's network namespace: by the agent where this process is in another one.
    ///
    /// A socket of IPv6 takes no IPv4. Connections in TIME_WAIT do not hinder a stream.
    ///
    /// - Throws: EADDRINUSE, EADDRNOTAVAIL, EACCES for a port below `net.ipv4.ip_unprivileged_port_start`.
    package static func bind(_ request: Request) throws(SystemError) -> OwnedDescriptor {
        guard let agent = OutsideHost.agent else { return try bindHere(request) }
        let socket = try MessageSocket.connect(to: agent, timeout: OutsideHost.timeout)
        try socket.send(request.encoded)
        guard let message = try socket.receive() else { throw SystemError("recvmsg", agent.string, .connectionReset) }
        if let fd = message.descriptors.first { return OwnedDescriptor(owning: fd) }
        throw SystemError("bind", "a port of the host", Errno(rawValue: Int32(message.bytes.first ?? UInt8(EIO))))
    }

    /// The same in the network namespace of the calling thread.
    package static func bindHere(_ request: Request) throws(SystemError) -> OwnedDescriptor {
        let family = Int32(request.address.withUnsafeBytes { $0.loadUnaligned(as: sa_family_t.self) })
        let socket = OwnedDescriptor(
            owning: try systemCall("socket", "port") {
                Glibc.socket(family, request.kind | Int32(SOCK_CLOEXEC.rawValue), request.protocolNumber)
            })
        guard request.isBound else { return socket }
        let fd = socket.rawValue
        let isStream = request.kind == Int32(SOCK_STREAM.rawValue)
        if isStream { try set(fd, SOL_SOCKET, SO_REUSEADDR) }
        if family == AF_INET6 { try set(fd, Int32(IPPROTO_IPV6), IPV6_V6ONLY) }
        try systemCall("bind", "port") {
            request.address.withUnsafeBytes { bytes in
                bytes.withMemoryRebound(to: sockaddr.self) {
                    $0.baseAddress.map { Glibc.bind(fd, $0, socklen_t(bytes.count)) } ?? -1
                }
            }
        }
        if isStream { try systemCall("listen", "port") { listen(fd, 512) } }
        return socket
    }

    /// Answers one request of `bind` that arrived at the agent's socket; `nil` for bytes that are none.
    package static func answer(_ bytes: [UInt8], over socket: borrowing MessageSocket) throws(SystemError) {
        guard let request = Request(encoded: bytes) else { return try socket.send([UInt8(EINVAL)]) }
        do throws(SystemError) {
            let bound = try bindHere(request)
            try socket.send([0], descriptors: [bound.rawValue])
        } catch {
            try socket.send([UInt8(truncatingIfNeeded: error.errno.rawValue)])
        }
    }

    private static func set(_ fd: Int32, _ level: Int32, _ option: Int32) throws(SystemError) {
        var on: Int32 = 1
        try systemCall("setsockopt", "\(option)") {
            setsockopt(fd, level, option, &on, socklen_t(MemoryLayout<Int32>.size))
        }
    }
}

extension HostSocket.Request {
    /// Two numbers of 32 bits, and the address.
    var encoded: [UInt8] {
        [kind, protocolNumber].flatMap { withUnsafeBytes(of: $0, Array.init) } + address
    }

    /// `nil` for another kind of socket and for an address of another family or length.
    init?(encoded bytes: [UInt8]) {
        guard bytes.count > 8 else { return nil }
        let numbers = bytes.withUnsafeBytes {
            ($0.loadUnaligned(as: Int32.self), $0.loadUnaligned(fromByteOffset: 4, as: Int32.self))
        }
        let address = Array(bytes.dropFirst(8))
        let family = address.count < 2 ? 0 : address.withUnsafeBytes { Int32($0.loadUnaligned(as: sa_family_t.self)) }
        let lengths = [AF_INET: MemoryLayout<sockaddr_in>.size, AF_INET6: MemoryLayout<sockaddr_in6>.size]
        guard let length = lengths[family], [length, MemoryLayout<sa_family_t>.size].contains(address.count),
            [SOCK_STREAM, SOCK_DGRAM].contains(where: { Int32($0.rawValue) == numbers.0 })
        else { return nil }
        self.init(kind: numbers.0, protocolNumber: numbers.1, address: address)
    }
}
