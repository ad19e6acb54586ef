internal import Glibc
public import Netlink

/// A bridge on the host with a subnet of which the host holds the first address, and the containers that are its ports.
public struct BridgeNetwork: Hashable, Sendable {
    public var name: InterfaceName
    public var subnet: IPv4Network
    /// The link group of the environment; everything in it goes at once with `remove`.
    public var group: UInt32
    /// The host's address on the bridge: the first of the subnet.
    public let gateway: IPv4Address

    /// - Throws: `.invalidValue` for a subnet without room for a gateway and a container, and for group 0, in which all
    ///   the host's other links are.
    public init(name: InterfaceName, subnet: IPv4Network, group: UInt32) throws(NetworkError) {
        guard subnet.prefixLength <= 30, let gateway = subnet[1] else {
            throw NetworkError(.invalidValue, "subnet \(subnet) has no room for a gateway and a container")
        }
        guard group != 0 else {
            throw NetworkError(
                .invalidValue, "network \(name) cannot be in link group 0, where the host's own links are")
        }
        self.name = name
        self.subnet = subnet
        self.group = group
        self.gateway = gateway
    }

    /// The MAC address of the bridge.
    public var mac: MACAddress { MACAddress(for: gateway) }
}

// MARK: - The bridge

extension BridgeNetwork {
    /// Creates the bridge, up, with its address; a bridge of that name that is there already is completed.
    ///
    /// - Throws: `.nameTaken` when the name belongs to a link that is no bridge or has another IPv4 address.
    public func create(over socket: borrowing NetlinkSocket) throws(NetworkError) {
        let action = "create network \(subnet) on bridge \(name)"
        let results = try netlink(action) { () throws(NetlinkError) in
            try socket.perform([.createBridge(name, mac: mac, group: group), .link(name)])
        }
        let isNew = try netlink(action) { () throws(NetlinkError) in try results[0].isNew() }
        let link = try netlink(action) { () throws(NetlinkError) in try results[1].get().first?.link() }
        guard let link, link.kind == "bridge" else {
            throw NetworkError(.nameTaken, "cannot \(action): a link of that name is there and is no bridge")
        }
        if !isNew {
            let addresses = try netlink(action) { () throws(NetlinkError) in try socket.addresses() }
            let strange = addresses.first { $0.link == link.index && $0.network != nil && $0.address != .v4(gateway) }
            if let strange {
                throw NetworkError(.nameTaken, "cannot \(action): the bridge has address \(strange.address) already")
            }
        }
        try netlink(action) { () throws(NetlinkError) in
            var requests = [Request.addAddress(gateway, prefixLength: subnet.prefixLength, to: link.index)]
            if !isNew { requests.append(.setUp(name, group: group)) }
            let results = try socket.perform(requests)
            // A bridge that was there may have its address already.
            if try !results[0].isNew() && isNew { throw NetlinkError(.exists, "\(gateway) is there already") }
            for result in results.dropFirst() { _ = try result.get() }
        }
    }

    /// Deletes every link of the group that Trice made, and returns when none is left; none at all is fine.
    ///
    /// - Throws: `.stillThere` when a link stays for longer than `timeout`.
    public static func remove(
        group: UInt32, over socket: borrowing NetlinkSocket, timeout: Duration = .seconds(10)
    ) throws(NetworkError) {
        guard group != 0 else {
            throw NetworkError(.invalidValue, "cannot remove link group 0, where the host's own links are")
        }
        let action = "remove the links of group \(group)"
        let clock = ContinuousClock()
        let deadline = clock.now + timeout
        var isFirst = true
        while true {
            let left = try netlink(action) { () throws(NetlinkError) in try deleteOnce(group: group, over: socket) }
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
        group: UInt32, over socket: borrowing NetlinkSocket
    ) throws(NetlinkError) -> [String] {
        let members = try socket.links().filter { $0.group == group }
        let ours = members.map(\.name).filter(InterfaceNaming.isOurs)
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
