internal import CLinux
internal import Glibc
package import LinuxSystem
package import Vocabulary

/// A network interface as the kernel describes it; rtnetlink(7), RTM_NEWLINK.
package struct Link: Hashable, Sendable {
    package var index: Int32
    /// The name, unchecked: a foreign link may have one that `InterfaceName` does not allow.
    package var name: String
    /// `bridge`, `veth`, …; `nil` for hardware and the loopback.
    package var kind: String?
    /// Whether it is administratively up.
    package var isUp: Bool
    package var mac: MACAddress?
    /// The index of the bridge or bond that it is a port of.
    package var master: Int32?
    /// The group for `removeLinks`; 0 by default.
    package var group: UInt32
    package var mtu: UInt32
    /// Whether the bridge may send a frame back through the port on which it arrived; `nil` when the link is not a
    /// bridge port.
    package var isHairpin: Bool?
}

extension Message {
    /// The link that this message describes; `nil` for a message of another kind.
    ///
    /// - Throws: `.malformed`.
    package func link() throws(NetlinkError) -> Link? {
        guard kind == Int(RTM_NEWLINK) else { return nil }
        let attributes = try attributes(after: 16)
        guard let index = payload.integer(at: 4, as: Int32.self), let flags = payload.integer(at: 8, as: UInt32.self),
            let name = attributes.text(IFLA_IFNAME)
        else { throw .malformed("a link without a name") }
        let information = try attributes.nested(IFLA_LINKINFO)
        let isBridgePort = information?.text(IFLA_INFO_SLAVE_KIND) == "bridge"
        let port = isBridgePort ? try information?.nested(IFLA_INFO_SLAVE_DATA) : nil
        // A link without a station address (a tunnel) has none here.
        let mac = attributes[IFLA_ADDRESS].flatMap { try? MACAddress(bytes: $0) }
        return Link(
            index: index, name: name, kind: information?.text(IFLA_INFO_KIND),
            isUp: flags & UInt32(IFF_UP) != 0, mac: mac, master: attributes.integer(IFLA_MASTER),
            group: attributes.integer(IFLA_GROUP) ?? 0, mtu: attributes.integer(IFLA_MTU) ?? 0,
            isHairpin: port?.integer(IFLA_BRPORT_MODE, as: UInt8.self).map { $0 != 0 })
    }
}

// MARK: - Requests

extension Request {
    /// Creates a bridge that is up. Its MAC address is set, so it does not change with the ports.
    ///
    /// - Parameter mtu: in bytes; `nil` for the kernel's default.
    package static func createBridge(
        _ name: InterfaceName, mac: MACAddress, group: UInt32, mtu: UInt32? = nil
    ) -> Request {
        var request = Request(
            "create bridge \(name)", kind: RTM_NEWLINK, flags: NLM_F_CREATE | NLM_F_EXCL)
        request.linkHeader(flags: up, change: up)
        request.attribute(IFLA_IFNAME, text: name.rawValue)
        request.attribute(IFLA_ADDRESS, bytes: mac.bytes)
        request.attribute(IFLA_GROUP, integer: group)
        if let mtu { request.attribute(IFLA_MTU, integer: mtu) }
        request.nest(IFLA_LINKINFO) { $0.attribute(IFLA_INFO_KIND, text: "bridge") }
        return request
    }

    /// Creates a veth pair: this end is up and a port of the bridge with index `master`; the other end is in
    /// `peerNamespace` and still down, for the kernel cannot raise it before both exist.
    package static func createVeth(
        _ name: InterfaceName, master: Int32, group: UInt32, peer: InterfaceName, peerMAC: MACAddress,
        peerNamespace: borrowing OwnedDescriptor, mtu: UInt32? = nil
    ) -> Request {
        let namespace = peerNamespace.rawValue
        var request = Request(
            "create veth \(name)", kind: RTM_NEWLINK, flags: NLM_F_CREATE | NLM_F_EXCL)
        request.linkHeader(flags: up, change: up)
        request.attribute(IFLA_IFNAME, text: name.rawValue)
        request.attribute(IFLA_GROUP, integer: group)
        request.attribute(IFLA_MASTER, integer: master)
        if let mtu { request.attribute(IFLA_MTU, integer: mtu) }
        request.nest(IFLA_LINKINFO) {
            $0.attribute(IFLA_INFO_KIND, text: "veth")
            $0.nest(IFLA_INFO_DATA) {
                $0.nest(VETH_INFO_PEER) {
                    $0.linkHeader()
                    $0.attribute(IFLA_IFNAME, text: peer.rawValue)
                    $0.attribute(IFLA_ADDRESS, bytes: peerMAC.bytes)
                    if let mtu { $0.attribute(IFLA_MTU, integer: mtu) }
                    $0.attribute(IFLA_NET_NS_FD, integer: namespace)
                }
            }
        }
        return request
    }

    /// Allows a bridge to send frames back through the port on which they arrived. The kernel accepts port settings
    /// only for a link that is a port already.
    ///
    /// - Parameter isIsolated: whether frames of other isolated ports do not reach it.
    package static func setHairpin(_ name: InterfaceName, isOn: Bool = true, isIsolated: Bool = false) -> Request {
        var request = Request("set hairpin mode of bridge port \(name)", kind: RTM_NEWLINK)
        request.linkHeader()
        request.attribute(IFLA_IFNAME, text: name.rawValue)
        request.nest(IFLA_LINKINFO) {
            $0.attribute(IFLA_INFO_SLAVE_KIND, text: "bridge")
            $0.nest(IFLA_INFO_SLAVE_DATA) {
                $0.attribute(IFLA_BRPORT_MODE, integer: UInt8(isOn ? 1 : 0))
                if isIsolated { $0.attribute(IFLA_BRPORT_ISOLATED, integer: UInt8(1)) }
            }
        }
        return request
    }

    /// Sets a link up, and moves it into a group if one is given.
    package static func setUp(_ name: InterfaceName, group: UInt32? = nil) -> Request {
        var request = Request("set link \(name) up", kind: RTM_NEWLINK)
        request.linkHeader(flags: up, change: up)
        request.attribute(IFLA_IFNAME, text: name.rawValue)
        if let group { request.attribute(IFLA_GROUP, integer: group) }
        return request
    }

    /// Deletes a link; the other end of a veth is deleted, too.
    package static func deleteLink(_ name: InterfaceName) -> Request {
        var request = Request("delete link \(name)", kind: RTM_DELLINK)
        request.linkHeader()
        request.attribute(IFLA_IFNAME, text: name.rawValue)
        return request
    }

    /// Deletes every link of a group, which must not be 0: the kernel refuses that one.
    package static func deleteLinks(group: UInt32) -> Request {
        var request = Request("delete the links of group \(group)", kind: RTM_DELLINK)
        request.linkHeader()
        request.attribute(IFLA_GROUP, integer: group)
        return request
    }

    /// Asks for one link.
    package static func link(_ name: InterfaceName) -> Request {
        var request = Request("find link \(name)", kind: RTM_GETLINK)
        request.linkHeader()
        request.attribute(IFLA_IFNAME, text: name.rawValue)
        request.attribute(IFLA_EXT_MASK, integer: skipStatistics)
        return request
    }

    private static var up: UInt32 { UInt32(IFF_UP) }
    static var skipStatistics: UInt32 { UInt32(RTEXT_FILTER_SKIP_STATS) }
}

extension NetlinkSocket {
    /// All links of the namespace.
    package borrowing func links() throws(NetlinkError) -> [Link] {
        var request = Request("list the links", kind: RTM_GETLINK)
        request.linkHeader()
        request.attribute(IFLA_EXT_MASK, integer: Request.skipStatistics)
        var links: [Link] = []
        for message in try dump(request) {
            if let link = try message.link() { links.append(link) }
        }
        return links
    }

    /// One link, or `nil` when no link has that name.
    package borrowing func link(_ name: InterfaceName) throws(NetlinkError) -> Link? {
        do {
            for message in try perform(Request.link(name)) {
                if let link = try message.link() { return link }
            }
            return nil
        } catch  where error.code == .notFound {
            return nil
        }
    }
}
