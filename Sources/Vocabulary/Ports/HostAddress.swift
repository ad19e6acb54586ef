/// The addresses of the host on which a published port is open; its written form is `loopback`, `any` or an address.
package enum HostAddress: TextualValue, Comparable {
    /// 127.0.0.1 and ::1.
    case loopback
    /// Every address, IPv4 and IPv6.
    case any
    case address(IPAddress)

    package init(_ text: String) throws(InvalidValue) {
        switch text {
        case "loopback": self = .loopback
        case "any": self = .any
        default: self = .address(try IPAddress(text))
        }
    }

    package var description: String {
        switch self {
        case .loopback: "loopback"
        case .any: "any"
        case .address(let address): address.description
        }
    }
}

extension HostAddress {
    /// What a listener binds to.
    package var bindAddresses: [IPAddress] {
        switch self {
        case .loopback: [.v4(.loopback), .v6(.loopback)]
        case .any: [.v4(.any), .v6(.any)]
        case .address(let address): [address]
        }
    }

    /// Whether one port cannot be open on both: they have an address in common.
    package func overlaps(_ other: HostAddress) -> Bool {
        bindAddresses.contains { own in
            other.bindAddresses.contains { own.bitCount == $0.bitCount && (own == $0 || own.isAny || $0.isAny) }
        }
    }
}
