internal import Vocabulary

/// A subnet of either family, as written; a range may be written by an address inside of it.
struct Subnet {
    let text: String
    var ipv4: IPv4Network?
    var ipv6: IPv6Network?

    init?(_ text: String) {
        let parts = text.split(separator: "/").map(String.init)
        guard parts.count == 2, let address = IPAddress(parsing: parts[0]), let length = Int(parts[1]) else {
            return nil
        }
        self.text = text
        switch address {
        case .v4(let address): ipv4 = IPv4Network(containing: address, prefixLength: length)
        case .v6(let address): ipv6 = IPv6Network(containing: address, prefixLength: length)
        }
    }

    func contains(_ address: IPAddress) -> Bool {
        switch address {
        case .v4(let address): ipv4?.contains(address) == true
        case .v6(let address): ipv6?.contains(address) == true
        }
    }

    func contains(_ other: Subnet) -> Bool {
        if let own = ipv4, let other = other.ipv4 {
            return own.overlaps(other) && own.prefixLength <= other.prefixLength
        }
        if let own = ipv6, let other = other.ipv6 {
            return own.overlaps(other) && own.prefixLength <= other.prefixLength
        }
        return false
    }

    func overlaps(_ other: Subnet) -> Bool {
        if let own = ipv4, let other = other.ipv4 { return own.overlaps(other) }
        if let own = ipv6, let other = other.ipv6 { return own.overlaps(other) }
        return false
    }

    /// The gateway where none is named.
    var first: IPAddress? {
        if let ipv4 { return ipv4[1].map { .v4($0) } }
        guard var bytes = ipv6?.address.bytes else { return nil }
        bytes[15] |= 1
        return IPAddress(bytes)
    }

    /// The addresses of the subnet itself and of all of it.
    var ends: [IPAddress] {
        if let ipv4 { return [.v4(ipv4.address), .v4(ipv4.broadcast)] }
        return ipv6.map { [.v6($0.address)] } ?? []
    }
}
