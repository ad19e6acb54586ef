public import LinuxSystem
public import Netlink

/// A container's place in a bridge network.
public struct Attachment: Hashable, Sendable {
    /// The host's end of the veth.
    public var hostInterface: InterfaceName
    /// The container's end.
    public var containerInterface: InterfaceName
    public var address: IPv4Address
    public var mac: MACAddress
    /// Whether the default route of the container leads over this network: of one of its networks at most.
    public var hasDefaultRoute: Bool

    public init(
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

// MARK: - Attaching and detaching

extension BridgeNetwork {
    /// Connects the network namespace of a container: loopback up, a veth to the bridge with address and, where
    /// wanted, default route. A veth that an earlier try left behind is replaced; after a failure none is left.
    ///
    /// - Throws: `.invalidValue` for an address that is not of the subnet.
    public func attach(
        container namespace: borrowing OwnedDescriptor, as attachment: Attachment,
        over socket: borrowing NetlinkSocket
    ) throws(NetworkError) {
        let action = "attach \(attachment.address) to bridge \(name)"
        guard subnet.contains(attachment.address), attachment.address != gateway,
            attachment.address != subnet.address, attachment.address != subnet.broadcast
        else {
            throw NetworkError(
                .invalidValue,
                "cannot \(action): it is no free address of subnet \(subnet), whose gateway is \(gateway)")
        }
        let inside = try netlink(action) { () throws(NetlinkError) in try NetlinkSocket(in: namespace) }
        try netlink(action) { () throws(NetlinkError) in
            try createVeth(attachment, namespace: namespace, over: socket)
            do throws(NetlinkError) {
                try configure(attachment, over: inside)
            } catch {
                // The failure that is thrown says more than that of the clean-up after it.
                _ = try? socket.perform(.deleteLink(attachment.hostInterface))
                throw error
            }
        }
    }

    /// Deletes a container's veth; one that is gone already is fine.
    public static func detach(
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
                peerMAC: attachment.mac, peerNamespace: namespace),
            .setHairpin(own),
        ]
        var results = try socket.perform(requests)
        if try !results[0].isNew(), let left = try socket.link(own), left.kind == "veth",
            InterfaceNaming.isOurs(left.name)
        {
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
        var requests = [
            Request.addAddress(attachment.address, prefixLength: subnet.prefixLength, to: link.index)
        ]
        if attachment.hasDefaultRoute { requests.append(.addDefaultRoute(through: gateway, by: link.index)) }
        for result in try socket.perform(requests) { _ = try result.get() }
    }
}
