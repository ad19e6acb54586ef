import Foundation
import Glibc
import TestSupport

/// What a published port, a name and an attachment cost, each beside the same without Trice.
final class Networking {
    private let fixture: Fixture
    private let ports: (loopback: UInt16, host: UInt16)
    /// An address of the host's own beside loopback; without one the kernel's path cannot be measured.
    private let hostAddress: String?
    private let address: String

    static let megabytes = 1024
    static let connectionCount = 2000
    static let lookUpCount = 5000
    static let portCount = 200

    private var transfer: [Way: Samples] = [:]
    private var connecting: [Way: Samples] = [:]
    private var ownNames = Samples()
    private var peerNames = Samples()
    private var publishing = Samples()
    private(set) var remarks: [String] = []
    private let resolver: Resolver
    private let dockerProxy: DockerProxy?
    private let attaching: Attaching

    enum Way: CaseIterable { case direct, loopback, host, dockerProxy }

    init(fixture: Fixture) throws {
        self.fixture = fixture
        try Contestant.mountRunDirectory(of: fixture)
        let loopback = try Fixture.freePort()
        let host = try Fixture.freePort(avoiding: [loopback])
        let hostAddress = try Self.hostAddress()
        var published = ["\"127.0.0.1:\(loopback):80\""]
        if let hostAddress { published.append("\"\(hostAddress):\(host):80\"") }
        let project = try fixture.project(
            "name: \(fixture.id)\nservices:\n  web:\n    image: bootstrap:busybox\n    command: sleep 100000\n"
                + "    stop_grace_period: 0s\n    ports: [\(published.joined(separator: ", "))]\n",
            named: "\(fixture.id)-net")
        try project.expectSuccess("up")
        let web = try project.status().service("web")
        guard let process = web.pid, let address = web.address else { throw TestError("web does not run") }
        self.address = address
        self.hostAddress = hostAddress
        ports = (loopback, host)
        let server = try Peer.command("serve", "80", "\(Self.megabytes << 20)", inNamespaceOf: process).start()
        fixture.onCleanUp { server.send(SIGKILL) }
        resolver = try Resolver(fixture: fixture, process: process)
        guard eventually({ (try? Peer.connections(1, to: Endpoint(address, 80))) != nil }) else {
            throw TestError("the server does not answer.")
        }
        dockerProxy = try DockerProxy(
            fixture: fixture, to: Endpoint(address, 80), avoiding: [loopback, host])
        attaching = try Attaching(fixture: fixture)
        if dockerProxy == nil {
            remarks.append("There is no docker-proxy, and Debian's mirror does not answer: it is not measured.")
        }
        if hostAddress == nil {
            remarks.append("The host has no address of its own: the kernel's path is not measured.")
        }
        remarks.append(resolver.remark)
    }

    /// The first address of a link that is up, loopback left out.
    private static func hostAddress() throws -> String? {
        let output = try Command("ip", ["-o", "-4", "address", "show", "scope", "global", "up"]).run()
        // 2: eth0    inet 192.0.2.2/24 …
        return output.standardOutput.split(separator: "\n").first
            .flatMap { $0.split(separator: " ").first { $0.contains("/") } }
            .map { String($0.prefix { $0 != "/" }) }
    }

    private func endpoint(_ way: Way) -> Endpoint? {
        switch way {
        case .direct: Endpoint(address, 80)
        case .loopback: Endpoint("127.0.0.1", ports.loopback)
        case .host: hostAddress.map { Endpoint($0, ports.host) }
        case .dockerProxy: dockerProxy?.endpoint
        }
    }

    func round(_ number: Int) throws {
        for way in number.isMultiple(of: 2) ? Way.allCases : Way.allCases.reversed() {
            guard let endpoint = endpoint(way) else { continue }
            transfer[way, default: Samples()].add(
                try Peer.download(from: endpoint, bytes: Self.megabytes << 20))
            connecting[way, default: Samples()].add(try Peer.connections(Self.connectionCount, to: endpoint))
        }
        ownNames.add(try resolver.ask("127.0.0.11", 53, "web"))
        peerNames.add(try resolver.askPeer("web"))
        try attaching.round(number)
        try roundOfPorts()
    }

    // MARK: - Ports

    private func upTime(_ text: String, named name: String) throws -> Duration {
        let project = try fixture.project("name: \(fixture.id)\(name)\n" + text, named: "\(fixture.id)-\(name)")
        let time = try measure(project.command(["up"]))
        try measure(project.command(["down"]))
        return time
    }

    private func service(_ keys: String) -> String {
        "services:\n  s: {image: \"bootstrap:busybox\", command: sleep 100000, stop_grace_period: 0s, \(keys)}\n"
    }

    private func roundOfPorts() throws {
        let first = 20_000
        let many = try upTime(
            service("ports: [\"\(first)-\(first + Self.portCount - 1):1000-\(999 + Self.portCount)\"]"),
            named: "many")
        let one = try upTime(service("ports: [\"\(first):1000\"]"), named: "one")
        publishing.add(many - one)
    }

    var rows: [Row] {
        func samples(_ all: [Way: Samples], _ way: Way) -> Samples { all[way] ?? Samples() }
        // At least nine tenths of the throughput.
        let most = 1.11
        var rows = [
            Row(
                name: "\(Self.megabytes) MB by 127.0.0.1 : direct", samples: samples(transfer, .loopback),
                bar: .comparison(samples(transfer, .direct))),
            Row(
                name: "\(Self.connectionCount) connections by 127.0.0.1 : direct",
                samples: samples(connecting, .loopback),
                bar: .comparison(samples(connecting, .direct))),
        ]
        if dockerProxy != nil {
            rows += [
                Row(
                    name: "\(Self.megabytes) MB by 127.0.0.1 : docker-proxy", samples: samples(transfer, .loopback),
                    bar: .comparison(samples(transfer, .dockerProxy))),
                Row(
                    name: "\(Self.connectionCount) connections by 127.0.0.1 : docker-proxy",
                    samples: samples(connecting, .loopback), bar: .comparison(samples(connecting, .dockerProxy))),
            ]
        }
        if hostAddress != nil {
            rows += [
                Row(
                    name: "\(Self.megabytes) MB by the host's address : direct", samples: samples(transfer, .host),
                    bar: .ratio(most, to: samples(transfer, .direct))),
                Row(
                    name: "\(Self.connectionCount) connections by the host's address : direct",
                    samples: samples(connecting, .host), bar: .ratio(most, to: samples(connecting, .direct))),
            ]
        }
        rows += [
            Row(
                name: "\(Self.lookUpCount) look-ups : \(resolver.peerName)", samples: ownNames,
                bar: resolver.isRealPeer ? .ratio(1.5, to: peerNames) : .comparison(peerNames)),
            Row(
                name: "attaching a container : the kernel's part", samples: attaching.trice,
                bar: .difference(2, to: attaching.floor)),
            Row(name: "\(Self.portCount) ports", samples: publishing, bar: .milliseconds(50)),
        ]
        return rows
    }
}
