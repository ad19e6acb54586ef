internal import LinuxSystem
package import Netlink
internal import Vocabulary

/// A link of the host that the links of containers are on: the driver of `macvlan` and `ipvlan` networks. Nothing is made
/// on the host, and the containers' links go with their namespaces.
package struct ParentLink: Hashable, Sendable {
    /// The link of the host.
    package var name: InterfaceName
    /// The kind of the containers' links.
    package var child: ChildLink

    package init(name: InterfaceName, child: ChildLink) {
        self.name = name
        self.child = child
    }

    /// - Throws: `.missingParent` where the host has no such link; the error names those that it has.
    package func check(over socket: borrowing NetlinkSocket) throws(NetworkError) {
        let links = try netlink("list the links") { () throws(NetlinkError) in try socket.links() }
        if links.contains(where: { $0.name == name.rawValue }) { return }
        if OutsideHost.isAway {
            throw NetworkError(
                .missingParent,
                "A user without root cannot use the link `\(name)` of the host, which a network is to be on. Use the driver "
                    + "`bridge`, or run this environment as root: `sudo trice`.")
        }
        let names = links.map(\.name).filter { $0 != "lo" && !InterfaceNaming.isOurs($0) }.sorted()
        throw NetworkError(
            .missingParent,
            "The link `\(name)`, which a network is to be on, does not exist. "
                + (names.isEmpty ? "The host has none but `lo`." : "The host has \(names.joined(separator: ", "))."))
    }

    /// Makes the container's link in its namespace.
    func attach(
        _ attachment: Attachment, in namespace: borrowing OwnedDescriptor, mtu: UInt32?,
        over socket: borrowing NetlinkSocket
    ) throws(NetlinkError) {
        guard let parent = try socket.link(name) else { throw NetlinkError(.notFound, "there is no link \(name)") }
        _ = try socket.perform(
            .createChild(
                attachment.containerInterface, child, on: parent.index, mac: attachment.mac, in: namespace.rawValue,
                mtu: mtu))
    }

    /// Whether the kernel has the kind of link, tried in a namespace that ends at once.
    ///
    /// - Throws: `.unsupportedLink` with the kernel's own words.
    package func checkSupport() throws(NetworkError) {
        do {
            let namespace = try NetworkNamespace.create()
            let socket = try NetlinkSocket(in: namespace)
            let bridge = try InterfaceName("probe0")
            _ = try socket.perform(.createBridge(bridge, mac: MACAddress(for: .loopback), group: 1))
            guard let link = try socket.link(bridge) else { return }
            _ = try socket.perform(
                .createChild(
                    try InterfaceName("probe1"), child, on: link.index, mac: MACAddress(for: .any),
                    in: namespace.rawValue))
        } catch let error as NetlinkError {
            throw NetworkError(
                .unsupportedLink,
                "The kernel of this host makes no link of the kind `\(child.kind)`: \(error.message). Load it with "
                    + "`modprobe \(child.kind)`, or use the driver `bridge`.", cause: error)
        } catch let error as SystemError {
            throw NetworkError("try a link of the kind \(child.kind)", error)
        } catch {
            throw NetworkError(.unsupportedLink, "\(error)", cause: error)
        }
    }
}
