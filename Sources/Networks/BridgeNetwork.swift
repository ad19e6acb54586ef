internal import Glibc
package import Netlink
package import Vocabulary

/// A bridge on the host with a subnet of which the host holds the gateway's address, and the containers that are its
/// ports; or the same on a link that the host has already, beside whose own addresses the containers are.
package struct BridgeNetwork: Hashable, Sendable {
    /// Of the bridge; no link has the name where there is a parent.
    package var name: InterfaceName
    /// The link of the host that the containers' links are on; `nil` for a bridge.
    package var parent: ParentLink?
    package var subnet: IPv4Network
    /// The link group of the environment; everything in it goes at once with `remove`.
    package var group: UInt32
    /// The host's address on the bridge.
    package let gateway: IPv4Address
    /// Further subnets on the same bridge; a container has an address of one of them.
    package var furtherRanges: [IPv4Range] = []
    /// Whether links have addresses of IPv4; without them the subnet only numbers the containers.
    package var usesIPv4 = true
    /// `nil` for a network without IPv6.
    package var ipv6: IPv6Range?
    /// Further subnets of IPv6 on the same bridge, for containers that ask for an address of one.
    package var furtherIPv6Ranges: [IPv6Range] = []
    /// The largest packet of its links in bytes; `nil` for that of the host's way out.
    package var mtu: UInt32?
    /// Whether its containers reach the host and not each other, but for published ports.
    package var isolatesContainers = false
    /// Whether the bridge has the IPv4 address of the gateway; else another machine on it may have.
    package var hasIPv4Gateway = true
    /// The same for IPv6.
    package var hasIPv6Gateway = true

    /// - Parameter gateway: `nil` for the first address of the subnet.
    /// - Throws: `.invalidValue` for a subnet without room for a gateway and a container, for a gateway outside of it, and
    ///   for group 0, in which all the host's other links are.
    package init(
        name: InterfaceName, subnet: IPv4Network, group: UInt32, gateway: IPv4Address? = nil
    ) throws(NetworkError) {
        guard subnet.prefixLength <= 30, let first = subnet[1] else {
            throw NetworkError(.invalidValue, "subnet \(subnet) has no room for a gateway and a container")
        }
        guard group != 0 else {
            throw NetworkError(
                .invalidValue, "network \(name) cannot be in link group 0, where the host's own links are")
        }
        if let gateway, !subnet.contains(gateway) {
            throw NetworkError(.invalidValue, "gateway \(gateway) does not lie in subnet \(subnet)")
        }
        self.name = name
        self.subnet = subnet
        self.group = group
        self.gateway = gateway ?? first
    }

    /// All of its IPv4 subnets, the first one first.
    package var ranges: [IPv4Range] { [IPv4Range(subnet: subnet, gateway: gateway)] + furtherRanges }

    /// The IPv4 subnet that an address lies in; the first one for any other address.
    package func range(of address: IPv4Address) -> IPv4Range {
        ranges.first { $0.subnet.contains(address) } ?? IPv4Range(subnet: subnet, gateway: gateway)
    }

    /// All of its IPv6 subnets, the first one first.
    package var ipv6Ranges: [IPv6Range] { ipv6.map { [$0] + furtherIPv6Ranges } ?? [] }

    /// The IPv6 subnet that an address lies in; the first one for any other address.
    func ipv6Range(of address: IPv6Address?) -> IPv6Range? {
        address.flatMap { address in ipv6Ranges.first { $0.subnet.contains(address) } } ?? ipv6
    }

    /// The addresses that the default routes of the container with these addresses lead to.
    package func gateways(for address: IPv4Address, _ ipv6Address: IPv6Address? = nil) -> [IPAddress] {
        (usesIPv4 ? [.v4(range(of: address).gateway)] : [])
            + (ipv6Range(of: ipv6Address).map { [.v6($0.gateway)] } ?? [])
    }

    /// The same for a container with addresses of the first subnets.
    package var gateways: [IPAddress] { gateways(for: gateway) }

    /// The host's addresses on the bridge from which it reaches the container with these addresses.
    package func hostAddresses(for address: IPv4Address, _ ipv6Address: IPv6Address? = nil) -> [IPAddress] {
        // On a link of the host the gateway is another machine.
        if parent != nil { return [] }
        return gateways(for: address, ipv6Address).filter { $0.bitCount == 32 ? hasIPv4Gateway : hasIPv6Gateway }
    }

    /// The MAC address of the bridge.
    package var mac: MACAddress { MACAddress(for: gateway) }
}

// MARK: - The bridge

extension BridgeNetwork {
    /// Creates the bridge, up, with its address; a bridge of that name that is there already is completed.
    ///
    /// - Throws: `.nameTaken` when the name belongs to a link that is no bridge or has another IPv4 address.
    package func create(over socket: borrowing NetlinkSocket) throws(NetworkError) {
        if let parent { return try parent.check(over: socket) }
        let action = "create network \(subnet) on bridge \(name)"
        let results = try netlink(action) { () throws(NetlinkError) in
            let size = if let mtu { UInt32?(mtu) } else { try socket.packetSizeOfWayOut() }
            return try socket.perform([.createBridge(name, mac: mac, group: group, mtu: size), .link(name)])
        }
        let isNew = try netlink(action) { () throws(NetlinkError) in try results[0].isNew() }
        let link = try netlink(action) { () throws(NetlinkError) in try results[1].get().first?.link() }
        guard let link, link.kind == "bridge" else {
            throw NetworkError(.nameTaken, "cannot \(action): a link of that name is there and is no bridge")
        }
        if !isNew {
            let known = Set(ranges.map { IPAddress.v4($0.gateway) })
            let addresses = try netlink(action) { () throws(NetlinkError) in try socket.addresses() }
            let strange = addresses.first { $0.link == link.index && $0.network != nil && !known.contains($0.address) }
            if let strange {
                throw NetworkError(.nameTaken, "cannot \(action): the bridge has address \(strange.address) already")
            }
        }
        try netlink(action) { () throws(NetlinkError) in
            var addresses: [Request] = []
            if usesIPv4, hasIPv4Gateway {
                addresses += ranges.map { range in
                    .addAddress(range.gateway, prefixLength: range.subnet.prefixLength, to: link.index)
                }
            }
            if hasIPv6Gateway {
                addresses += ipv6Ranges.map { range in
                    .addAddress(range.gateway, prefixLength: range.subnet.prefixLength, to: link.index)
                }
            }
            let results = try socket.perform(addresses + (isNew ? [] : [.setUp(name, group: group)]))
            for result in results.prefix(addresses.count) {
                // A bridge that was there may have its address already.
                if try !result.isNew() && isNew { throw NetlinkError(.exists, "its address is there already") }
            }
            for result in results.dropFirst(addresses.count) { _ = try result.get() }
        }
    }

    /// Deletes every link of the group that Trice made, and returns when none is left; none at all is fine.
    ///
    /// - Parameter bridges: the bridges of the group that have names given by hand.
    /// - Throws: `.stillThere` when a link stays for longer than `timeout`.
    package static func remove(
        group: UInt32, bridges: Set<String> = [], over socket: borrowing NetlinkSocket,
        timeout: Duration = .seconds(10)
    ) throws(NetworkError) {
        guard group != 0 else {
            throw NetworkError(.invalidValue, "cannot remove link group 0, where the host's own links are")
        }
        let action = "remove the links of group \(group)"
        let clock = ContinuousClock()
        let deadline = clock.now + timeout
        var isFirst = true
        while true {
            let left = try netlink(action) { () throws(NetlinkError) in
                try deleteOnce(group: group, bridges, over: socket)
            }
            if left.isEmpty { return }
            // The second look follows at once: usually nothing is left by then.
            if !isFirst { usleep(2000) }
            isFirst = false
            guard clock.now < deadline else {
                throw NetworkError(
                    .stillThere, "cannot \(action): \(left.joined(separator: ", ")) did not go within \(timeout)")
            }
        }
    }

    /// The names of our links that were in the group before they were deleted.
    private static func deleteOnce(
        group: UInt32, _ bridges: Set<String>, over socket: borrowing NetlinkSocket
    ) throws(NetlinkError) -> [String] {
        let members = try socket.links().filter { $0.group == group }
        let ours = members.map(\.name).filter { InterfaceNaming.isOurs($0) || bridges.contains($0) }
        if ours.isEmpty { return [] }
        var requests: [Request] = []
        if ours.count == members.count {
            requests = [.deleteLinks(group: group)]
        } else {
            // A link that somebody else put into the group stays.
            for name in ours { requests.append(.deleteLink(try InterfaceName(name))) }
        }
        for result in try socket.perform(requests) { try result.getUnlessGone() }
        return ours
    }
}

/// Runs netlink work whose failure is ours to explain.
func netlink<Result: ~Copyable>(
    _ action: @autoclosure () -> String, _ body: () throws(NetlinkError) -> Result
) throws(NetworkError) -> Result {
    do throws(NetlinkError) {
        return try body()
    } catch {
        throw NetworkError(action(), error)
    }
}

extension Result<[Message], NetlinkError> {
    /// Whether the request made something new; `false` when it was there.
    func isNew() throws(NetlinkError) -> Bool {
        do throws(NetlinkError) {
            _ = try get()
            return true
        } catch  where error.code == .exists {
            return false
        }
    }

    /// Links also go by themselves, when the namespace of a container dies.
    func getUnlessGone() throws(NetlinkError) {
        do throws(NetlinkError) {
            _ = try get()
        } catch  where error.code == .notFound {
            return
        }
    }
}
