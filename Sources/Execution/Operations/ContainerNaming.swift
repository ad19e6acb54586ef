internal import LinuxSystem
package import Names
internal import Netlink
internal import Networks
internal import Planning
internal import SystemPackage
internal import Vocabulary
internal import Workspaces

/// What one container is called and how it finds others, as it was made; kept beside the container.
struct ContainerNaming: Codable, Hashable, Sendable {
    var hostname: String
    var domainname: String?
    /// The names in every network of the container, the one for reverse look-ups first.
    var names: [String]
    /// Further names, by network.
    var aliases: [String: [String]] = [:]
    var extraHosts: [String: [String]] = [:]
    var links: [String: String] = [:]
    var dnsServers: [IPAddress]?
    var dnsSearch: [String]?
    var dnsOptions: [String]?
    /// Whether the container has a port 53 of its own.
    var servesNames = false
    /// Whether it is in the host's own network, and finds names as the host does.
    var usesHost = false

    /// - Parameters:
    ///   - project: the name of the project, which the full names of containers begin with.
    ///   - exposed: the ports of the image, such as `53/udp`.
    init(_ container: DesiredContainer, project: String, exposed: [String]) {
        let id = container.id
        let naming = container.naming ?? DesiredContainer.Naming()
        hostname = container.hostname
        domainname = naming.domainname
        let all = [naming.containerName ?? "\(project)-\(id)", "\(id.service)", "\(id)", container.hostname]
        names = all.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        for attachment in container.attachments where !attachment.aliases.isEmpty {
            aliases[attachment.network.rawValue] = attachment.aliases
        }
        extraHosts = naming.extraHosts ?? [:]
        links = (naming.links ?? [:]).merging(naming.externalLinks ?? [:]) { _, external in external }
        dnsServers = naming.dnsServers
        dnsSearch = naming.dnsSearch
        dnsOptions = naming.dnsOptions
        usesHost = container.networkSource == .host
        servesNames =
            container.ports.contains { $0.containerPort.rawValue == 53 }
            || exposed.contains { $0.split(separator: "/").first == "53" }
    }

    /// Of a container that an earlier Trice made, which wrote its names down, one a line, the host name first.
    private init(lines: [String], of id: ContainerID) {
        hostname = lines.first ?? "\(id.service)"
        names = ["\(id)", "\(id.service)"] + lines
    }
}

// MARK: - On the disk

extension ContainerNaming {
    private static func file(of id: ContainerID, in workspace: Workspace) -> FilePath {
        workspace.runDirectory(of: id).appending("naming.json")
    }

    func write(for id: ContainerID, in workspace: Workspace) throws {
        try Files.write(try JSONCoding.text(self).utf8, to: Self.file(of: id, in: workspace))
    }

    /// - Returns: also whether an earlier Trice made the container, which had no resolver.
    static func read(of id: ContainerID, in workspace: Workspace) throws -> (ContainerNaming, isFormer: Bool) {
        if let text = try Files.text(file(of: id, in: workspace)) {
            return (try JSONCoding.decode(ContainerNaming.self, from: text), false)
        }
        let lines = try Files.text(workspace.runDirectory(of: id).appending("names")) ?? ""
        return (ContainerNaming(lines: lines.split(separator: "\n").map(String.init), of: id), true)
    }
}

// MARK: - What follows from it

extension ContainerNaming {
    /// The host name, with the domain before it where there is one.
    private var ownNames: [String] {
        guard let domainname, !hostname.contains(".") else { return [hostname] }
        return ["\(hostname).\(domainname)", hostname]
    }

    /// The addresses of `extra_hosts`; the host's own stands for `host-gateway`, which a container without a network has
    /// not.
    private func extraAddresses(_ gateway: IPAddress?) -> [String: [IPAddress]] {
        extraHosts.mapValues { texts in
            texts.compactMap { $0 == DesiredContainer.Naming.hostGateway ? gateway : IPAddress(parsing: $0) }
        }.filter { !$0.value.isEmpty }
    }

    /// The addresses at which a container finds the host.
    private static func hostAddresses(for id: ContainerID, _ plan: NetworkPlan) -> [IPAddress] {
        let gateways = plan.place(of: "\(id)").gateways
        guard OutsideHost.isAway, !gateways.isEmpty else { return gateways }
        // In a user's namespaces the bridge is not the host's: what is for the gateway of the way out is led to the
        // host's loopback. Without a way out the host cannot be reached.
        let routes = (try? NetlinkSocket().routes()) ?? []
        return routes.first { $0.prefixLength == 0 && $0.gateway?.bitCount == 32 }?.gateway.map { [$0] } ?? gateways
    }

    /// The text of the container's /etc/hosts.
    func hostsFile(of id: ContainerID, _ plan: NetworkPlan) throws -> String {
        if usesHost { return try hostsOfHost() }
        let gateway = Self.hostAddresses(for: id, plan).first
        var extra: [HostNames] = []
        for (name, addresses) in extraAddresses(gateway).sorted(by: { $0.key < $1.key }) {
            for address in addresses { extra.append(try HostNames(address, [name])) }
        }
        return try plan.hosts(of: "\(id)", names: ownNames, extra: extra)
    }

    /// The host's names, with the container's own and what a container calls the host.
    private func hostsOfHost() throws -> String {
        var own = [try HostNames(.v4(.loopback), ownNames + Zone.gatewayNames)]
        for (name, addresses) in extraAddresses(.v4(.loopback)).sorted(by: { $0.key < $1.key }) {
            for address in addresses { own.append(try HostNames(address, [name])) }
        }
        let lines = own.map { "\($0.address)\t\($0.names.joined(separator: " "))\n" }
        return (try Files.text("/etc/hosts") ?? HostsFile.text(own: [])) + lines.joined()
    }

    /// The text of the container's /etc/resolv.conf.
    func resolverFile(_ host: ResolverFile) -> String {
        if usesHost {
            return ResolverConfiguration(
                servers: [], search: (dnsSearch ?? host.search).filter { $0 != "." },
                options: dnsOptions ?? host.options
            ).text(asking: dnsServers?.map { NameServer($0) } ?? host.servers)
        }
        return ResolverConfiguration.ofEnvironment(host: host, search: dnsSearch, options: dnsOptions).text
    }

    /// The container in the zone of the environment.
    func zoneHost(of id: ContainerID, _ plan: NetworkPlan) -> Zone.Host {
        let gateways = Self.hostAddresses(for: id, plan)
        let memberships = plan.members(of: "\(id)").map { member in
            Zone.Membership(
                network: member.network, addresses: plan.addresses(of: member),
                names: (names + (aliases[member.network] ?? [])).map { $0.lowercased() })
        }
        return Zone.Host(
            memberships: memberships, gateways: gateways,
            extraHosts: Dictionary(
                extraAddresses(gateways.first).map { ($0.key.lowercased(), $0.value) }, uniquingKeysWith: +),
            links: Dictionary(links.map { ($0.key.lowercased(), $0.value.lowercased()) }) { _, last in last },
            servers: dnsServers, forwards: plan.reachesOut("\(id)"), servesNames: servesNames)
    }
}

extension ResolverFile {
    /// The host's file; an empty one on a host without the file.
    package static func ofHost() throws -> ResolverFile {
        ResolverFile(try Files.text("/etc/resolv.conf") ?? "")
    }
}

extension ResolverConfiguration {
    /// The part of the host's files that a container without the environment's resolver can use.
    package static func reachable() throws -> ResolverConfiguration {
        let upstream = try Files.text("/run/systemd/resolve/resolv.conf").map { ResolverFile($0) }
        return reachable(try ResolverFile.ofHost(), upstream: upstream)
    }
}
