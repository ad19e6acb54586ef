internal import CLinux
internal import Glibc
package import Vocabulary

/// A kind of link that sits on another one and shares its wire; macvlan and ipvlan in ip-link(8).
package enum ChildLink: Hashable, Sendable {
    /// With a hardware address of its own.
    case macvlan(MacvlanMode)
    /// With the hardware address of the link below.
    case ipvlan(IpvlanMode, IpvlanFlag)

    /// Whom a macvlan reaches; `MACVLAN_MODE_*` of if_link.h.
    package enum MacvlanMode: String, Hashable, Sendable, CaseIterable {
        case bridge, `private`, vepa, passthru

        var number: UInt32 {
            switch self {
            case .private: MACVLAN_MODE_PRIVATE.rawValue
            case .vepa: MACVLAN_MODE_VEPA.rawValue
            case .bridge: MACVLAN_MODE_BRIDGE.rawValue
            case .passthru: MACVLAN_MODE_PASSTHRU.rawValue
            }
        }
    }

    /// What an ipvlan forwards by; `IPVLAN_MODE_*` of if_link.h.
    package enum IpvlanMode: String, Hashable, Sendable, CaseIterable {
        case l2, l3, l3s

        var number: UInt16 {
            switch self {
            case .l2: UInt16(IPVLAN_MODE_L2.rawValue)
            case .l3: UInt16(IPVLAN_MODE_L3.rawValue)
            case .l3s: UInt16(IPVLAN_MODE_L3S.rawValue)
            }
        }
    }

    /// Which of its neighbours an ipvlan sees; `IPVLAN_F_*` of if_link.h.
    package enum IpvlanFlag: String, Hashable, Sendable, CaseIterable {
        case bridge, `private`, vepa

        var number: UInt16 {
            switch self {
            case .bridge: 0
            case .private: UInt16(IPVLAN_F_PRIVATE)
            case .vepa: UInt16(IPVLAN_F_VEPA)
            }
        }
    }

    /// As the kernel calls it.
    package var kind: String {
        switch self {
        case .macvlan: "macvlan"
        case .ipvlan: "ipvlan"
        }
    }
}

extension Request {
    /// Creates a link on the one with index `parent`, in another namespace and still down.
    ///
    /// - Parameter mac: of a macvlan; an ipvlan has that of its parent.
    package static func createChild(
        _ name: InterfaceName, _ child: ChildLink, on parent: Int32, mac: MACAddress, in namespace: Int32,
        mtu: UInt32? = nil
    ) -> Request {
        var request = Request("create \(child.kind) \(name)", kind: RTM_NEWLINK, flags: NLM_F_CREATE | NLM_F_EXCL)
        request.linkHeader()
        request.attribute(IFLA_IFNAME, text: name.rawValue)
        request.attribute(IFLA_LINK, integer: parent)
        request.attribute(IFLA_NET_NS_FD, integer: namespace)
        if case .macvlan = child { request.attribute(IFLA_ADDRESS, bytes: mac.bytes) }
        if let mtu { request.attribute(IFLA_MTU, integer: mtu) }
        request.nest(IFLA_LINKINFO) {
            $0.attribute(IFLA_INFO_KIND, text: child.kind)
            $0.nest(IFLA_INFO_DATA) {
                switch child {
                case .macvlan(let mode): $0.attribute(IFLA_MACVLAN_MODE, integer: mode.number)
                case .ipvlan(let mode, let flag):
                    $0.attribute(IFLA_IPVLAN_MODE, integer: mode.number)
                    if flag != .bridge { $0.attribute(IFLA_IPVLAN_FLAGS, integer: flag.number) }
                }
            }
        }
        return request
    }
}
