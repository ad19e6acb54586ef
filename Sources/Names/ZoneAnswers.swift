package import Vocabulary

/// What an environment knows about a name.
package enum ZoneAnswer: Hashable, Sendable {
    /// The addresses, of both families; none of one family is an answer too.
    case addresses([IPAddress])
    /// The names of an address.
    case names([DomainName])
    /// The name is of this environment and stands for nothing at the moment.
    case noSuchName
    /// Another server may know it.
    case elsewhere
}

/// A zone with what its answers are found by.
package struct ZoneIndex: Sendable {
    /// The names as they are written down.
    package let zone: Zone
    /// The containers by network and name.
    private let containers: [String: [String: [String]]]
    /// All names of the environment without a dot: no other server is asked about them.
    private let ownNames: Set<String>

    package init(_ zone: Zone) {
        self.zone = zone
        var containers: [String: [String: [String]]] = [:]
        var ownNames: Set<String> = []
        for (id, host) in zone.hosts.sorted(by: { $0.key < $1.key }) {
            for membership in host.memberships {
                for name in membership.names {
                    containers[membership.network, default: [:]][name, default: []].append(id)
                    if !name.contains(".") { ownNames.insert(name) }
                }
            }
        }
        self.containers = containers
        self.ownNames = ownNames
    }

    /// The answer to the question of one container.
    ///
    /// - Parameter isRunning: whether a container of the environment runs: one that does not has no name.
    package func answer(
        _ question: Question, of asker: String, isRunning: (String) -> Bool
    ) -> ZoneAnswer {
        guard let host = zone.hosts[asker] else { return .elsewhere }
        let name = question.name
        if let address = name.reverseAddress { return reverse(address, host, isRunning) }
        let key = name.key
        if key == "localhost" || key.hasSuffix(".localhost") {
            return .addresses([.v4(.loopback), .v6(.loopback)])
        }
        if let addresses = host.extraHosts[key] { return .addresses(addresses) }
        if Zone.gatewayNames.contains(key), !host.gateways.isEmpty { return .addresses(host.gateways) }
        let wanted = host.links[key] ?? key
        let found = members(named: wanted, seenBy: host)
        guard !found.isEmpty else {
            return ownNames.contains(wanted) || Zone.gatewayNames.contains(key) ? .noSuchName : .elsewhere
        }
        let running = found.filter { isUp($0.container, isRunning) }
        return running.isEmpty ? .noSuchName : .addresses(running.flatMap(\.addresses))
    }

    private func isUp(_ container: String, _ isRunning: (String) -> Bool) -> Bool {
        zone.hosts[container]?.isForeign == true || isRunning(container)
    }

    /// The containers with a name, each once with its addresses in the first network that both are in.
    private func members(named name: String, seenBy host: Zone.Host) -> [(container: String, addresses: [IPAddress])] {
        var seen: Set<String> = []
        var found: [(container: String, addresses: [IPAddress])] = []
        for network in host.memberships.map(\.network) {
            for id in named(name, in: network) where seen.insert(id).inserted {
                let membership = zone.hosts[id]?.memberships.first { $0.network == network }
                found.append((id, membership?.addresses ?? []))
            }
        }
        return found
    }

    /// A name may be followed by the network's own.
    private func named(_ name: String, in network: String) -> [String] {
        guard let known = containers[network] else { return [] }
        if let exact = known[name] { return exact }
        for suffix in [network, zone.networks[network]?.fullName].compactMap({ $0?.lowercased() })
        where name.hasSuffix(".\(suffix)") {
            if let found = known[String(name.dropLast(suffix.count + 1))] { return found }
        }
        return []
    }

    private func reverse(_ address: IPAddress, _ host: Zone.Host, _ isRunning: (String) -> Bool) -> ZoneAnswer {
        if address.isLoopback { return .names([DomainName("localhost")].compactMap(\.self)) }
        if host.gateways.contains(address) {
            return .names([DomainName(Zone.gatewayNames[1])].compactMap(\.self))
        }
        for membership in host.memberships {
            guard let network = zone.networks[membership.network], network.contains(address) else { continue }
            for (id, other) in zone.hosts.sorted(by: { $0.key < $1.key }) where isUp(id, isRunning) {
                let place = other.memberships.first {
                    $0.network == membership.network && $0.addresses.contains(address)
                }
                if let first = place?.names.first, let name = DomainName("\(first).\(network.fullName)") {
                    return .names([name])
                }
            }
            return .noSuchName
        }
        return .elsewhere
    }

    /// Whether a server may be asked on behalf of a container that has no way out: it lies in one of its networks.
    package func isBeside(_ server: IPAddress, _ asker: String) -> Bool {
        zone.hosts[asker]?.memberships.contains { zone.networks[$0.network]?.contains(server) == true } ?? false
    }
}

extension DomainName {
    /// The address whose reverse look-up the name is; RFC 1035, section 3.5, and RFC 3596, section 2.5.
    package var reverseAddress: IPAddress? {
        let parts = key.split(separator: ".")
        if parts.count == 6, key.hasSuffix(".in-addr.arpa") {
            return IPv4Address(parsing: parts.prefix(4).reversed().joined(separator: ".")).map { .v4($0) }
        }
        guard parts.count == 34, key.hasSuffix(".ip6.arpa") else { return nil }
        let digits = parts.prefix(32).reversed().compactMap { $0.count == 1 ? UInt8($0, radix: 16) : nil }
        guard digits.count == 32 else { return nil }
        return IPAddress(stride(from: 0, to: 32, by: 2).map { digits[$0] << 4 | digits[$0 + 1] })
    }
}
