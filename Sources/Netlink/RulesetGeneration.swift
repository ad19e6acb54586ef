internal import CLinux
internal import Glibc

extension NetlinkSocket {
    /// The number of changes that the packet filter of the socket's namespace has had, in all its tables together:
    /// while it stays, no rule has changed. The socket is of the family `netfilter`; linux/netfilter/nf_tables.h.
    ///
    /// - Throws: `.malformed` for an answer without the number, and what the kernel refuses.
    package borrowing func rulesetGeneration() throws(NetlinkError) -> UInt32 {
        let kinds = [NFT_MSG_GETGEN, NFT_MSG_NEWGEN].map { Netfilter.kind(NFNL_SUBSYS_NFTABLES, $0.rawValue) }
        var request = Request("ask for the generation of the rules", kind: kinds[0])
        request.netfilterHeader(family: AF_UNSPEC)
        for message in try perform(request) where message.kind == kinds[1] {
            let attributes = try message.attributes(after: Netfilter.headerLength)
            if let number = attributes.integer(NFTA_GEN_ID.rawValue, as: UInt32.self) {
                return UInt32(bigEndian: number)
            }
        }
        throw .malformed("an answer without a generation")
    }
}
