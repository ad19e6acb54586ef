internal import CLinux
internal import Glibc
package import Vocabulary

/// An entry of a routing table; rtnetlink(7), RTM_NEWROUTE.
package struct Route: Hashable, Sendable {
    /// 254 is the main table, 255 the local one.
    package var table: UInt32
    /// The first address of the destination; `::` or 0.0.0.0 with prefix length 0 for the default route.
    package var destination: IPAddress
    package var prefixLength: Int
    package var gateway: IPAddress?
    /// The index of the link that it leaves by; `nil` for a route that discards or has several next hops.
    package var link: Int32?

    /// The destination of an IPv4 route.
    package var network: IPv4Network? {
        guard case .v4(let address) = destination else { return nil }
        return IPv4Network(containing: address, prefixLength: prefixLength)
    }
}

extension Message {
    /// The route that this message describes; `nil` for a message of another kind or family.
    ///
    /// - Throws: `.malformed`.
    func route() throws(NetlinkError) -> Route? {
        guard kind == Int(RTM_NEWROUTE), let family = payload.first, family == AF_INET || family == AF_INET6 else {
            return nil
        }
        let attributes = try attributes(after: 12)
        guard let prefixLength = payload.integer(at: 1, as: UInt8.self),
            let table = payload.integer(at: 4, as: UInt8.self),
            let destination = attributes[RTA_DST.rawValue].map({ IPAddress($0) })
                ?? (family == AF_INET ? .v4(.any) : .v6(.any))
        else { throw .malformed("a route whose destination is not of its family") }
        return Route(
            table: attributes.integer(RTA_TABLE.rawValue) ?? UInt32(table), destination: destination,
            prefixLength: Int(prefixLength),
            gateway: attributes[RTA_GATEWAY.rawValue].flatMap { IPAddress($0) },
            link: attributes.integer(RTA_OIF.rawValue))
    }
}

extension Request {
    /// Adds the default route of the gateway's family to the main table.
    package static func addDefaultRoute(through gateway: IPAddress, by link: Int32) -> Request {
        var request = Request(
            "add the default route through \(gateway)", kind: RTM_NEWROUTE, flags: NLM_F_CREATE | NLM_F_EXCL)
        let (family, bytes): (Int32, [UInt8]) =
            switch gateway {
            case .v4(let address): (AF_INET, address.octets)
            case .v6(let address): (AF_INET6, address.bytes)
            }
        request.routeHeader(family)
        request.attribute(RTA_GATEWAY.rawValue, bytes: bytes)
        request.attribute(RTA_OIF.rawValue, integer: link)
        return request
    }

    /// Adds a route to the main table for a subnet whose addresses are neighbours on the link.
    package static func addLinkRoute(to subnet: IPv4Network, by link: Int32) -> Request {
        var request = Request(
            "add the route to \(subnet)", kind: RTM_NEWROUTE, flags: NLM_F_CREATE | NLM_F_EXCL)
        request.routeHeader(AF_INET, prefixLength: subnet.prefixLength, scope: RT_SCOPE_LINK)
        request.attribute(RTA_DST.rawValue, bytes: subnet.address.octets)
        request.attribute(RTA_OIF.rawValue, integer: link)
        return request
    }

    /// The same for IPv6.
    package static func addLinkRoute(to subnet: IPv6Network, by link: Int32) -> Request {
        var request = Request(
            "add the route to \(subnet)", kind: RTM_NEWROUTE, flags: NLM_F_CREATE | NLM_F_EXCL)
        request.routeHeader(AF_INET6, prefixLength: subnet.prefixLength)
        request.attribute(RTA_DST.rawValue, bytes: subnet.address.bytes)
        request.attribute(RTA_OIF.rawValue, integer: link)
        return request
    }

    /// `struct rtmsg` of rtnetlink(7).
    private mutating func routeHeader(
        _ family: Int32, prefixLength: Int = 0, scope: rt_scope_t = RT_SCOPE_UNIVERSE
    ) {
        let header: [UInt8] = [
            UInt8(family), UInt8(prefixLength), 0, 0, UInt8(RT_TABLE_MAIN.rawValue), UInt8(RTPROT_BOOT),
            UInt8(scope.rawValue), UInt8(RTN_UNICAST),
        ]
        for byte in header { append(byte) }
        append(UInt32(0))
    }
}

extension NetlinkSocket {
    /// The routes of all tables, IPv4 and IPv6.
    package borrowing func routes() throws(NetlinkError) -> [Route] {
        var routes: [Route] = []
        for family in [AF_INET, AF_INET6] {
            var request = Request("list the routes", kind: RTM_GETROUTE)
            request.append(UInt8(family))
            for _ in 0..<11 { request.append(UInt8(0)) }
            for message in try dump(request) where message.payload.first.map(Int32.init) == family {
                if let route = try message.route() { routes.append(route) }
            }
        }
        return routes
    }
}
