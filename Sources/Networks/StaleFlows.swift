internal import Netlink
package import Vocabulary

/// Finds the tracked flows that lead elsewhere than the published ports do now.
///
/// The kernel decides at the first packet of a flow where it leads. UDP has no end of a connection: a client that goes on
/// sending keeps its flow, and with it the former container, for as long as it does.
package struct StaleFlows: Sendable {
    /// The published ports as they are now.
    let ports: [PublishedPort]
    /// The subnets of the environment, those of networks that go too.
    let subnets: [IPv4Network]
    /// The addresses of the host.
    let localAddresses: Set<IPv4Address>

    /// Whether a flow leads to another place than a new one of the same client would.
    func contains(_ flow: TrackedFlow) -> Bool {
        let wanted = flow.original.destination
        // What passes through the host, and what the loopback's proxy serves, is not translated.
        guard flow.transport == .udp, localAddresses.contains(wanted), !wanted.isLoopback else { return false }
        if let port = port(for: flow.original) {
            return flow.reply.source != port.containerAddress
                || flow.reply.sourcePort != port.containerPort.rawValue
        }
        let isTranslated = flow.reply.source != wanted || flow.reply.sourcePort != flow.original.destinationPort
        return isTranslated && subnets.contains { $0.contains(flow.reply.source) }
    }

    /// The published port that serves a packet: that of its own address goes before that of every address.
    private func port(for direction: TrackedFlow.Direction) -> PublishedPort? {
        let candidates = ports.filter { $0.transport == .udp && $0.hostPort.rawValue == direction.destinationPort }
        return candidates.first { $0.hostAddress == direction.destination }
            ?? candidates.first { $0.hostAddress == nil }
    }

    /// Has the kernel forget the flows of an environment that lead elsewhere than they should, in the calling thread's
    /// network namespace. To be called after the rules are what they should be.
    package static func forget(ports: [PublishedPort], subnets: [IPv4Network]) throws(NetworkError) {
        do throws(NetlinkError) {
            let socket = try NetlinkSocket(.netfilter)
            guard let flows = try socket.flows(), !flows.isEmpty else { return }
            let addresses = try NetlinkSocket().addresses()
            var local: Set<IPv4Address> = []
            for case .v4(let address) in addresses.map(\.address) { local.insert(address) }
            let stale = StaleFlows(ports: ports, subnets: subnets, localAddresses: local)
            try socket.forget(flows.filter(stale.contains))
        } catch {
            throw NetworkError("forget the flows of former published ports", error)
        }
    }
}
