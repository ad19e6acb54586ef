import Envfile
import Execution
import LinuxSystem
import Netlink
import Networks
import Store
import TestSupport
import Vocabulary
import Workspaces

/// What it takes to attach containers to a network: with all that Trice records, reads and plans for it, and with nothing
/// but the requests to the kernel. Both in this process, each in a new namespace.
final class Attaching {
    private let workspace: Workspace
    private let networks: NetworkOperations
    private let bare: BareAttachments
    private let service: ServiceName = "web"
    private let network: NetworkName = "front"

    static let count = 50

    /// For one container.
    private(set) var trice = Samples()
    private(set) var floor = Samples()

    init(fixture: Fixture) throws {
        let directory = "\(fixture.directory)/attaching"
        // The records lie in memory, as below /run.
        try measure(
            Command("sh", ["-ec", "mkdir -p \(directory); mount -t tmpfs -o mode=755 tmpfs \(directory)"]))
        fixture.onCleanUp { try measure(Command("umount", [directory])) }
        let request = ProjectRequest(
            files: [], projectName: nil, profiles: [], runtime: nil,
            processEnvironment: [
                "TRICE_STATE_DIRECTORY": directory + "/state", "TRICE_RUN_DIRECTORY": directory + "/run",
            ], userID: 0, workingDirectory: directory, version: "1.0.0")
        let host = try Host(
            layout: Layout(environment: request.processEnvironment, userID: 0), request: request, settings: Settings())
        let workspace = Workspace(id: EnvironmentID(recorded: "\(fixture.id)-attach"), host: host)
        let networks = NetworkOperations(workspace: workspace)
        self.workspace = workspace
        self.networks = networks
        bare = try BareAttachments(name: String(fixture.id.suffix(8)))
        let bridge = bare.bridge
        fixture.onCleanUp { _ = try NetlinkSocket().perform(.deleteLink(bridge)) }
        try networks.create(Network(name: network))
        let name = network
        fixture.onCleanUp { try networks.remove(name) }
    }

    func round(_ number: Int) throws {
        if number.isMultiple(of: 2) { floor.add(try bare.attach(Self.count) / Self.count) }
        trice.add(try attach() / Self.count)
        if !number.isMultiple(of: 2) { floor.add(try bare.attach(Self.count) / Self.count) }
    }

    private func attach() throws -> Duration {
        let store = workspace.host.runtime
        for number in 1...Self.count {
            try store.insert(
                ContainerRecord(
                    environmentID: workspace.id, service: service, number: number, runtimeID: "\(service)-\(number)",
                    runtime: "/usr/bin/crun", imageID: "", fingerprint: "{}", createdAt: 0))
        }
        let clock = ContinuousClock()
        let socket = try NetlinkSocket()
        var sum = Duration.zero
        for number in 1...Self.count {
            let start = clock.now
            _ = try store.claimAddress(
                environmentID: workspace.id, network: network, service: service, number: number)
            let namespace = try networks.prepare(
                ContainerID(service: service, number: number), try workspace.records())
            sum += clock.now - start
            // A namespace takes its links away some time after its end.
            try BridgeNetwork.detach(
                InterfaceNaming.veth(
                    environment: workspace.id.text, network: network.rawValue, container: "\(service)-\(number)"),
                over: socket)
            _ = consume namespace
        }
        for number in 1...Self.count {
            try store.deleteContainer(environmentID: workspace.id, service: service, number: number)
        }
        return sum
    }
}

/// The requests to the kernel for a container on a bridge.
private struct BareAttachments {
    let bridge: InterfaceName
    private let index: Int32

    init(name: String) throws {
        bridge = try InterfaceName("\(name)br")
        let socket = try NetlinkSocket()
        _ = try socket.perform(
            .createBridge(bridge, mac: try MACAddress("02:54:0a:fe:fe:01"), group: 0x7400_0000))
        guard let link = try socket.link(bridge) else { throw TestError("the bridge went away at once") }
        index = link.index
        _ = try socket.perform(.addAddress(try IPv4Address("10.254.254.1"), prefixLength: 24, to: index))
    }

    /// - Returns: what all took.
    func attach(_ count: Int) throws -> Duration {
        let clock = ContinuousClock()
        let socket = try NetlinkSocket()
        let gateway = IPAddress.v4(try IPv4Address("10.254.254.1"))
        let own = try InterfaceName("\(bridge.rawValue.dropLast(2))v")
        var sum = Duration.zero
        for number in 0..<count {
            let address = try IPv4Address("10.254.254.\(number + 2)")
            let start = clock.now
            let namespace = try NetworkNamespace.create()
            let inside = try NetlinkSocket(in: namespace)
            try perform(
                [
                    .createVeth(
                        own, master: index, group: 0x7400_0000, peer: .eth0, peerMAC: MACAddress(for: address),
                        peerNamespace: namespace), .setHairpin(own),
                ], socket)
            let results = try inside.perform([.setUp(.loopback), .link(.eth0), .setUp(.eth0)])
            guard let link = try results[1].get().first?.link() else { throw TestError("eth0 went away at once") }
            try perform(
                [
                    .addAddress(address, prefixLength: 24, to: link.index),
                    .addDefaultRoute(through: gateway, by: link.index),
                ], inside)
            sum += clock.now - start
            _ = try socket.perform(.deleteLink(own))
        }
        return sum
    }

    private func perform(_ requests: [Request], _ socket: borrowing NetlinkSocket) throws {
        for result in try socket.perform(requests) { _ = try result.get() }
    }
}
