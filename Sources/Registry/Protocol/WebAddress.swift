/// An `http` or `https` URL, taken apart; RFC 3986. It has no user, no fragment and a path that begins with `/`.
struct WebAddress: Hashable, Sendable {
    enum Scheme: String, Sendable {
        case http, https

        var port: UInt16 { self == .https ? 443 : 80 }
    }

    var scheme: Scheme
    /// In lower case, an IPv6 address without its brackets.
    var host: String
    var port: UInt16
    /// With the query.
    var target: String

    init(_ scheme: Scheme, host: String, port: UInt16? = nil, target: String = "/") {
        self.scheme = scheme
        self.host = host.lowercased()
        self.port = port ?? scheme.port
        self.target = target
    }

    /// Parses an absolute URL; `nil` for other texts, and for a URL with a user or with invalid bytes.
    init?(_ text: String) {
        guard text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }), let mark = text.firstIndex(of: ":"),
            let scheme = Scheme(rawValue: text[..<mark].lowercased()), text[mark...].hasPrefix("://")
        else { return nil }
        let rest = text[text.index(mark, offsetBy: 3)...]
        let authority = rest.prefix { !["/", "?", "#"].contains($0) }
        guard let (host, port) = Self.authority(authority) else { return nil }
        var target = rest.dropFirst(authority.count).prefix { $0 != "#" }
        if target.first != "/" { target = "/" + target }
        self.init(scheme, host: host, port: port, target: String(target))
    }

    /// Takes `HOST[:PORT]` apart.
    static func authority(_ text: Substring) -> (host: String, port: UInt16?)? {
        var host = Substring(text)
        var port: UInt16?
        if let colon = text.lastIndex(of: ":"), !text[colon...].contains("]") {
            let digits = text[text.index(after: colon)...]
            guard let number = UInt16(digits), number > 0 else { return nil }
            port = number
            host = text[..<colon]
        }
        if host.first == "[", host.last == "]" {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty, !host.contains(where: { ["@", "[", "]", "%"].contains($0) }) else { return nil }
        return (String(host), port)
    }

    /// The target of a `Location` or a link relative to this address; `nil` when it is not a web address.
    func resolving(_ location: String) -> WebAddress? {
        guard location.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else { return nil }
        if location.hasPrefix("//") { return WebAddress("\(scheme.rawValue):\(location)") }
        let beforePath = location.prefix { !["/", "?", "#"].contains($0) }
        if beforePath.contains(":") { return WebAddress(location) }
        let reference = location.prefix { $0 != "#" }
        let path = String(target.prefix { $0 != "?" })
        var result = self
        if reference.first == "/" {
            result.target = String(reference)
        } else if reference.first == "?" {
            result.target = path + reference
        } else if !reference.isEmpty {
            result.target = String(path[...(path.lastIndex(of: "/") ?? path.startIndex)]) + reference
        }
        return result
    }

    /// With one more parameter in the query; name and value are escaped.
    func adding(_ name: String, _ value: String) -> WebAddress {
        var result = self
        result.target += (target.contains("?") ? "&" : "?") + escaped(name) + "=" + escaped(value)
        return result
    }

    /// Whether both are the same server with the same scheme, so that secrets of one may be sent to the other.
    func hasSameOrigin(as other: WebAddress) -> Bool {
        scheme == other.scheme && host == other.host && port == other.port
    }

    /// Whether the host is this machine: `localhost`, `127.0.0.0/8` or `::1`.
    var isLoopback: Bool { isLoopbackHost(host) }

    /// `HOST[:PORT]`, without the default port of the scheme.
    var authority: String {
        let bracketed = host.contains(":") ? "[\(host)]" : host
        return port == scheme.port ? bracketed : "\(bracketed):\(port)"
    }
}

extension WebAddress: CustomStringConvertible {
    var description: String { "\(scheme.rawValue)://\(authority)\(target)" }

    /// Without path and query, which may have secrets.
    var origin: String { "\(scheme.rawValue)://\(authority)" }
}

/// Whether a name or an address is this machine.
func isLoopbackHost(_ host: String) -> Bool {
    if host == "localhost" || host.hasSuffix(".localhost") { return true }
    guard let address = NetworkAddress(host) else { return false }
    return address.isLoopback
}

/// Percent-encodes all but the unreserved characters; RFC 3986 section 2.3.
func escaped(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var result: [UInt8] = []
    for byte in text.utf8 {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e: result.append(byte)
        default: result += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
    }
    return String(decoding: result, as: UTF8.self)
}
