internal import CLinux

/// What the messages of all subsystems of netfilter have in common; linux/netfilter/nfnetlink.h.
enum Netfilter {
    /// The length of `struct nfgenmsg`, after which the attributes begin.
    static let headerLength = 4

    /// The type of a message of a subsystem.
    static func kind(_ subsystem: Int32, _ message: UInt32) -> Int { Int(subsystem) << 8 | Int(message) }
}

extension Request {
    /// Adds `struct nfgenmsg`.
    mutating func netfilterHeader(family: Int32) {
        append(UInt8(family))
        append(UInt8(NFNETLINK_V0))
        append(UInt16(0))
    }
}
