/// What only root can do: why a test is left out where `trice` belongs to a user. The page docs/rootless.md lists these
/// reasons with their tests, and a test holds it against the tests.
package enum RootNeed: String, CaseIterable, Sendable {
    case controlGroups, freezing, deviceNodes, hostLinks, gateway, idmaps, sudo, otherUser, wholeProc

    package var reason: String {
        switch self {
        case .controlGroups: "limits are in force in control groups, which a user has from systemd only"
        case .freezing: "`pause` takes a control group, which a user has from systemd only"
        case .deviceNodes: "a user makes no device nodes"
        case .hostLinks: "`macvlan` and `ipvlan` are on links of the host"
        case .gateway: "the gateway of a user's network is no address of the host"
        case .sudo: "it is about `sudo trice`"
        case .otherUser: "it is about another user's directory"
        case .wholeProc: "a user mounts no `/proc` while something is mounted upon a file of it"
        case .idmaps: "the kernel maps the owners of a folder for root only"
        }
    }
}
