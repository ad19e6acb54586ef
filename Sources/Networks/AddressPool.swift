internal import LinuxSystem
package import Netlink
internal import SystemPackage
package import Vocabulary

/// Finds subnets for bridges that meet nothing the host can reach already.
///
/// It proposes; which environment gets which subnet is claimed elsewhere, in one transaction.
package struct AddressPool: Sendable {
    /// The ranges of the subnets, in the order of preference.
    package let ranges: [IPv4Network]
    /// The size of each, as a prefix length.
    package let prefixLength: Int

    /// Private ranges (RFC 1918); first those that routers, VPNs and Docker (172.17 to 172.31, 192.168) rarely use.
    package static let standard = AddressPool(
        ranges: [
            range(10, 201, 16), range(10, 202, 15), range(10, 204, 14), range(172, 29, 16), range(172, 30, 15),
            range(192, 168, 16),
        ], prefixLength: 24)

    package init(ranges: [IPv4Network], prefixLength: Int) {
        self.ranges = ranges
        self.prefixLength = min(max(prefixLength, 1), 30)
    }

    private static func range(_ first: UInt32, _ second: UInt32, _ prefixLength: Int) -> IPv4Network {
        IPv4Network(containing: IPv4Address(rawValue: first << 24 | second << 16), prefixLength: prefixLength)
    }

    /// Every subnet that overlaps none of `taken`, in a fixed order.
    ///
    /// An entry with prefix length 0 or 1 counts as a default route (VPNs split it in two halves) and hinders nothing.
    package func candidates(avoiding taken: some Sequence<IPv4Network>) -> [IPv4Network] {
        let obstacles = taken.filter { $0.prefixLength > 1 }
        return ranges.flatMap { range in
            let hindering = obstacles.filter { $0.overlaps(range) }
            if range.prefixLength > prefixLength { return [IPv4Network]() }
            let step = 1 << (32 - prefixLength)
            return stride(from: 0, to: range.count, by: step).compactMap { offset in
                guard let first = range[offset] else { return nil }
                let candidate = IPv4Network(containing: first, prefixLength: prefixLength)
                return hindering.contains { $0.overlaps(candidate) } ? nil : candidate
            }
        }
    }

    /// The destinations of all IPv4 routes, in all tables, and the subnets of all addresses of the namespace.
    package static func occupied(over socket: borrowing NetlinkSocket) throws(NetworkError) -> [IPv4Network] {
        do throws(NetlinkError) {
            let routes = try socket.routes().compactMap(\.network)
            let addresses = try socket.addresses().compactMap(\.network)
            return Set(routes + addresses).sorted()
        } catch {
            throw NetworkError("see which subnets the host uses", error)
        }
    }

    /// The destinations of the IPv4 routes of the host, where this process is in the namespaces of a user without root, which
    /// have routes of their own; empty elsewhere. A bridge upon one of them would keep containers from what it leads to.
    package static func occupiedOutside() throws(NetworkError) -> [IPv4Network] {
        guard let agent = OutsideHost.agentProcess() else { return [] }
        do throws(SystemError) {
            return RouteEntry.parse(try Files.text(FilePath("/proc/\(agent)/net/route")) ?? "").map(\.network)
        } catch {
            throw NetworkError("see which subnets the host uses", error)
        }
    }
}
