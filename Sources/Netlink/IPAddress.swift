internal import Glibc

/// An address of either family.
public enum IPAddress: Hashable, Sendable, CustomStringConvertible {
    case v4(IPv4Address)
    /// Sixteen bytes in network order.
    case v6(IPv6Address)

    /// - Throws: `.invalidValue`.
    public init(_ text: String) throws(NetlinkError) {
        if text.contains(":") {
            self = .v6(try IPv6Address(text))
        } else {
            self = .v4(try IPv4Address(text))
        }
    }

    /// The address in an attribute of 4 or 16 bytes.
    init?(_ bytes: ArraySlice<UInt8>) {
        if let address = IPv4Address(bytes) {
            self = .v4(address)
        } else if let address = IPv6Address(bytes) {
            self = .v6(address)
        } else {
            return nil
        }
    }

    public var isLoopback: Bool {
        switch self {
        case .v4(let address): address.isLoopback
        case .v6(let address): address == .loopback
        }
    }

    /// 0.0.0.0 or `::`.
    public var isAny: Bool {
        switch self {
        case .v4(let address): address == .any
        case .v6(let address): address == .any
        }
    }

    public var description: String {
        switch self {
        case .v4(let address): address.description
        case .v6(let address): address.description
        }
    }
}

/// An IPv6 address without a zone.
public struct IPv6Address: Hashable, Sendable, CustomStringConvertible {
    /// Sixteen bytes in network order.
    public let bytes: [UInt8]

    public static let any = IPv6Address(unchecked: [UInt8](repeating: 0, count: 16))
    public static let loopback = IPv6Address(unchecked: [UInt8](repeating: 0, count: 15) + [1])

    private init(unchecked bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// `nil` when there are not sixteen bytes.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        self.bytes = Array(bytes)
    }

    /// Reads the forms of inet_pton(3).
    ///
    /// - Throws: `.invalidValue`.
    public init(_ text: String) throws(NetlinkError) {
        var bytes = [UInt8](repeating: 0, count: 16)
        guard !text.utf8.contains(0), inet_pton(AF_INET6, text, &bytes) == 1 else {
            throw NetlinkError(.invalidValue, "\"\(text)\" is not an IPv6 address such as fd00::1")
        }
        self.bytes = bytes
    }

    /// The IPv4 address that `::ffff:a.b.c.d` stands for.
    public var mapped: IPv4Address? {
        bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
            ? IPv4Address(bytes.suffix(4)) : nil
    }

    public var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(AF_INET6, bytes, &text, socklen_t(text.count)) != nil else { return "?" }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
