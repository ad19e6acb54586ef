internal import Glibc
package import LinuxSystem
package import Netlink
package import SystemPackage
package import Vocabulary

/// A container's place in a bridge network.
package struct Attachment: Hashable, Sendable {
    /// The host's end of the veth.
    package var hostInterface: InterfaceName
    /// The container's end.
    package var containerInterface: InterfaceName
    package var address: IPv4Address
    /// `nil` in a network without IPv6.
    package var ipv6Address: IPv6Address?
    /// Further addresses, by which only the link's neighbours reach it.
    package var linkLocalAddresses: [IPAddress] = []
    package var mac: MACAddress
    /// Whether the default route of the container leads over this network: of one of its networks at most.
    package var hasDefaultRoute: Bool
    /// Settings of the kernel for the link, by name with `IFNAME` in place of the link's, such as
    /// `net.ipv4.conf.IFNAME.log_martians`.
    package var sysctls: [String: String] = [:]

    package init(
        hostInterface: InterfaceName, containerInterface: InterfaceName = .eth0, address: IPv4Address,
        mac: MACAddress? = nil, hasDefaultRoute: Bool = true
    ) {
        self.hostInterface = hostInterface
        self.containerInterface = containerInterface
        self.address = address
        self.mac = mac ?? MACAddress(for: address)
        self.hasDefaultRoute = hasDefaultRoute
    }
}

// MARK: - Settings of the kernel

extension Attachment {
    /// The file of a setting of a link below `/proc/sys`.
    package static func path(ofSysctl name: String, interface: String) -> FilePath {
        let parts = name.split(separator: ".").map { $0 == "IFNAME" ? interface : String($0) }
        return parts.reduce(FilePath("/proc/sys")) { $0.appending($1) }
    }

    /// Sets them before the link is up: some say what happens then.
    func applySysctls(in namespace: borrowing OwnedDescriptor) throws(NetworkError) {
        if sysctls.isEmpty { return }
        let interface = containerInterface.rawValue
        do throws(SystemError) {
            try NetworkNamespace.run(in: namespace) { () throws(SystemError) in
                for (name, value) in sysctls.sorted(by: { $0.key < $1.key }) {
                    let path = Self.path(ofSysctl: name, interface: interface)
                    try OwnedDescriptor.open(path, O_WRONLY).write(value.utf8)
                }
            }
        } catch {
            throw NetworkError("set `\(error.subject)` of link \(interface)", error)
        }
    }
}

// MARK: - Attaching and detaching

extension BridgeNetwork {
    /// Connects the network namespace of a container: loopback up, a veth to the bridge with address and, where
    /// wanted, default route. A veth that an earlier try left behind is replaced; after a failure none is left.
    ///
    /// - Throws: `.invalidValue` for an address that is not of the subnet.
    package func attach(
        container namespace: borrowing OwnedDescriptor, as attachment: Attachment,
        over socket: borrowing NetlinkSocket
    ) throws(NetworkError) {
        let action = "attach \(attachment.address) to bridge \(name)"
        let range = range(of: attachment.address)
        let subnet = range.subnet
        guard subnet.contains(attachment.address), attachment.address != range.gateway,
            attachment.address != subnet.address, attachment.address != subnet.broadcast
        else {
            throw NetworkError(
                .invalidValue,
                "cannot \(action): it is no free address of subnet \(subnet), whose gateway is \(range.gateway)")
        }
        let inside = try netlink(action) { () throws(NetlinkError) in try NetlinkSocket(in: namespace) }
        try netlink(action) { () throws(NetlinkError) in
            if let parent {
                try parent.attach(attachment, in: namespace, mtu: mtu, over: socket)
            } else {
                try createVeth(attachment, namespace: namespace, over: socket)
            }
        }
        do throws(NetworkError) {
            try attachment.applySysctls(in: namespace)
            try netlink(action) { () throws(NetlinkError) in try configure(attachment, over: inside) }
        } catch {
            // The failure that is thrown says more than that of the clean-up after it.
            if parent == nil {
                _ = try? socket.perform(.deleteLink(attachment.hostInterface))
            } else {
                _ = try? inside.perform(.deleteLink(attachment.containerInterface))
            }
            throw error
        }
    }

    /// Deletes a container's veth; one that is gone already is fine.
    package static func detach(
        _ hostInterface: InterfaceName, over socket: borrowing NetlinkSocket
    ) throws(NetworkError) {
        try netlink("detach \(hostInterface)") { () throws(NetlinkError) in
            for result in try socket.perform([.deleteLink(hostInterface)]) { try result.getUnlessGone() }
        }
    }

    private func createVeth(
        _ attachment: Attachment, namespace: borrowing OwnedDescriptor, over socket: borrowing NetlinkSocket
    ) throws(NetlinkError) {
        guard let bridge = try socket.link(name), bridge.kind == "bridge" else {
            throw NetlinkError(.notFound, "there is no such bridge")
        }
        let own = attachment.hostInterface
        let requests: [Request] = [
            .createVeth(
                own, master: bridge.index, group: group, peer: attachment.containerInterface,
                peerMAC: attachment.mac, peerNamespace: namespace, mtu: mtu ?? bridge.mtu),
            .setHairpin(own, isIsolated: isolatesContainers),
        ]
        var results = try socket.perform(requests)
        // The kernel takes the link of a namespace that has ended away some time later, so one that was in the way may
        // be gone when it is looked at.
        for _ in 0..<3 where try !results[0].isNew() {
            let left = try socket.link(own)
            guard left.map({ $0.kind == "veth" && InterfaceNaming.isOurs($0.name) }) ?? true else { break }
            results = Array(try socket.perform([.deleteLink(own)] + requests).dropFirst())
        }
        _ = try results[0].get()
        _ = try results[1].get()
    }

    /// The container's side; `socket` is of its namespace.
    private func configure(
        _ attachment: Attachment, over socket: borrowing NetlinkSocket
    ) throws(NetlinkError) {
        let own = attachment.containerInterface
        let results = try socket.perform([.setUp(.loopback), .link(own), .setUp(own)])
        _ = try results[0].get()
        guard let link = try results[1].get().first?.link() else {
            throw NetlinkError(.notFound, "\(own) went away at once")
        }
        _ = try results[2].get()
        for result in try socket.perform(addresses(of: attachment, on: link.index)) { _ = try result.get() }
    }

    /// Addresses first: a route needs the one from which its gateway is reached.
    private func addresses(of attachment: Attachment, on link: Int32) -> [Request] {
        var requests: [Request] = []
        if usesIPv4 {
            let length = range(of: attachment.address).subnet.prefixLength
            requests.append(.addAddress(attachment.address, prefixLength: length, to: link))
        }
        if let address = attachment.ipv6Address, let range = ipv6Range(of: address) {
            requests.append(.addAddress(address, prefixLength: range.subnet.prefixLength, to: link))
        }
        for address in attachment.linkLocalAddresses {
            switch address {
            case .v4(let address): requests.append(.addAddress(address, prefixLength: 16, to: link))
            case .v6(let address): requests.append(.addAddress(address, prefixLength: 64, to: link))
            }
        }
        requests += otherSubnets(of: attachment, on: link)
        if attachment.hasDefaultRoute {
            requests += gateways(for: attachment.address, attachment.ipv6Address).map {
                .addDefaultRoute(through: $0, by: link)
            }
        }
        return requests
    }

    /// The routes to the network's other subnets. Their containers are neighbours on the link, and without a default
    /// route by this network nothing else leads to them.
    private func otherSubnets(of attachment: Attachment, on link: Int32) -> [Request] {
        var requests: [Request] = []
        if usesIPv4 {
            let own = range(of: attachment.address)
            requests += ranges.filter { $0 != own }.map { .addLinkRoute(to: $0.subnet, by: link) }
        }
        if let own = attachment.ipv6Address.flatMap({ ipv6Range(of: $0) }) {
            requests += ipv6Ranges.filter { $0 != own }.map { .addLinkRoute(to: $0.subnet, by: link) }
        }
        return requests
    }
}
