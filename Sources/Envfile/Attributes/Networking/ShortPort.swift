internal import Vocabulary

/// The short form of a published port: `[HOST:][PUBLISHED[-END]:]TARGET[-END][/PROTOCOL]`.
struct ShortPort {
    /// The host's address; an empty one counts as not written.
    var host: Host?
    var published: PortRange?
    var targets: PortRange
    var transportProtocol: Transport

    struct Host {
        var text: String
        var address: IPAddress
    }

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
        unspecified: HostAddress, autoCorrects: Bool
    ) throws(PortProblem) -> [PortMapping] {
        let address = host.map { HostAddress.address($0.address) } ?? unspecified
        let mappings = targets.enumerated().map { index, target in
            let choice = targets.count > 1 ? published?[index].map { PortRange($0) } : published
            return PortMapping(
                hostAddress: address, published: choice, target: target, transportProtocol: transportProtocol,
                autoCorrects: autoCorrects, details: PortMapping.Details(hostAddressText: host?.text))
        }
        // In the order that Compose shows them.
        return mappings.sorted { "\($0.target)" < "\($1.target)" }
    }

    static func splitProtocol(
        _ text: Substring
    ) throws(PortProblem) -> (Substring, Transport) {
        guard let slash = text.utf8.lastIndex(of: UInt8(ascii: "/")) else { return (text, .tcp) }
        let name = text[text.utf8.index(after: slash)...]
        guard let value = Transport(parsing: String(name)) else {
            throw PortProblem(message: "the protocol must be tcp, udp or sctp, but is `\(name)`")
        }
        return (text[..<slash], value)
    }

    /// A port or a range of ports, each from 1 to 65535.
    static func range(_ text: Substring) throws(PortProblem) -> PortRange {
        let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = ends.first, let last = ends.last else { throw PortProblem(message: "a port is missing") }
        let lower = try port(first)
        let upper = try port(last)
        do throws(InvalidValue) {
            return try PortRange(lower, upper)
        } catch {
            throw PortProblem(message: "the range \(text) runs backwards")
        }
    }

    private static func port(_ text: Substring) throws(PortProblem) -> Port {
        guard !text.isEmpty else { throw PortProblem(message: "a port is missing") }
        guard text.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else {
            throw PortProblem(message: "`\(text)` is no number")
        }
        guard let number = Int(text), let port = Port(exactly: number) else {
            throw PortProblem(message: "\(text) is not from 1 to 65535")
        }
        return port
    }

    /// Splits an address off the front; IPv6 in brackets, or bare before the last two fields. An empty one, as of
    /// `${BIND:-}:8080:80`, counts as not written.
    private static func splitHost(_ text: Substring) throws(PortProblem) -> (Host?, Substring) {
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { throw PortProblem(message: "`[` is not closed") }
            let host = String(text[text.index(after: text.startIndex)..<end])
            let rest = text[text.index(after: end)...]
            guard rest.hasPrefix(":") else { throw PortProblem(message: "`]` is not followed by `:`") }
            guard let address = IPv6Address(parsing: host) else {
                throw PortProblem(message: "`\(host)` is no IPv6 address")
            }
            return (Host(text: host, address: .v6(address)), rest.dropFirst())
        }
        let fields = text.split(separator: ":", omittingEmptySubsequences: false)
        guard fields.count > 2 else { return (nil, text) }
        let host = fields.dropLast(2).joined(separator: ":")
        let ports = fields.suffix(2).joined(separator: ":")
        if host.isEmpty { return (nil, ports[...]) }
        guard let address = IPAddress(parsing: host) else {
            throw PortProblem(
                message: "`\(host)` is no IP address",
                hint: host.contains(":") ? "write an IPv6 address in brackets: \"[::1]:8080:80\"" : nil)
        }
        return (Host(text: host, address: address), ports[...])
    }
}
