internal import CLinux
internal import Glibc
internal import SystemPackage
package import Vocabulary

/// A flow of IPv4 packets that the kernel's connection tracking knows; linux/netfilter/nfnetlink_conntrack.h.
package struct TrackedFlow: Hashable, Sendable {
    /// One direction of a flow.
    package struct Direction: Hashable, Sendable {
        package var source: IPv4Address
        package var sourcePort: UInt16
        package var destination: IPv4Address
        package var destinationPort: UInt16

        package init(source: IPv4Address, sourcePort: UInt16, destination: IPv4Address, destinationPort: UInt16) {
            self.source = source
            self.sourcePort = sourcePort
            self.destination = destination
            self.destinationPort = destinationPort
        }
    }

    /// TCP, UDP or SCTP.
    package var transport: Transport
    /// The packets of the side that began, as they arrived.
    package var original: Direction
    /// The packets of the other side, before they are translated back.
    package var reply: Direction
    /// What names the flow in a request, as the kernel sent it: attributes of type CTA_TUPLE_ORIG, CTA_ID and CTA_ZONE.
    private let identity: [Identity]

    private struct Identity: Hashable, Sendable {
        var kind: UInt16
        var isNested: Bool
        var bytes: [UInt8]
    }

    package init(_ transport: Transport, original: Direction, reply: Direction) {
        self.transport = transport
        self.original = original
        self.reply = reply
        identity = []
    }

    /// - Returns: `nil` for a flow of another family or transport.
    /// - Throws: `.malformed`.
    init?(_ message: Message) throws(NetlinkError) {
        guard message.kind == Self.kind(IPCTNL_MSG_CT_NEW.rawValue), message.payload.first == UInt8(AF_INET) else {
            return nil
        }
        let attributes = try message.attributes(after: Netfilter.headerLength)
        guard let (transport, original) = try Self.direction(attributes, CTA_TUPLE_ORIG.rawValue),
            let (_, reply) = try Self.direction(attributes, CTA_TUPLE_REPLY.rawValue)
        else { return nil }
        self.transport = transport
        self.original = original
        self.reply = reply
        identity = [CTA_TUPLE_ORIG.rawValue, CTA_ID.rawValue, CTA_ZONE.rawValue].compactMap { kind in
            attributes[kind].map {
                Identity(kind: UInt16(kind), isNested: kind == CTA_TUPLE_ORIG.rawValue, bytes: Array($0))
            }
        }
    }

    private static func direction(
        _ attributes: Attributes, _ kind: UInt32
    ) throws(NetlinkError) -> (Transport, Direction)? {
        guard let tuple = try attributes.nested(kind), let addresses = try tuple.nested(CTA_TUPLE_IP.rawValue),
            let ports = try tuple.nested(CTA_TUPLE_PROTO.rawValue),
            let source = addresses[CTA_IP_V4_SRC.rawValue].flatMap({ IPAddress($0) }),
            let destination = addresses[CTA_IP_V4_DST.rawValue].flatMap({ IPAddress($0) }),
            case .v4(let from) = source, case .v4(let to) = destination,
            let number = ports.integer(CTA_PROTO_NUM.rawValue, as: UInt8.self),
            let transport = Transport.allCases.first(where: { $0.protocolNumber == number }),
            let sourcePort = ports.integer(CTA_PROTO_SRC_PORT.rawValue, as: UInt16.self),
            let destinationPort = ports.integer(CTA_PROTO_DST_PORT.rawValue, as: UInt16.self)
        else { return nil }
        let direction = Direction(
            source: from, sourcePort: UInt16(bigEndian: sourcePort), destination: to,
            destinationPort: UInt16(bigEndian: destinationPort))
        return (transport, direction)
    }

    fileprivate static func kind(_ message: UInt32) -> Int { Netfilter.kind(NFNL_SUBSYS_CTNETLINK, message) }

    /// The request that has the kernel forget the flow: its next packet begins a new one.
    fileprivate var deletion: Request {
        var request = Request("forget a tracked flow", kind: Self.kind(IPCTNL_MSG_CT_DELETE.rawValue))
        request.netfilterHeader(family: AF_INET)
        for part in identity {
            if part.isNested {
                request.nest(part.kind) { request in for byte in part.bytes { request.append(byte) } }
            } else {
                request.attribute(part.kind, bytes: part.bytes)
            }
        }
        return request
    }
}

extension Transport {
    /// As in the header of an IP packet.
    fileprivate var protocolNumber: UInt8 {
        switch self {
        case .tcp: UInt8(IPPROTO_TCP)
        case .udp: UInt8(IPPROTO_UDP)
        case .sctp: UInt8(IPPROTO_SCTP)
        }
    }
}

extension NetlinkSocket {
    /// The flows over IPv4 that the namespace of the socket tracks; the socket is of the family `netfilter`.
    ///
    /// - Returns: `nil` when the kernel tracks none or does not tell (it has no `nf_conntrack_netlink`).
    package borrowing func flows() throws(NetlinkError) -> [TrackedFlow]? {
        var request = Request("list the tracked flows", kind: TrackedFlow.kind(IPCTNL_MSG_CT_GET.rawValue))
        request.netfilterHeader(family: AF_INET)
        do throws(NetlinkError) {
            var flows: [TrackedFlow] = []
            for message in try dump(request) {
                if let flow = try TrackedFlow(message) { flows.append(flow) }
            }
            return flows
        } catch {
            // No subsystem of this number, or none that lists.
            if error.errno == .invalidArgument || error.errno == .notSupported { return nil }
            throw error
        }
    }

    /// Has the kernel forget flows that `flows` returned; those that are gone already are fine.
    package borrowing func forget(_ flows: [TrackedFlow]) throws(NetlinkError) {
        // One batch fits into the socket's buffer.
        var rest = flows[...]
        while !rest.isEmpty {
            let batch = rest.prefix(64)
            rest = rest.dropFirst(64)
            for result in try perform(batch.map(\.deletion)) {
                if case .failure(let error) = result, error.code != .notFound { throw error }
            }
        }
    }
}
