/// An address of either family.
package enum IPAddress: TextualValue, Comparable {
    case v4(IPv4Address)
    case v6(IPv6Address)

    package init(_ text: String) throws(InvalidValue) {
        if let address = IPv4Address(parsing: text) {
            self = .v4(address)
        } else if let address = IPv6Address(parsing: text) {
            self = .v6(address)
        } else {
            throw InvalidValue(text, "is not an IP address such as 10.1.2.3 or fd00::1")
        }
    }

    /// Four or sixteen bytes in network order; `nil` for any other count.
    package init?(_ bytes: some Collection<UInt8>) {
        if let address = IPv4Address(bytes) {
            self = .v4(address)
        } else if let address = IPv6Address(bytes) {
            self = .v6(address)
        } else {
            return nil
        }
    }

    /// Whether it lies in 127.0.0.0/8 or is `::1`.
    package var isLoopback: Bool {
        switch self {
        case .v4(let address): address.isLoopback
        case .v6(let address): address == .loopback
        }
    }

    /// 0.0.0.0 or `::`.
    package var isAny: Bool {
        switch self {
        case .v4(let address): address == .any
        case .v6(let address): address == .any
        }
    }

    /// 32 or 128.
    package var bitCount: Int {
        switch self {
        case .v4: 32
        case .v6: 128
        }
    }

    package var description: String {
        switch self {
        case .v4(let address): address.description
        case .v6(let address): address.description
        }
    }
}
