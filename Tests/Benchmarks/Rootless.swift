import Foundation
import Glibc
import TestSupport

/// What a user without root has of Trice, beside root, and beside Podman of the same user.
final class Rootless {
    private let fixture: Fixture
    private let user: LoneUser
    private let binary: String
    /// The directories of the ten services, of the user and of root.
    private let directories: (user: String, root: String)
    private let published: Transfer
    private var podman: RootlessPodman?
    private(set) var remarks: [String] = []

    private var up: (user: Samples, root: Samples) = (Samples(), Samples())
    private var exec: (user: Samples, root: Samples) = (Samples(), Samples())
    private var down: (user: Samples, root: Samples) = (Samples(), Samples())

    init(fixture: Fixture) throws {
        self.fixture = fixture
        guard let binary = Fixture.binary else { throw TestError("there is no trice to measure") }
        self.binary = binary
        try Contestant.mountRunDirectory(of: fixture)
        guard chmod(fixture.directory, 0o755) == 0 else { throw TestError("chmod \(fixture.directory)") }
        user = try LoneUser(fixture)
        directories = (
            try user.project("ten", Contestant.envfile(name: "\(fixture.id)ten")),
            try fixture.project(Contestant.envfile(name: "\(fixture.id)root"), named: "\(fixture.id)-root").directory
        )
        published = try Transfer(fixture: fixture, user: user, binary: binary)
        do {
            podman = try RootlessPodman(fixture: fixture, user: user)
        } catch {
            let reason = "\(error)".split(separator: "\n").last.map(String.init) ?? ""
            remarks.append("podman of the user: it does not work here (\(reason))")
        }
        for isRoot in [false, true] {
            // The first `up` fills the stores and all caches.
            try measure(trice("up", isRoot: isRoot))
            try measure(trice("down", isRoot: isRoot))
        }
    }

    private func trice(_ arguments: String..., isRoot: Bool) -> Command {
        var command = user.command(
            in: isRoot ? directories.root : directories.user, binary, arguments, isRoot: isRoot)
        if isRoot { command.environment.merge(fixture.environment) { $1 } }
        return command
    }

    func round() throws {
        up.root.add(try measure(trice("up", isRoot: true)))
        exec.root.add(try measure(trice("exec", "-T", "s0", "true", isRoot: true)))
        down.root.add(try measure(trice("down", isRoot: true)))
        up.user.add(try measure(trice("up", isRoot: false)))
        exec.user.add(try measure(trice("exec", "-T", "s0", "true", isRoot: false)))
        down.user.add(try measure(trice("down", isRoot: false)))
        try published.round()
        try podman?.round()
    }

    var rows: [Row] {
        var rows = [
            Row(name: "`up` of ten services : root's", samples: up.user, bar: .ratio(1.5, to: up.root)),
            Row(name: "`exec true` : root's", samples: exec.user, bar: .comparison(exec.root)),
            Row(name: "`down` of ten services : root's", samples: down.user, bar: .comparison(down.root)),
            // Six tenths of the throughput.
            Row(
                name: "\(Transfer.megabytes) MB by a published port : loopback", samples: published.port,
                bar: .ratio(1 / 0.6, to: published.loopback)),
        ]
        guard let podman else {
            return rows + [
                Row(name: "\(Transfer.megabytes) MB by the way out", samples: published.wayOut, bar: .none)
            ]
        }
        rows += [
            Row(name: "`up` of ten services : podman's", samples: up.user, bar: .comparison(podman.up)),
            Row(name: "`exec true` : podman's", samples: exec.user, bar: .comparison(podman.exec)),
            Row(name: "`down` of ten services : podman's", samples: down.user, bar: .comparison(podman.down)),
            Row(
                name: "\(Transfer.megabytes) MB by a published port : podman's", samples: published.port,
                bar: .comparison(podman.port)),
            Row(
                name: "\(Transfer.megabytes) MB by the way out : podman's", samples: published.wayOut,
                bar: .comparison(podman.wayOut)),
        ]
        return rows
    }
}

/// A container of the user from which bytes are fetched by a published port, and which fetches some by its way out.
private final class Transfer {
    static let megabytes = 512

    private let process: Int32
    private let ports: (published: UInt16, host: UInt16)
    /// What `host.docker.internal` is in the container.
    private let host: String
    private(set) var port = Samples()
    private(set) var loopback = Samples()
    private(set) var wayOut = Samples()

    init(fixture: Fixture, user: LoneUser, binary: String) throws {
        let published = try Fixture.freePort()
        ports = (published, try Fixture.freePort(avoiding: [published]))
        let directory = try user.project(
            "net",
            """
            name: \(fixture.id)net
            services:
              web:
                image: bootstrap:busybox
                command: sleep 100000
                stop_grace_period: 0s
                ports: ["\(published):80"]

            """)
        try user.expectSuccess(in: directory, "up")
        process = try Self.process(try user.expectSuccess(in: directory, "status", "--json"))
        host = try Self.address(
            try user.expectSuccess(in: directory, "exec", "-T", "web", "nslookup", "host.docker.internal"))
        let size = "\(Self.megabytes << 20)"
        let servers = [
            try Peer.command("serve", "80", size, inNamespaceOf: process).start(),
            try Peer.command("serve", "\(ports.host)", size, inNamespaceOf: getpid()).start(),
        ]
        fixture.onCleanUp { for server in servers { server.send(SIGKILL) } }
        guard eventually({ (try? Peer.connections(1, to: Endpoint("127.0.0.1", published))) != nil }) else {
            throw TestError("the published port does not answer.")
        }
    }

    /// The first process of the only container of a report.
    private static func process(_ report: String) throws -> Int32 {
        struct Report: Decodable {
            struct Service: Decodable { var pid: Int32? }
            var services: [Service]
        }
        let services = try JSONDecoder().decode(Report.self, from: Data(report.utf8)).services
        guard let process = services.first?.pid else { throw TestError("the service does not run") }
        return process
    }

    func round() throws {
        let bytes = Self.megabytes << 20
        loopback.add(try Peer.download(from: Endpoint("127.0.0.1", ports.host), bytes: bytes))
        port.add(try Peer.download(from: Endpoint("127.0.0.1", ports.published), bytes: bytes))
        wayOut.add(try Self.fetch(from: host, ports.host, inNamespaceOf: process))
    }

    /// The last IPv4 address that nslookup(1) prints.
    private static func address(_ answer: String) throws -> String {
        let lines = answer.split(separator: "\n").filter { $0.hasPrefix("Address") }
        let address = lines.compactMap { $0.split(separator: " ").first { $0.wholeMatch(of: /[0-9.]+/) != nil } }.last
        guard let address else { throw TestError("the container does not know host.docker.internal: \(answer)") }
        return String(address)
    }

    /// A download from the host in the network namespace of a process.
    static func fetch(from address: String, _ port: UInt16, inNamespaceOf process: Int32) throws -> Duration {
        let output = try Peer.command(
            "fetch", address, "\(port)", "\(megabytes << 20)", inNamespaceOf: process
        ).run(timeout: .seconds(60))
        guard output.succeeded, let nanoseconds = Int64(output.standardOutput.prefix { $0.isNumber }) else {
            throw TestError(output.description)
        }
        return .nanoseconds(nanoseconds)
    }
}

/// Podman of the same user, with the same ten services.
private final class RootlessPodman {
    private let user: LoneUser
    private let image: String
    private let names: [String]
    private let ports: [UInt16]
    private let host: UInt16
    private(set) var up = Samples()
    private(set) var exec = Samples()
    private(set) var down = Samples()
    private(set) var wayOut = Samples()
    private(set) var port = Samples()

    init(fixture: Fixture, user: LoneUser) throws {
        self.user = user
        image = "\(fixture.id)-busybox"
        names = (0..<serviceCount).map { "\(fixture.id)-\($0)" }
        var ports: [UInt16] = []
        for _ in names { ports.append(try Fixture.freePort(avoiding: Set(ports))) }
        self.ports = ports
        host = try Fixture.freePort(avoiding: Set(ports))
        let script = """
            mkdir -p image/bin && cp "$(command -v busybox)" image/bin/busybox
            for name in sh sleep true; do ln -sf busybox image/bin/$name; done
            tar -C image -c . | podman import - \(image)
            """
        try measure(user.command(in: user.home, "sh", ["-ec", script]))
        fixture.onCleanUp {
            _ = try user.command(in: user.home, "podman", ["rm", "-f", "-a", "-t", "0"]).run()
            // Podman keeps its namespaces by a process that does not end.
            for (pid, line) in try user.processes() where line.contains("podman") || line.contains("catatonit") {
                kill(pid, SIGKILL)
            }
        }
        let server = try Peer.command(
            "serve", "\(host)", "\(Transfer.megabytes << 20)", inNamespaceOf: getpid()
        ).start()
        fixture.onCleanUp { server.send(SIGKILL) }
    }

    private func podman(_ arguments: [String]) -> Command { user.command(in: user.home, "podman", arguments) }

    func round() throws {
        up.add(
            try measureTwoAtATime(
                zip(names, ports).map { name, port in
                    podman([
                        "run", "-d", "--cgroups=disabled", "--network", "slirp4netns:allow_host_loopback=true",
                        "--name", name, "-p", "127.0.0.1:\(port):80", image, "/bin/sleep", "100000",
                    ])
                }))
        exec.add(try measure(podman(["exec", names[0], "/bin/true"])))
        let process = try podman(["inspect", "-f", "{{.State.Pid}}", names[0]]).run().standardOutput
        guard let process = Int32(process.prefix { $0.isNumber }) else { throw TestError("podman shows no process") }
        // The host's loopback, by slirp4netns(1).
        wayOut.add(try Transfer.fetch(from: "10.0.2.2", host, inNamespaceOf: process))
        port.add(try download(process))
        down.add(try measure(podman(["rm", "-f", "-t", "0"] + names)))
    }
}

extension RootlessPodman {
    /// By the published port of the first container, from a server in the network namespace of its process.
    private func download(_ process: Int32) throws -> Duration {
        let bytes = Transfer.megabytes << 20
        let server = try Peer.command("serve", "80", "\(bytes)", inNamespaceOf: process).start()
        defer { server.send(SIGKILL) }
        let endpoint = Endpoint("127.0.0.1", ports[0])
        guard eventually({ (try? Peer.connections(1, to: endpoint)) != nil }) else {
            throw TestError("the published port of podman does not answer.")
        }
        return try Peer.download(from: endpoint, bytes: bytes)
    }
}

/// What Trice costs a user without root; prints the table.
/// - Returns: Its rows.
func measureRootless(_ fixture: Fixture, rounds: Int) throws -> [Row] {
    let rootless = try Rootless(fixture: fixture)
    for _ in 0..<rounds { try rootless.round() }
    print(
        """
        A user without root: ten services as above, \(Transfer.megabytes) MB by a published port and by the way out to a server on the
        host, beside root, a connection by loopback, and podman of the same user. Each command is started by unshare(1) and
        setpriv(1), root's too.
        Median of \(rounds) rounds (lowest–highest).

        """)
    print(table([["", "user", "other", "ratio", "bar", ""]] + rootless.rows.map(\.cells)))
    for remark in rootless.remarks { print(remark) }
    return rootless.rows
}
