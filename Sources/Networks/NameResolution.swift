internal import LinuxSystem
public import Netlink
internal import SystemPackage

/// The names under which one address is known.
public struct HostNames: Hashable, Sendable {
    public let address: IPAddress
    public let names: [String]

    /// - Throws: `.invalidValue` for a name that would break the line: at most 253 letters, digits, `.`, `_`, `-`.
    public init(_ address: IPAddress, _ names: [String]) throws(NetworkError) {
        for name in names {
            let isAllowed = name.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                    || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
            }
            guard isAllowed, (1...253).contains(name.utf8.count) else {
                throw NetworkError(
                    .invalidValue,
                    "\"\(name)\" cannot be a host name: it may hold 1 to 253 letters, digits, \".\", \"_\" and \"-\"")
            }
        }
        self.address = address
        self.names = names
    }
}

/// The text of a container's /etc/hosts; hosts(5).
public enum HostsFile {
    /// The names by which a container reaches the host.
    public static let gatewayNames = ["host.docker.internal", "host.trice.internal"]

    private static let fixed = """
        127.0.0.1\tlocalhost
        ::1\tlocalhost ip6-localhost ip6-loopback
        fe00::\tip6-localnet
        ff00::\tip6-mcastprefix
        ff02::1\tip6-allnodes
        ff02::2\tip6-allrouters

        """

    /// `own` are the container's addresses with its host name first, `others` those of all containers that share a
    /// network with it (it may be one of them), `extra` the entries of the user, which come first and take precedence.
    public static func text(
        own: [HostNames], others: [HostNames] = [], gateway: IPv4Address?, extra: [HostNames] = []
    ) -> String {
        var lines: [String] = []
        var known: Set<String> = []
        let host = gateway.map { (IPAddress.v4($0), gatewayNames) }
        for (address, names) in (extra + own).map({ ($0.address, $0.names) }) + [host].compactMap(\.self)
            + others.map({ ($0.address, $0.names) })
        {
            // The replicas of a service have a name in common: one line each. Only repetitions are left out.
            var fresh: [String] = []
            for name in names where known.insert("\(address) \(name)").inserted { fresh.append(name) }
            if !fresh.isEmpty { lines.append("\(address)\t\(fresh.joined(separator: " "))\n") }
        }
        return fixed + lines.joined()
    }
}

/// The resolver configuration of a container; resolv.conf(5).
public struct ResolverConfiguration: Hashable, Sendable {
    /// At most three are used by resolvers.
    public var nameservers: [IPv4Address]
    public var search: [String]
    public var options: [String]
    /// Why it is not simply the host's; one sentence each.
    public var warnings: [String] = []

    /// Used when the host has no name server that a container can reach.
    private static let publicServers = [
        IPv4Address(rawValue: 0x0909_0909), IPv4Address(rawValue: 0x0101_0101),
    ]

    public init(nameservers: [IPv4Address], search: [String] = [], options: [String] = []) {
        self.nameservers = nameservers
        self.search = search
        self.options = options
    }

    /// The text of the file.
    public var text: String {
        var lines = nameservers.map { "nameserver \($0)" }
        if !search.isEmpty { lines.append("search \(search.joined(separator: " "))") }
        if !options.isEmpty { lines.append("options \(options.joined(separator: " "))") }
        return lines.map { $0 + "\n" }.joined()
    }
}

// MARK: - From the host

extension ResolverConfiguration {
    /// The part of the host's files that a container can use.
    public static func ofHost() throws(NetworkError) -> ResolverConfiguration {
        do throws(SystemError) {
            return ofHost(
                resolvConf: try Files.text("/etc/resolv.conf") ?? "",
                upstream: try Files.text("/run/systemd/resolve/resolv.conf"))
        } catch {
            throw NetworkError("read the host's name servers", error)
        }
    }

    /// `upstream` is the file in which systemd-resolved names the servers behind its stub on 127.0.0.53.
    static func ofHost(resolvConf: String, upstream: String?) -> ResolverConfiguration {
        var parsed = Parsed(resolvConf)
        if parsed.hasLoopback, let upstream {
            let behind = Parsed(upstream)
            if !behind.nameservers.isEmpty { parsed = behind }
        }
        var configuration = ResolverConfiguration(
            nameservers: parsed.nameservers, search: parsed.search, options: parsed.options)
        if configuration.nameservers.isEmpty {
            let reason =
                parsed.skipped.isEmpty
                ? "names no name server" : "names only \(parsed.skipped.joined(separator: ", "))"
            configuration.nameservers = publicServers
            configuration.warnings = [
                "/etc/resolv.conf of the host \(reason), which containers cannot use, so they ask the public servers "
                    + publicServers.map(\.description).joined(separator: " and ") + "."
            ]
        }
        return configuration
    }

    private struct Parsed {
        var nameservers: [IPv4Address] = []
        /// Servers that a container cannot reach: on the host's loopback, or by IPv6.
        var skipped: [String] = []
        var search: [String] = []
        var options: [String] = []
        var hasLoopback = false

        init(_ text: String) {
            for line in text.split(whereSeparator: \.isNewline) {
                let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
                guard let key = words.first, words.count > 1, !key.hasPrefix("#"), !key.hasPrefix(";") else {
                    continue
                }
                let values = Array(words.dropFirst())
                switch key {
                case "nameserver": take(nameserver: values[0])
                // systemd-resolved writes a single dot for none.
                case "search": search = values.filter { $0 != "." }
                case "domain": search = [values[0]]
                case "options": options += values
                default: continue
                }
            }
        }

        private mutating func take(nameserver text: String) {
            // Text that is no address is no server, for the host's resolver neither.
            let address = try? IPAddress(String(text.prefix { $0 != "%" }))
            if address?.isLoopback == true { hasLoopback = true }
            if case .v4(let server)? = address, !server.isLoopback, server != .any {
                nameservers.append(server)
            } else {
                skipped.append(text)
            }
        }
    }
}
