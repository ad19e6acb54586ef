internal import CLinux
internal import Glibc

/// An entry of a routing table; rtnetlink(7), RTM_NEWROUTE.
public struct Route: Hashable, Sendable {
    /// 254 is the main table, 255 the local one.
    public var table: UInt32
    /// The first address of the destination; `::` or 0.0.0.0 with prefix length 0 for the default route.
    public var destination: IPAddress
    public var prefixLength: Int
    public var gateway: IPAddress?
    /// The index of the link that it leaves by; `nil` for a route that discards or has several next hops.
    public var link: Int32?

    /// The destination of an IPv4 route.
    public var network: IPv4Network? {
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
    /// Adds the IPv4 default route to the main table.
    public static func addDefaultRoute(through gateway: IPv4Address, by link: Int32) -> Request {
        var request = Request(
            "add the default route through \(gateway)", kind: RTM_NEWROUTE, flags: NLM_F_CREATE | NLM_F_EXCL)
        let header: [UInt8] = [
            UInt8(AF_INET), 0, 0, 0, UInt8(RT_TABLE_MAIN.rawValue), UInt8(RTPROT_BOOT),
            UInt8(RT_SCOPE_UNIVERSE.rawValue), UInt8(RTN_UNICAST),
        ]
        for byte in header { request.append(byte) }
        request.append(UInt32(0))
        request.attribute(RTA_GATEWAY.rawValue, bytes: gateway.octets)
        request.attribute(RTA_OIF.rawValue, integer: link)
        return request
    }
}

extension NetlinkSocket {
    /// The routes of all tables, IPv4 and IPv6.
    public borrowing func routes() throws(NetlinkError) -> [Route] {
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
