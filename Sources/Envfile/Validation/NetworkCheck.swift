internal import Diagnostics
internal import Vocabulary

/// Checks the addresses of networks and of the services on them: what `up` would find taken, outside or too long.
struct NetworkCheck {
    let project: ProjectDraft
    let context: DecodingContext

    /// Where what Compose lets pass is reported.
    private var report: DiagnosticCollector {
        context.dialect == .compose ? context.unsupported : context.report
    }

    func check(_ services: [ServiceDraft]) {
        let joined = Set(services.flatMap { $0.networks ?? [] }.map(\.value.network)).union(["default"])
        let networks = project.networks.filter { joined.contains($0.name) && !$0.identity.isExternal }
        for network in networks {
            checkDriver(network)
            checkPools(network)
            DriverOptionCheck(project: project, report: report).check(network)
        }
        checkOverlaps(networks)
        for service in services {
            checkName(service)
            checkInterfaceNames(service)
            for attachment in service.networks ?? [] { checkOptions(attachment, service) }
            checkPorts(service)
        }
        for network in project.networks { checkAddresses(network, services) }
        checkDefault(services)
    }

    // MARK: - Networks

    private func error(_ message: String, _ network: Network, at keys: [String], hint: String? = nil) {
        Self.error(message, network, at: keys, hint: hint, in: project, report)
    }

    /// Reports what is wrong with a key of a network.
    static func error(
        _ message: String, _ network: Network, at keys: [String], hint: String?, in project: ProjectDraft,
        _ report: DiagnosticCollector
    ) {
        var node = project.cursor.node["networks"]?[network.name.rawValue]
        var place = Path.key(.key(.root, "networks"), network.name.rawValue)
        for key in keys {
            node = node?[key] ?? node
            place = .key(place, key)
        }
        report.error(message, at: (node ?? project.cursor.node).mark, path: place, hint: hint)
    }

    private func checkDriver(_ network: Network) {
        guard let driver = network.driver, !["bridge", "default"].contains(driver),
            ParentOptions.Driver(rawValue: driver) == nil
        else { return }
        error(
            "networks.\(network.name) wants the driver `\(driver)`, which Trice does not have", network, at: ["driver"],
            hint: "Trice has `bridge`, `macvlan` and `ipvlan`; a service that needs the host's own network says "
                + "`network_mode: host`")
    }

    private func checkPools(_ network: Network) {
        let pools = network.addressing.pools
        let at = ["ipam", "config"]
        if network.addressing.ipv4Pools.count > 1, network.addressing.ipv4Pools.contains(where: { $0.subnet == nil }) {
            error(
                "networks.\(network.name) has several ranges of IPv4, and one of them names no subnet", network, at: at,
                hint: "add `subnet:` to each of them")
        }
        for pool in pools {
            if pool.subnet == nil, pool.gateway != nil || pool.range != nil || !pool.reservedAddresses.isEmpty {
                error(
                    "networks.\(network.name) names addresses and no subnet that they are of", network, at: at,
                    hint: "add `subnet:`")
                continue
            }
            guard let subnet = pool.subnet.flatMap({ Subnet($0) }) else { continue }
            let named =
                [("gateway", pool.gateway)]
                + pool.reservedAddresses.sorted { $0.key < $1.key }.map {
                    ("address of `\($0.key)`", Optional($0.value))
                }
            for case (let what, let text?) in named where IPAddress(parsing: text).map(subnet.contains) == false {
                error(
                    "the \(what), `\(text)`, does not lie in the subnet `\(subnet.text)` of networks.\(network.name)",
                    network, at: at)
            }
            if let range = pool.range, Subnet(range).map({ subnet.contains($0) }) == false {
                error(
                    "the range `\(range)` does not lie in the subnet `\(subnet.text)` of networks.\(network.name)",
                    network, at: at)
            }
            if pool.isOfIPv6, network.usesIPv6, let length = subnet.ipv6?.prefixLength, length > 96 {
                error("the subnet `\(subnet.text)` is smaller than a /96", network, at: at)
            }
        }
        if network.usesIPv4 == false, !network.usesIPv6 {
            error(
                "networks.\(network.name) has neither IPv4 nor IPv6", network, at: ["enable_ipv4"],
                hint: "add `enable_ipv6: true`")
        }
    }

    private func checkOverlaps(_ networks: [Network]) {
        var known: [(network: Network, subnet: Subnet)] = []
        for network in networks {
            for subnet in network.addressing.pools.compactMap(\.subnet).compactMap({ Subnet($0) }) {
                if let other = known.first(where: { $0.subnet.overlaps(subnet) }) {
                    let isSame = other.network.name == network.name
                    error(
                        "the subnet `\(subnet.text)` of networks.\(network.name) overlaps `\(other.subnet.text)`"
                            + (isSame ? "" : " of networks.\(other.network.name)"), network, at: ["ipam", "config"],
                        hint: "choose subnets that have no address in common")
                }
                known.append((network, subnet))
            }
        }
    }

    // MARK: - Services

    private func error(
        _ message: String, _ service: ServiceDraft, _ attachment: Located<NetworkAttachment>, _ key: String,
        hint: String? = nil
    ) {
        let node = service.cursor.node["networks"]?[attachment.value.network.rawValue]?[key]
        report.error(message, at: node?.mark ?? attachment.mark, path: .key(attachment.path, key), hint: hint)
    }

    /// What Compose takes for the name of a service may be no domain name.
    private func checkName(_ service: ServiceDraft) {
        if NetworkAttachment.canBeLookedUp(service.name.rawValue) { return }
        let hasAlias = (service.networks ?? []).contains { !$0.value.aliases.isEmpty }
        if hasAlias { return }
        context.report.warning(
            "`\(service.name)` is no name that other services can look up", at: service.cursor.node.mark,
            path: service.path,
            hint: "give it a name with at most 63 characters between two dots, or `aliases:` in its networks")
    }

    private func checkInterfaceNames(_ service: ServiceDraft) {
        var names: Set<String> = []
        for attachment in service.networks ?? [] {
            guard let name = attachment.value.ownInterfaceName else { continue }
            if name == "lo" || !names.insert(name).inserted {
                error(
                    "\(service.path) has two interfaces named `\(name)`", service, attachment, "interface_name",
                    hint: "give each one a name of its own")
            }
        }
    }

    private func checkOptions(_ attachment: Located<NetworkAttachment>, _ service: ServiceDraft) {
        let options = EndpointOptions(attachment.value.driverOptions)
        for setting in options.malformedSysctls {
            error(
                "`\(setting)` is no setting of a link", service, attachment, "driver_opts",
                hint: "write settings such as `net.ipv4.conf.IFNAME.log_martians=1`, with a comma between two")
        }
        guard let name = options.interfaceName else { return }
        if !NetworkAttachment.isInterfaceName(name) {
            error(
                "`\(name)` is no name of a network interface", service, attachment, "driver_opts",
                hint: "write up to 15 characters without blanks, `/` and `:`")
        } else if let other = attachment.value.interfaceName, other != name {
            error(
                "the interface is named `\(name)` here and `\(other)` by `interface_name`", service, attachment,
                "driver_opts", hint: "keep `interface_name`")
        }
    }

    /// The proxy of the loopback knows TCP and UDP.
    private func checkPorts(_ service: ServiceDraft) {
        for port in service.ports where port.value.transportProtocol == .sctp {
            let isServed =
                switch port.value.hostAddress {
                case .any: true
                case .loopback: false
                case .address(let address): !address.isLoopback && address.bitCount == 32
                }
            if isServed { continue }
            report.error(
                "\(service.path) publishes an SCTP port on an address that only TCP and UDP are served at",
                at: port.mark, path: port.path, hint: "publish it on every address, `0.0.0.0:…`, or on one of IPv4")
        }
    }

    /// A service that names no network joins `default` without any wish.
    private func checkDefault(_ services: [ServiceDraft]) {
        guard !project.networks.contains(where: { $0.name == "default" }) else { return }
        checkAddresses(Network(name: "default"), services)
    }

    private func checkAddresses(_ network: Network, _ services: [ServiceDraft]) {
        var claimed: [String: ServiceName] = [:]
        for service in services {
            for attachment in service.networks ?? [] where attachment.value.network == network.name {
                let count = service.service.lifecycle.scale ?? service.service.lifecycle.deployment?.replicas ?? 1
                let wanted = [
                    ("ipv4_address", attachment.value.ipv4Address), ("ipv6_address", attachment.value.ipv6Address),
                    ("mac_address", attachment.value.macAddress?.lowercased()),
                ]
                for case (let key, let text?) in wanted {
                    if count > 1 {
                        error(
                            "\(service.path) has \(count) containers, which cannot all have the address `\(text)`",
                            service, attachment, key)
                    }
                    if let other = claimed.updateValue(service.name, forKey: text) {
                        error(
                            "the address `\(text)` in the network `\(network.name)` is given twice", service,
                            attachment, key, hint: "`\(other)` has it too")
                    }
                    if key != "mac_address", let address = IPAddress(parsing: text) {
                        check(address, key, service, attachment, network)
                    }
                }
            }
        }
    }

    private func check(
        _ address: IPAddress, _ key: String, _ service: ServiceDraft, _ attachment: Located<NetworkAttachment>,
        _ network: Network
    ) {
        if network.identity.isExternal { return }
        let isOfIPv6 = address.bitCount == 128
        let pools = isOfIPv6 ? network.addressing.ipv6Pools : network.addressing.ipv4Pools
        // The one that it lies in, else the first for what is wrong.
        let pool = pools.first { $0.subnet.flatMap { Subnet($0) }?.contains(address) == true } ?? pools.first
        if isOfIPv6, !network.usesIPv6 {
            return error(
                "\(service.path) wants the address `\(address)` in the network `\(network.name)`, which has no IPv6",
                service, attachment, key, hint: "add `enable_ipv6: true` to the network")
        }
        guard let pool, let subnet = pool.subnet.flatMap({ Subnet($0) }) else {
            return error(
                "\(service.path) wants the address `\(address)` in the network `\(network.name)`, whose subnet is not "
                    + "named", service, attachment, key,
                hint: "name it: `networks: { \(network.name): { ipam: { config: [{ subnet: … }] } } }`")
        }
        guard subnet.contains(address) else {
            return error(
                "the address `\(address)` does not lie in "
                    + (pools.count > 1 ? "a subnet" : "the subnet `\(subnet.text)`") + " of the network "
                    + "`\(network.name)`", service, attachment, key)
        }
        let gateway = pool.gateway.flatMap { IPAddress(parsing: $0) } ?? subnet.first
        if address == gateway || subnet.ends.contains(address) {
            error(
                "the address `\(address)` is "
                    + (address == gateway ? "the gateway's" : "the first or the last one of the subnet")
                    + ", and no container can have it", service, attachment, key)
        }
    }
}
