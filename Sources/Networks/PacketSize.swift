internal import Netlink
internal import Vocabulary

extension NetlinkSocket {
    /// The table of routes that most packets go by; ip-route(8).
    private static let mainTable: UInt32 = 254
    /// What the kernel gives to new links, in bytes.
    private static let usual: UInt32 = 1500
    /// The smallest that IPv6 allows; RFC 8200, section 5.
    private static let smallest: UInt32 = 1280

    /// The largest packet that the way out of this network namespace takes, in bytes; `nil` where that is the usual size.
    ///
    /// A tunnel takes less, and larger packets of containers would be lost where nothing tells their senders. The tap of pasta(1) or
    /// slirp4netns(1) takes more, and many small packets would take several times as long.
    borrowing func packetSizeOfWayOut() throws(NetlinkError) -> UInt32? {
        let indices = try routes().filter { $0.table == Self.mainTable && $0.prefixLength == 0 }.compactMap(\.link)
        if indices.isEmpty { return nil }
        let sizes = try links().filter { indices.contains($0.index) && $0.mtu >= Self.smallest }.map { link in
            // Other links with large packets lead to a network where not all machines take them.
            link.kind == "tun" ? link.mtu : min(link.mtu, Self.usual)
        }
        guard let size = sizes.min(), size != Self.usual else { return nil }
        return size
    }
}
