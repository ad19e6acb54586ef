internal import Glibc

/// The short form of a published port: `[HOST:][PUBLISHED[-END]:]TARGET[-END][/PROTOCOL]`.
struct ShortPort {
    var host: String?
    var published: ClosedRange<UInt16>?
    var targets: ClosedRange<UInt16>
    var transportProtocol: PortMapping.TransportProtocol

    init(_ text: String) throws(PortProblem) {
        let (address, transportProtocol) = try Self.splitProtocol(text[...])
        self.transportProtocol = transportProtocol
        let (host, ports) = try Self.splitHost(address)
        self.host = host
        let parts = ports.split(separator: ":", omittingEmptySubsequences: false)
        guard let target = parts.last, parts.count <= 2 else {
            throw PortProblem(message: "it has too many `:`")
        }
        targets = try Self.range(target)
        if parts.count == 2, !parts[0].isEmpty, parts[0] != "0" { published = try Self.range(parts[0]) }
        if let published, published.count != targets.count, targets.count != 1 {
            throw PortProblem(
                message: "\(published.count) host ports cannot serve \(targets.count) container ports",
                hint: "make both ranges equally long")
        }
    }

    /// One mapping per container port.
    func mappings(
        unspecified: PortMapping.HostAddress, autoCorrects: Bool
    ) throws(PortProblem) -> [PortMapping] {
        let address = host.map { PortMapping.HostAddress.address($0) } ?? unspecified
        let mappings = targets.enumerated().map { index, target in
            var choice = published
            if let published, targets.count > 1 {
                let port = published.lowerBound + UInt16(index)
                choice = port...port
            }
            return PortMapping(
                hostAddress: address, published: choice, target: target, transportProtocol: transportProtocol,
                autoCorrects: autoCorrects)
        }
        // In the order that Compose shows them.
        return mappings.sorted { String($0.target) < String($1.target) }
    }

    static func splitProtocol(
        _ text: Substring
    ) throws(PortProblem) -> (Substring, PortMapping.TransportProtocol) {
        guard let slash = text.utf8.lastIndex(of: UInt8(ascii: "/")) else { return (text, .tcp) }
        let name = text[text.utf8.index(after: slash)...]
        guard let value = PortMapping.TransportProtocol(rawValue: name.lowercased()) else {
            throw PortProblem(message: "the protocol must be tcp, udp or sctp, but is `\(name)`")
        }
        return (text[..<slash], value)
    }

    /// A port or a range of ports, each from 1 to 65535.
    static func range(_ text: Substring) throws(PortProblem) -> ClosedRange<UInt16> {
        let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = ends.first, let last = ends.last else { throw PortProblem(message: "a port is missing") }
        let lower = try port(first)
        let upper = try port(last)
        guard lower <= upper else { throw PortProblem(message: "the range \(text) runs backwards") }
        return lower...upper
    }

    private static func port(_ text: Substring) throws(PortProblem) -> UInt16 {
        guard !text.isEmpty else { throw PortProblem(message: "a port is missing") }
        guard text.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else {
            throw PortProblem(message: "`\(text)` is no number")
        }
        guard let value = UInt16(text), value > 0 else {
            throw PortProblem(message: "\(text) is not from 1 to 65535")
        }
        return value
    }

    /// Splits an address off the front; IPv6 in brackets, or bare before the last two fields.
    private static func splitHost(_ text: Substring) throws(PortProblem) -> (String?, Substring) {
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { throw PortProblem(message: "`[` is not closed") }
            let host = String(text[text.index(after: text.startIndex)..<end])
            let rest = text[text.index(after: end)...]
            guard rest.hasPrefix(":") else { throw PortProblem(message: "`]` is not followed by `:`") }
            guard IPAddressText.isIPv6(host) else { throw PortProblem(message: "`\(host)` is no IPv6 address") }
            return (host, rest.dropFirst())
        }
        let fields = text.split(separator: ":", omittingEmptySubsequences: false)
        guard fields.count > 2 else { return (nil, text) }
        let host = fields.dropLast(2).joined(separator: ":")
        let ports = fields.suffix(2).joined(separator: ":")
        guard IPAddressText.isValid(host) else {
            throw PortProblem(
                message: "`\(host)` is no IP address",
                hint: host.contains(":") ? "write an IPv6 address in brackets: \"[::1]:8080:80\"" : nil)
        }
        return (host, ports[...])
    }
}

/// Whether a text is an IP address.
enum IPAddressText {
    static func isValid(_ text: String) -> Bool { isIPv4(text) || isIPv6(text) }

    static func isIPv4(_ text: String) -> Bool {
        var address = in_addr()
        return inet_pton(AF_INET, text, &address) == 1
    }

    static func isIPv6(_ text: String) -> Bool {
        var address = in6_addr()
        return inet_pton(AF_INET6, text, &address) == 1
    }
}
