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
