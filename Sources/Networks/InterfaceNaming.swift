package import Netlink
internal import Vocabulary

/// Names, groups and MAC addresses, derived so that the same input gives the same result in every process.
package enum InterfaceNaming {
    /// The first bytes of every bridge that Trice makes.
    package static let bridgePrefix = "tr-"
    /// The first bytes of the host's end of every veth that Trice makes.
    package static let vethPrefix = "tv-"

    /// The bridge of one network of an environment: `tr-` and ten hexadecimal digits.
    package static func bridge(environment: String, network: String) -> InterfaceName {
        InterfaceName(prefix: "tr-", hash: hash([environment, network]))
    }

    /// The host's end of the veth of one container in one network: `tv-` and ten hexadecimal digits.
    package static func veth(environment: String, network: String, container: String) -> InterfaceName {
        InterfaceName(prefix: "tv-", hash: hash([environment, network, container]))
    }

    /// The container's end of its attachment with this index, counted from 0: `eth0`, `eth1`, ….
    static func interface(_ prefix: String, _ index: Int) throws(NetworkError) -> InterfaceName {
        try netlink("name interface \(index) of a container") { () throws(NetlinkError) in
            try InterfaceName("\(prefix)\(index)")
        }
    }

    /// The link group of an environment, from 0x7400_0000 to 0x74FF_FFFF: out of the way of groups that people
    /// number by hand. Two environments may share one by chance; the records keep them apart.
    package static func group(environment: String) -> UInt32 {
        0x7400_0000 | UInt32(truncatingIfNeeded: hash([environment])) & 0xFF_FFFF
    }

    /// Whether a link's name is of the kind that this module gives.
    static func isOurs(_ name: String) -> Bool {
        name.hasPrefix(bridgePrefix) || name.hasPrefix(vethPrefix)
    }

    /// A hash of the parts with their lengths, and a final mix so that every bit counts in the lowest forty.
    static func hash(_ parts: [String]) -> UInt64 {
        var hash = FNVHash<UInt64>()
        for part in parts {
            hash.combine([0, 8, 16, 24].map { UInt8(truncatingIfNeeded: part.utf8.count >> $0) })
            hash.combine(part.utf8)
        }
        var value = hash.value
        value = (value ^ value >> 33) &* 0xFF51_AFD7_ED55_8CCD
        value = (value ^ value >> 33) &* 0xC4CE_B9FE_1A85_EC53
        return value ^ value >> 33
    }
}
