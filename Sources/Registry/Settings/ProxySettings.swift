/// Which proxy is used for which address, from the environment: what Go's `net/http` reads, and `ALL_PROXY`.
struct ProxySettings: Hashable, Sendable {
    /// A proxy with its credentials.
    struct Proxy: Hashable, Sendable {
        enum Kind: Hashable, Sendable { case http, socks }

        var kind: Kind
        var host: String
        var port: UInt16
        var user: String?
        var password: String?
    }

    private var plain: Proxy?
    private var secure: Proxy?
    private var exceptions: ProxyExceptions

    /// The upper-case name of each variable takes precedence.
    ///
    /// - Throws: `.invalidSettings` when a variable does not name a usable proxy.
    init(environment: [String: String]) throws(RegistryError) {
        func variable(_ name: String) -> (name: String, value: String)? {
            for name in [name, name.lowercased()] {
                if let value = environment[name], !value.isEmpty { return (name, value) }
            }
            return nil
        }
        let all = variable("ALL_PROXY")
        plain = try (variable("HTTP_PROXY") ?? all).map(Self.proxy)
        secure = try (variable("HTTPS_PROXY") ?? all).map(Self.proxy)
        exceptions = ProxyExceptions(variable("NO_PROXY")?.value ?? "")
    }

    /// The proxy for an address; `nil` is a direct connection. This machine is never reached through a proxy.
    func proxy(for address: WebAddress) -> Proxy? {
        guard !address.isLoopback, !exceptions.contains(host: address.host, port: address.port) else { return nil }
        return address.scheme == .https ? secure : plain
    }

    private static func proxy(_ variable: (name: String, value: String)) throws(RegistryError) -> Proxy {
        func failure(_ why: String) -> RegistryError {
            // The value may have a password.
            RegistryError(
                .invalidSettings,
                "The environment variable \(variable.name) \(why). Write it as http://[USER:PASSWORD@]HOST:PORT.")
        }
        var rest = variable.value[...]
        var kind = Proxy.Kind.http
        var defaultPort: UInt16 = 80
        if let mark = rest.range(ofMark: "://") {
            switch rest[..<mark.lowerBound].lowercased() {
            case "http": break
            case "socks5", "socks5h": (kind, defaultPort) = (.socks, 1080)
            case let scheme: throw failure("names a proxy of the kind `\(scheme)`, which cannot be used")
            }
            rest = rest[mark.upperBound...]
        }
        rest = rest.prefix { $0 != "/" }
        var user: String?
        var password: String?
        if let at = rest.lastIndex(of: "@") {
            let parts = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            user = unescaped(parts[0])
            password = parts.count == 2 ? unescaped(parts[1]) : ""
            rest = rest[rest.index(after: at)...]
        }
        guard let (host, port) = WebAddress.authority(rest) else { throw failure("does not name a host and a port") }
        guard kind == .http || user == nil else {
            throw failure("gives a user to a SOCKS proxy, which is not supported")
        }
        return Proxy(kind: kind, host: host, port: port ?? defaultPort, user: user, password: password)
    }

    /// Decodes percent-encoding; other text does not change.
    private static func unescaped(_ text: Substring) -> String {
        var result: [UInt8] = []
        var bytes = Array(text.utf8)[...]
        while let byte = bytes.popFirst() {
            if byte == UInt8(ascii: "%"), bytes.count >= 2,
                let value = UInt8(String(decoding: bytes.prefix(2), as: UTF8.self), radix: 16)
            {
                result.append(value)
                bytes = bytes.dropFirst(2)
            } else {
                result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

extension Substring {
    fileprivate func range(ofMark mark: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(mark) { return start..<index(start, offsetBy: mark.count) }
            start = index(after: start)
        }
        return nil
    }
}
