package import Vocabulary

/// A name server of a host, with the zone of a link-local address, such as `eth0`.
package struct NameServer: Hashable, Sendable, CustomStringConvertible {
    package let address: IPAddress
    /// The interface of a link-local address.
    package let zone: String?

    package init(_ address: IPAddress, zone: String? = nil) {
        self.address = address
        self.zone = zone
    }

    package var description: String { zone.map { "\(address)%\($0)" } ?? "\(address)" }
}

/// The content of a file such as /etc/resolv.conf; resolv.conf(5).
package struct ResolverFile: Hashable, Sendable {
    package var servers: [NameServer] = []
    /// What stands where an address of a server should.
    package var unreadable: [String] = []
    /// Domains that are tried behind names without a dot.
    package var search: [String] = []
    /// Such as `ndots:1`.
    package var options: [String] = []

    package init() {}

    /// Lines that the format does not know are ignored.
    package init(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
            guard let key = words.first, words.count > 1, !key.hasPrefix("#"), !key.hasPrefix(";") else { continue }
            let values = Array(words.dropFirst())
            switch key {
            case "nameserver": add(server: values[0])
            // systemd-resolved writes a single dot for none.
            case "search": search = values.filter { $0 != "." }
            case "domain": search = [values[0]]
            case "options": options += values
            default: continue
            }
        }
    }

    private mutating func add(server text: String) {
        let parts = text.split(separator: "%", maxSplits: 1).map(String.init)
        guard let address = parts.first.flatMap({ IPAddress(parsing: $0) }) else { return unreadable.append(text) }
        servers.append(NameServer(address, zone: parts.count > 1 ? parts[1] : nil))
    }

    /// The servers that the host asks: those of its file, then those behind systemd-resolved's stub where that is one of
    /// them, and the host itself where the file names none.
    ///
    /// - Parameter upstream: the file in which systemd-resolved names the servers behind its stub.
    package func servers(upstream: ResolverFile?) -> [NameServer] {
        guard !servers.isEmpty else { return [NameServer(.v4(.loopback)), NameServer(.v6(.loopback))] }
        let isStub = servers.contains { stubs.contains($0.address.description) }
        let behind = isStub ? upstream?.servers.filter { !servers.contains($0) } ?? [] : []
        return servers + behind
    }

    private var stubs: [String] { ["127.0.0.53", "127.0.0.54"] }
}

/// The resolver configuration of a container; resolv.conf(5).
package struct ResolverConfiguration: Hashable, Sendable {
    package var servers: [IPAddress]
    package var search: [String]
    package var options: [String]
    /// Why it is not simply the host's; one sentence each.
    package var warnings: [String] = []

    package init(servers: [IPAddress], search: [String] = [], options: [String] = []) {
        self.servers = servers
        self.search = search
        self.options = options
    }

    /// The address of the environment's resolver in every container.
    package static let resolver = IPv4Address(rawValue: 0x7F00_000B)

    /// The configuration that leads to the environment's resolver.
    ///
    /// - Parameters:
    ///   - search: `dns_search`; `nil` for the host's, and a single dot for none.
    ///   - options: `dns_opt`; `nil` for the host's. A name of a service is asked for as it is, before any domain is
    ///     appended, unless these say otherwise.
    package static func ofEnvironment(
        host: ResolverFile, search: [String]?, options: [String]?
    ) -> ResolverConfiguration {
        // How often and how long is asked is decided by the resolver, and how many dots matter only to the host.
        let inherited = host.options.filter { option in
            !["ndots:", "timeout:", "attempts:"].contains { option.hasPrefix($0) } && option != "rotate"
        }
        var all = options ?? inherited
        if !all.contains(where: { $0.hasPrefix("ndots:") }) { all.append("ndots:0") }
        return ResolverConfiguration(
            servers: [.v4(resolver)], search: (search ?? host.search).filter { $0 != "." }, options: all)
    }

    /// The part of the host's files that a container without the environment's resolver can use: servers of IPv4 beyond
    /// the loopback.
    ///
    /// - Parameter upstream: the file in which systemd-resolved names the servers behind its stub.
    package static func reachable(_ host: ResolverFile, upstream: ResolverFile?) -> ResolverConfiguration {
        let isBehindStub = host.servers.contains { $0.address.isLoopback } && upstream?.servers.isEmpty == false
        let file = isBehindStub ? upstream ?? host : host
        let usable = file.servers.filter { server in
            if case .v4 = server.address { !server.address.isLoopback && !server.address.isAny } else { false }
        }
        var configuration = ResolverConfiguration(
            servers: usable.map(\.address), search: file.search, options: file.options)
        if usable.isEmpty {
            let skipped = file.servers.map(\.description) + file.unreadable
            let reason = skipped.isEmpty ? "names no name server" : "names only \(skipped.joined(separator: ", "))"
            // The names that a container looks up are private to the user: no public server is asked instead.
            configuration.warnings = [
                "`/etc/resolv.conf` of the host \(reason), and containers of builds can use none of that: they resolve "
                    + "no names. Name an IPv4 server there that is not on the loopback."
            ]
        }
        return configuration
    }

    /// The text of the file.
    package var text: String { text(asking: servers.map { NameServer($0) }) }

    /// The text of the file with these servers.
    package func text(asking servers: [NameServer]) -> String {
        var lines = servers.map { "nameserver \($0)" }
        if !search.isEmpty { lines.append("search \(search.joined(separator: " "))") }
        if !options.isEmpty { lines.append("options \(options.joined(separator: " "))") }
        return lines.map { $0 + "\n" }.joined()
    }
}
