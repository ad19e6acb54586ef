internal import Glibc
internal import LinuxSystem
internal import SystemPackage
internal import Vocabulary

/// An IPv4 or IPv6 address with a port; ip(7), ipv6(7).
struct SocketAddress: Hashable, Sendable {
    enum Family: Hashable, Sendable {
        case v4, v6

        var rawValue: Int32 { self == .v4 ? AF_INET : AF_INET6 }
    }

    let family: Family
    /// In network order, as in memory; an IPv4 address fills the first four bytes.
    private let high: UInt64
    private let low: UInt64
    private let scope: UInt32
    var port: UInt16

    /// - Parameter scope: the index of the link of a link-local address; 0 for none.
    init(_ address: IPAddress, port: UInt16, scope: UInt32 = 0) {
        var words: (UInt64, UInt64) = (0, 0)
        switch address {
        case .v4(let address):
            family = .v4
            withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: address.octets) }
        case .v6(let address):
            family = .v6
            withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: address.bytes) }
        }
        (high, low) = words
        self.scope = scope
        self.port = port
    }

    /// From what the kernel filled in; `nil` when it is of another family.
    init?(_ storage: sockaddr_storage) {
        switch Int32(storage.ss_family) {
        case AF_INET:
            let address = withUnsafeBytes(of: storage) { $0.load(as: sockaddr_in.self) }
            family = .v4
            high = UInt64(address.sin_addr.s_addr)
            low = 0
            scope = 0
            port = UInt16(bigEndian: address.sin_port)
        case AF_INET6:
            let address = withUnsafeBytes(of: storage) { $0.load(as: sockaddr_in6.self) }
            family = .v6
            (high, low) = withUnsafeBytes(of: address.sin6_addr) {
                ($0.load(as: UInt64.self), $0.load(fromByteOffset: 8, as: UInt64.self))
            }
            scope = address.sin6_scope_id
            port = UInt16(bigEndian: address.sin6_port)
        default:
            return nil
        }
    }

    /// Calls `body` with the address in the kernel's form.
    func withRaw<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        var storage = sockaddr_storage()
        var length = MemoryLayout<sockaddr_in>.size
        switch family {
        case .v4:
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(truncatingIfNeeded: high)
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: address, as: sockaddr_in.self) }
        case .v6:
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            address.sin6_scope_id = scope
            withUnsafeMutableBytes(of: &address.sin6_addr) {
                $0.storeBytes(of: high, as: UInt64.self)
                $0.storeBytes(of: low, toByteOffset: 8, as: UInt64.self)
            }
            length = MemoryLayout<sockaddr_in6>.size
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: address, as: sockaddr_in6.self) }
        }
        return withUnsafePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(length)) }
        }
    }

    /// The port that the kernel chose for a bound socket; getsockname(2).
    static func port(of socket: Int32) throws(SystemError) -> UInt16 {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        try systemCall("getsockname", "\(socket)") {
            withUnsafeMutablePointer(to: &storage) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &length) }
            }
        }
        return SocketAddress(storage)?.port ?? 0
    }

    /// A nonblocking socket for addresses of this family; SCTP cannot be relayed.
    func makeSocket(_ transport: Transport) throws(SystemError) -> OwnedDescriptor {
        guard transport != .sctp else { throw SystemError("socket", "\(transport)", .protocolNotSupported) }
        let kind = transport == .tcp ? SOCK_STREAM.rawValue : SOCK_DGRAM.rawValue
        let flags = Int32(kind | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let domain = family.rawValue
        return OwnedDescriptor(owning: try systemCall("socket", "\(transport)") { socket(domain, flags, 0) })
    }
}

/// Integer options of sockets; setsockopt(2).
enum SocketOption {
    static func set(_ socket: Int32, _ level: Int32, _ name: Int32, _ value: Int32 = 1) throws(SystemError) {
        var value = value
        try systemCall("setsockopt", "\(name)") {
            setsockopt(socket, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
        }
    }

    /// The error that waits on a socket, which this takes away; SO_ERROR of socket(7).
    static func takeError(_ socket: Int32) -> Errno? {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(socket, SOL_SOCKET, SO_ERROR, &value, &length) == 0 else { return Errno.last }
        return value == 0 ? nil : Errno(rawValue: value)
    }

    /// Makes close(2) send a reset instead of an orderly end; SO_LINGER of socket(7).
    static func resetOnClose(_ socket: Int32) {
        var value = linger(l_onoff: 1, l_linger: 0)
        // On a socket that is broken already the orderly end is as good.
        _ = setsockopt(socket, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size))
    }
}
