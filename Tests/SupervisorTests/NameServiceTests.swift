import CLinux
import Glibc
import LinuxSystem
import Names
import SupervisorProtocol
import SystemPackage
import TestSupport
import Testing
import Vocabulary

@testable import Supervisor

/// The resolver in the namespace of a container, with a name server of the host that the test plays.
@Suite(.timeLimit(.minutes(2)), .serialized, .enabled("network namespaces need root") { try Requirement.met(.root) })
struct NameServiceTests {
    /// A supervisor whose host has a resolv.conf of the test's.
    private final class Scene {
        let fixture: Fixture
        let resolvConf: FilePath
        private(set) var client: SupervisorClient
        let namespace: SharedDescriptor

        init(_ fixture: Fixture, _ zone: Zone, servers: String) throws {
            self.fixture = fixture
            resolvConf = fixture.root.appending("resolv.conf")
            try Files.write(servers.utf8, to: resolvConf)
            try ZoneFile.write(zone, in: fixture.run)
            client = try Self.start(fixture, resolvConf)
            namespace = SharedDescriptor(try NetworkNamespace.create())
            let descriptor = namespace.rawValue
            try NetworkNamespace.run(in: namespace.descriptor) { () throws(SystemError) in try Self.bringLoopbackUp() }
            let path = try client.hold([("web-1", descriptor)])["web-1"]
            let prefix = ["/usr/bin/nsenter", "--net=\(try #require(path))"]
            let pid = try fixture.start(client, fixture.request("web-1", "exec sleep 100", prefix: prefix))
            // The runtime of these tests enters the namespace after the start.
            var own = stat()
            fstat(namespace.rawValue, &own)
            try #require(
                eventually {
                    (try? Files.status(FilePath("/proc/\(pid)/ns/net"), followingLinks: true))?.inode
                        == UInt64(own.st_ino)
                })
        }

        private static func start(_ fixture: Fixture, _ resolvConf: FilePath) throws -> SupervisorClient {
            let script = "mount --bind \"$0\" /etc/resolv.conf && exec \"$@\""
            let command =
                ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", script, resolvConf.string] + (try fixture.command)
            let client = try SupervisorClient.connect(orStarting: command, runDirectory: fixture.run)
            fixture.addSupervisor(client.pid)
            return client
        }

        /// Kills the supervisor and starts another one.
        func restart() throws {
            try fixture.crash(client)
            client = try Self.start(fixture, resolvConf)
        }

        /// ip(8) is a program of its own; the flag is set as netdevice(7) says.
        private static func bringLoopbackUp() throws(SystemError) {
            let fd = Glibc.socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
            defer { close(fd) }
            var request = [UInt8](repeating: 0, count: 40)
            request[0] = UInt8(ascii: "l")
            request[1] = UInt8(ascii: "o")
            request[16] = UInt8(IFF_UP | IFF_RUNNING)
            try systemCall("ioctl", "lo") { ioctl(fd, UInt(SIOCSIFFLAGS), &request) }
        }

        /// A connected socket in the container's namespace.
        func socket(_ transport: Transport = .udp) throws -> DNSSocket {
            DNSSocket(
                try NetworkNamespace.run(in: namespace.descriptor) { () throws(SystemError) -> SharedDescriptor in
                    let address = SocketAddress(.v4(ResolverConfiguration.resolver), port: 53)
                    let socket = try address.makeSocket(transport)
                    try socket.setNonblocking(false)
                    let fd = socket.rawValue
                    try systemCall("connect", "127.0.0.11") { address.withRaw { connect(fd, $0, $1) } }
                    return SharedDescriptor(socket)
                }, transport)
        }
    }

    /// Sends and receives messages; a receipt waits for three seconds at most.
    private final class DNSSocket {
        /// What was received of the next messages.
        private var rest: [UInt8] = []
        let socket: SharedDescriptor
        let transport: Transport

        init(_ socket: SharedDescriptor, _ transport: Transport) {
            self.socket = socket
            self.transport = transport
            var limit = timeval(tv_sec: 3, tv_usec: 0)
            setsockopt(socket.rawValue, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        }

        func send(_ message: Message) throws {
            let bytes = message.encoded()
            let length: [UInt8] = transport == .tcp ? [UInt8(bytes.count >> 8), UInt8(bytes.count & 0xFF)] : []
            try socket.descriptor.write(length + bytes)
        }

        func receive() throws -> Message {
            guard transport == .tcp else { return try Message(try socket.descriptor.read()) }
            func isWhole() -> Bool { rest.count >= 2 && rest.count >= 2 + (Int(rest[0]) << 8 | Int(rest[1])) }
            while !isWhole() {
                let part = try socket.descriptor.read()
                try #require(!part.isEmpty, "the connection ended")
                rest += part
            }
            let end = 2 + (Int(rest[0]) << 8 | Int(rest[1]))
            defer { rest.removeFirst(end) }
            return try Message(Array(rest[2..<end]))
        }

        func ask(_ name: String, _ type: RecordType = .a) throws -> Message {
            try send(question(name, type))
            return try receive()
        }

        func question(_ name: String, _ type: RecordType = .a, id: UInt16 = .random(in: 0...UInt16.max)) throws
            -> Message
        {
            var message = Message(id: id)
            message.wantsRecursion = true
            message.questions = [Question(try #require(DomainName(name)), type)]
            return message
        }
    }

    /// A name server of the host.
    private final class Server {
        let socket: SharedDescriptor

        init(_ address: String, _ transport: Transport = .udp) throws {
            let place = SocketAddress(try IPAddress(address), port: 53)
            let owned = try place.makeSocket(transport)
            try owned.setNonblocking(false)
            let fd = owned.rawValue
            try SocketOption.set(fd, SOL_SOCKET, SO_REUSEADDR)
            try systemCall("bind", address) { place.withRaw { bind(fd, $0, $1) } }
            if transport == .tcp { try systemCall("listen", address) { listen(fd, 5) } }
            var limit = timeval(tv_sec: 3, tv_usec: 0)
            setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
            socket = SharedDescriptor(owned)
        }

        /// Takes one question and answers it.
        func serve(_ change: (inout Message) throws -> Void) throws {
            var storage = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            var buffer = [UInt8](repeating: 0, count: 4096)
            let fd = socket.rawValue
            let count = withUnsafeMutablePointer(to: &storage) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    recvfrom(fd, &buffer, buffer.count, 0, $0, &length)
                }
            }
            try #require(count > 0, "no question came")
            var message = try Message(Array(buffer[..<count]))
            message.isResponse = true
            try change(&message)
            let bytes = message.encoded()
            let sender = try #require(SocketAddress(storage))
            _ = sender.withRaw { sendto(fd, bytes, bytes.count, 0, $0, $1) }
        }

        /// Takes one connection with one question and answers it.
        func serveConnection(_ change: (inout Message) throws -> Void) throws {
            let fd = try systemCall("accept", "tcp") { accept(socket.rawValue, nil, nil) }
            let connection = DNSSocket(SharedDescriptor(OwnedDescriptor(owning: fd)), .tcp)
            var message = try connection.receive()
            message.isResponse = true
            try change(&message)
            try connection.send(message)
        }
    }

    private func zone(_ change: (inout Zone) throws -> Void = { _ in }) throws -> Zone {
        var zone = Zone()
        zone.networks["default"] = Zone.Network(
            fullName: "shop_default", ipv4Subnets: [try IPv4Network("10.1.0.0/24")])
        zone.hosts["web-1"] = Zone.Host(
            memberships: [
                Zone.Membership(
                    network: "default", addresses: [try IPAddress("10.1.0.2")], names: ["shop-web-1", "web"])
            ], gateways: [try IPAddress("10.1.0.1")])
        try change(&zone)
        return zone
    }

    private func scene(
        _ servers: String = "nameserver 127.77.0.1\n", _ change: (inout Zone) throws -> Void = { _ in },
        _ body: (Scene) throws -> Void
    ) throws {
        try Fixture.with { fixture in try body(try Scene(fixture, try zone(change), servers: servers)) }
    }

    private func add(_ address: String, to message: inout Message) throws {
        message.answers = [ResourceRecord(name: message.questions[0].name, address: try IPAddress(address))]
    }

    @Test func ownNamesByBothTransports() throws {
        try scene { scene in
            for transport in [Transport.udp, .tcp] {
                let socket = try scene.socket(transport)
                #expect(try socket.ask("web").answers.map(\.address) == [IPAddress(parsing: "10.1.0.2")])
                #expect(try socket.ask("WEB.default").answers.count == 1)
                #expect(try socket.ask("web", .aaaa).answers.isEmpty)
                #expect(
                    try socket.ask("2.0.1.10.in-addr.arpa", .ptr).answers.first?.pointer?.key
                        == "shop-web-1.shop_default")
            }
            // Several questions on one connection.
            let socket = try scene.socket(.tcp)
            let question = try socket.question("web", id: 5)
            try socket.send(question)
            try socket.send(try socket.question("web", id: 6))
            let answers = Set([try socket.receive().id, try socket.receive().id])
            #expect(answers == [5, 6])
        }
    }

    @Test func namesFollowAtOnce() throws {
        try scene { scene in
            let socket = try scene.socket()
            var next = try zone()
            next.hosts["web-1"]?.memberships[0].names.append("site")
            next.hosts["db-1"] = next.hosts["web-1"]
            next.hosts["db-1"]?.memberships[0].names = ["db"]
            try ZoneFile.write(next, in: scene.fixture.run)
            #expect(try socket.ask("site").answers.count == 1)
            // It has a name when it runs.
            #expect(try socket.ask("db").code == .noSuchName)
            try scene.fixture.start(scene.client, scene.fixture.request("db-1", "exec sleep 100"))
            #expect(try socket.ask("db").answers.count == 1)
            _ = try scene.client.stop([StopOrder(name: "db-1", graceMilliseconds: 0)])
            #expect(try socket.ask("db").code == .noSuchName)
        }
    }

    @Test func theNextSupervisorServesAgain() throws {
        try scene { scene in
            #expect(try scene.socket().ask("web").answers.count == 1)
            try scene.restart()
            for transport in [Transport.udp, .tcp] {
                #expect(try scene.socket(transport).ask("web").answers.count == 1)
            }
            // What is forgotten has no resolver.
            _ = try scene.client.stop([StopOrder(name: "web-1", graceMilliseconds: 0)])
            try scene.client.forget("web-1")
            #expect(throws: SystemError.self) { () throws in _ = try scene.socket().ask("web") }
        }
    }

    @Test func otherNamesAreAskedOfTheHost() throws {
        try scene { scene in
            let server = try Server("127.77.0.1")
            let socket = try scene.socket()
            try socket.send(try socket.question("example.com", id: 77))
            try server.serve { message in
                #expect(message.questions[0].name.key == "example.com" && message.wantsRecursion)
                try add("192.0.2.80", to: &message)
            }
            let answer = try socket.receive()
            #expect(answer.id == 77 && answer.answers.map(\.address) == [IPAddress(parsing: "192.0.2.80")])

            // The file of the host as it is now.
            let second = try Server("127.77.0.2")
            try OwnedDescriptor.open(scene.resolvConf, O_WRONLY | O_TRUNC).write(
                "# a VPN came up\nnameserver 127.77.0.2\n".utf8)
            try socket.send(try socket.question("vpn.example"))
            try second.serve { try add("192.0.2.81", to: &$0) }
            #expect(try socket.receive().answers.count == 1)
        }
    }

    @Test func anAnswerThatIsTooLongComesByTCP() throws {
        try scene { scene in
            let server = try Server("127.77.0.1")
            let socket = try scene.socket()
            try socket.send(try socket.question("big.example"))
            try server.serve { message in
                message.answers = try (0..<60).map { number in
                    ResourceRecord(name: message.questions[0].name, address: try IPAddress("192.0.2.\(number)"))
                }
            }
            #expect(try socket.receive().isTruncated)
            let listener = try Server("127.77.0.1", .tcp)
            let connection = try scene.socket(.tcp)
            try connection.send(try connection.question("big.example"))
            try listener.serveConnection { message in
                message.answers = try (0..<60).map { number in
                    ResourceRecord(name: message.questions[0].name, address: try IPAddress("192.0.2.\(number)"))
                }
            }
            #expect(try connection.receive().answers.count == 60)
        }
    }

    @Test func aServerThatFailsOrIsSilentIsReplaced() throws {
        try scene("nameserver 127.77.0.1\nnameserver 127.77.0.2\nnameserver 127.77.0.3\n") { scene in
            // Nothing listens at the first, the second refuses, the third answers.
            let second = try Server("127.77.0.2")
            let third = try Server("127.77.0.3")
            let socket = try scene.socket()
            let start = ContinuousClock.now
            try socket.send(try socket.question("example.com"))
            try second.serve { $0.code = .refused }
            try third.serve { try add("192.0.2.1", to: &$0) }
            #expect(try socket.receive().answers.count == 1)
            #expect(start.duration(to: .now) < .milliseconds(900))

            // The first two are silent: the third is asked two seconds later, and first from then on.
            let first = try Server("127.77.0.1")
            try socket.send(try socket.question("other.example"))
            try third.serve { try add("192.0.2.2", to: &$0) }
            #expect(try socket.receive().answers.count == 1)
            let again = ContinuousClock.now
            try socket.send(try socket.question("third.example"))
            try third.serve { try add("192.0.2.3", to: &$0) }
            #expect(try socket.receive().answers.count == 1)
            #expect(again.duration(to: .now) < .milliseconds(900))
            withExtendedLifetime(first) {}
        }
    }

    @Test func aFailureIsTold() throws {
        try scene { scene in
            // Nothing listens.
            for transport in [Transport.udp, .tcp] {
                let answer = try scene.socket(transport).ask("example.com")
                #expect(answer.code == .serverFailure)
            }
        }
        try scene("nameserver 127.77.0.1\n", { $0.hosts["web-1"]?.forwards = false }) { scene in
            let server = try Server("127.77.0.1")
            #expect(try scene.socket().ask("example.com").code == .noSuchName)
            var buffer = [UInt8](repeating: 0, count: 16)
            #expect(recv(server.socket.rawValue, &buffer, 16, Int32(MSG_DONTWAIT)) < 0)
        }
    }

    /// `dns:` names the servers in place of the host's; those on the loopback are the container's own.
    @Test func theServersOfAContainer() throws {
        try scene("nameserver 127.77.0.9\n", { $0.hosts["web-1"]?.servers = [try IPAddress("127.77.0.1")] }) { scene in
            let socket = try scene.socket()
            let server = try NetworkNamespace.run(in: scene.namespace.descriptor) {
                () throws(SystemError) -> SharedDescriptor in
                let place = SocketAddress(.v4(IPv4Address(rawValue: 0x7F4D_0001)), port: 53)
                let owned = try place.makeSocket(.udp)
                let fd = owned.rawValue
                try systemCall("bind", "127.77.0.1") { place.withRaw { bind(fd, $0, $1) } }
                return SharedDescriptor(owned)
            }
            try socket.send(try socket.question("example.com"))
            var buffer = [UInt8](repeating: 0, count: 512)
            #expect(eventually { recv(server.rawValue, &buffer, 512, 0) > 12 })
        }
    }

    /// A server of the container's own at port 53 on all addresses keeps its port.
    @Test func aContainerThatServesNamesItself() throws {
        try scene("nameserver 127.77.0.1\n", { $0.hosts["web-1"]?.servesNames = true }) { scene in
            try NetworkNamespace.run(in: scene.namespace.descriptor) { () throws(SystemError) in
                for transport in [Transport.udp, .tcp] {
                    let place = SocketAddress(.v4(.any), port: 53)
                    let owned = try place.makeSocket(transport)
                    let fd = owned.rawValue
                    try SocketOption.set(fd, SOL_SOCKET, SO_REUSEADDR)
                    try systemCall("bind", "0.0.0.0") { place.withRaw { bind(fd, $0, $1) } }
                    if transport == .tcp { try systemCall("listen", "0.0.0.0") { listen(fd, 5) } }
                }
            }
            #expect(try scene.socket().ask("web").answers.count == 1)
        }
    }

    @Test func rubbishDoesNoHarm() throws {
        try scene { scene in
            let socket = try scene.socket()
            var random = FuzzRandom(seed: 5)
            for count in 0..<400 {
                let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
                try socket.socket.descriptor.write(bytes)
            }
            let connection = try scene.socket(.tcp)
            try connection.socket.descriptor.write([0, 3, 1, 2, 3, 255, 255, 9])
            // The kernel may drop a question behind so many others; a resolver asks again.
            #expect(eventually { (try? scene.socket().ask("web").answers.count) == 1 })
            // More connections than one container may have: the others are closed.
            let many = try (0..<40).map { _ in try scene.socket(.tcp) }
            #expect(try scene.socket().ask("web").answers.count == 1)
            #expect(many.count == 40)
        }
    }
}
