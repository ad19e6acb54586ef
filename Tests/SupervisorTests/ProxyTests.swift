import CLinux
import Glibc
import LinuxSystem
import SupervisorProtocol
import SystemPackage
import TestSupport
import Testing
import Vocabulary

@testable import Supervisor

/// Ports of the host into network namespaces of the test's own.
@Suite(.timeLimit(.minutes(2)), .serialized, .enabled("network namespaces need root") { try Requirement.met(.root) })
struct ProxyTests {
    /// The address of every container here.
    private let address = IPAddress.v4(IPv4Address(rawValue: 0x0A63_0002))

    /// A container in a namespace of its own with loopback up and 10.99.0.2 on it; listens at the port already.
    private func startServer(
        _ fixture: Fixture, _ client: SupervisorClient, _ name: String, _ script: String,
        listeningAt port: UInt16 = 8080
    ) throws {
        let pid = try startContainer(fixture, client, name, script)
        #expect(eventually(within: .seconds(30)) { listens(pid, port) })
    }

    @discardableResult
    private func startContainer(
        _ fixture: Fixture, _ client: SupervisorClient, _ name: String, _ script: String
    ) throws -> Int32 {
        let setup = "ip link set lo up; ip addr add 10.99.0.2/32 dev lo; \(script)"
        let pid = try fixture.start(client, fixture.request(name, setup, prefix: ["/usr/bin/unshare", "-n"]))
        // The supervisor takes the namespace that the process is in when a port is published. On a busy machine that is
        // the test's own for a while.
        let isApart = try eventually(within: .seconds(30)) { try namespace("\(pid)") != namespace("self") }
        #expect(isApart)
        return pid
    }

    private func namespace(_ process: String) throws -> UInt64? {
        try Files.status(FilePath("/proc/\(process)/ns/net"), followingLinks: true)?.inode
    }

    /// Whether a socket of the process's namespace listens at the port; proc_pid_net(5).
    private func listens(_ pid: Int32, _ port: UInt16) -> Bool {
        let hexadecimal = String(port, radix: 16, uppercase: true)
        let end = ":" + String(repeating: "0", count: 4 - hexadecimal.count) + hexadecimal
        return [("tcp", "0A"), ("udp", "07")].contains { file, state in
            // No such file: the process has ended.
            guard let table = try? Files.text(FilePath("/proc/\(pid)/net/\(file)")) else { return false }
            return table.split(separator: "\n").dropFirst().contains { line in
                let fields = line.split(separator: " ")
                return fields.count > 3 && fields[1].hasSuffix(end) && fields[3] == state
            }
        }
    }

    /// It answers for 30 s after the end of the other side; the program's half second is too short for a busy machine.
    private let echoServer =
        "exec socat -t 30 TCP-LISTEN:8080,bind=10.99.0.2,fork,reuseaddr,backlog=64 EXEC:/bin/cat"

    private func connect(_ port: UInt16, _ address: String = "127.0.0.1") throws -> OwnedDescriptor {
        let target = SocketAddress(try IPAddress(address), port: port)
        let fd = socket(target.family.rawValue, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        let descriptor = OwnedDescriptor(owning: fd)
        var timeout = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        try systemCall("connect", "\(port)") { target.withRaw { Glibc.connect(fd, $0, $1) } }
        return descriptor
    }

    /// Sends, ends its direction, and reads until the other side has ended too.
    private func exchange(_ bytes: [UInt8], _ port: UInt16, _ address: String = "127.0.0.1") throws -> [UInt8] {
        let connection = try connect(port, address)
        let fd = connection.rawValue
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        var sent = 0
        try connection.setNonblocking()
        while true {
            var item = pollfd(fd: fd, events: Int16(POLLIN) | (sent < bytes.count ? Int16(POLLOUT) : 0), revents: 0)
            guard poll(&item, 1, 10_000) > 0 else { throw SystemError("poll", "\(port)", .timedOut) }
            if item.revents & Int16(POLLOUT) != 0, sent < bytes.count {
                let count = bytes[sent...].withUnsafeBytes { send(fd, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                if count > 0 { sent += count }
                if sent == bytes.count { shutdown(fd, Int32(SHUT_WR)) }
            }
            if item.revents & Int16(POLLIN | POLLHUP | POLLERR) != 0 {
                let count = recv(fd, &buffer, buffer.count, 0)
                if count == 0 { return received }
                if count > 0 {
                    received += buffer[..<count]
                } else if Errno.last != .wouldBlock {
                    throw SystemError("recv", "\(port)", Errno.last)
                }
            }
        }
    }

    private func pattern(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ ($0 >> 8)) }
    }

    @Test func bytesGoBothWaysWithHalfClose() throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            try startServer(fixture, client, "echo", echoServer)
            let port = PublishedPort(container: "echo", hostPort: 0, target: 8080, containerAddress: address)
            let result = try client.publish([port])
            #expect(result.isPublished)
            let number = try #require(result.ports.first?.hostPort)
            #expect(try exchange(Array("hello".utf8), number) == Array("hello".utf8))
            let large = pattern(3_000_000)
            #expect(try exchange(large, number) == large)
            if Files.exists("/proc/sys/net/ipv6"), (try? connect(number, "::1")) != nil {
                #expect(try exchange(Array("six".utf8), number, "::1") == Array("six".utf8))
            }
            for index in 0..<30 { #expect(try exchange([UInt8(index)], number) == [UInt8(index)]) }
            #expect(eventually { descriptors(of: client.pid) < 60 }, "closed connections hold no descriptors")
        }
    }

    @Test func idleConnectionsHoldNoPipes() throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            try startServer(fixture, client, "echo", echoServer)
            let port = PublishedPort(container: "echo", hostPort: 0, target: 8080, containerAddress: address)
            let number = try #require(try client.publish([port]).ports.first?.hostPort)
            let before = descriptors(of: client.pid)
            var connections: [Connection] = []
            for _ in 0..<40 {
                let connection = Connection(try connect(number))
                try connection.descriptor.write([1])
                #expect(try connection.descriptor.read(atMost: 1) == [1])
                connections.append(connection)
            }
            // Two sockets each, and few pipes for all.
            #expect(descriptors(of: client.pid) - before <= 40 * 2 + 8)
            connections = []
            #expect(eventually { descriptors(of: client.pid) <= before + 8 })
        }
    }

    @Test func aServerOnTheContainersLoopbackIsReachedAndNoneMeansReset() throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            let server = "exec socat -t 30 TCP-LISTEN:8080,bind=127.0.0.1,fork,reuseaddr EXEC:/bin/cat"
            try startServer(fixture, client, "echo", server)
            let ports = ([8080, 8081] as [Port]).map {
                PublishedPort(container: "echo", hostPort: 0, target: $0, containerAddress: address)
            }
            let result = try client.publish(ports)
            #expect(try exchange([7], result.ports[0].hostPort) == [7])
            let refused = try connect(result.ports[1].hostPort)
            #expect(#expect(throws: SystemError.self) { try refused.read() }?.errno == .connectionReset)
        }
    }

    @Test func aPublicationIsAllOrNothing() throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            try startServer(fixture, client, "echo", echoServer)
            let any = SocketAddress(.v4(.loopback), port: 0)
            let taken = try any.makeSocket(.tcp)
            let blocker = taken.rawValue
            try systemCall("bind", "") { any.withRaw { bind(blocker, $0, $1) } }
            try systemCall("listen", "") { listen(blocker, 1) }
            let busy = try SocketAddress.port(of: blocker)
            let free = PublishedPort(
                container: "echo", hostAddresses: [.v4(.loopback)], hostPort: busy &+ 1, target: 8080)
            let result = try client.publish([
                free, PublishedPort(container: "echo", hostPort: busy, target: 8080),
                PublishedPort(container: "echo", hostPort: 0, target: 8080, transport: .sctp),
                PublishedPort(container: "echo", hostAddresses: [], hostPort: 0, target: 8080),
            ])
            #expect(!result.isPublished)
            #expect(result.ports.dropFirst().map(\.errno) == [EADDRINUSE, EPROTONOSUPPORT, EINVAL])
            if result.ports[0].errno == nil {
                #expect(throws: SystemError.self) { _ = try connect(free.hostPort) }
            }
            #expect(!Files.exists(fixture.run.appending("ports.json")))
            withExtendedLifetime(taken) {}
        }
    }

    @Test func aRepeatedPublicationReplacesAndWithdrawFreesThePort() throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            try startServer(fixture, client, "echo", echoServer)
            var port = PublishedPort(
                container: "echo", hostAddresses: [.v4(.loopback)], hostPort: 0, target: 9, containerAddress: address)
            let first = try #require(try client.publish([port]).ports.first?.hostPort)
            port.hostPort = first
            port.target = 8080
            #expect(try client.publish([port]).isPublished)
            #expect(try exchange([1], first) == [1])

            // A restart: the listener stays, connections are reset until the new namespace is published.
            _ = try client.stop([StopOrder(name: "echo", graceMilliseconds: 0)])
            let reset = try connect(first)
            #expect(throws: SystemError.self) { try reset.read() }
            try startServer(fixture, client, "echo", echoServer)
            #expect(try client.publish([port]).isPublished)
            #expect(try exchange([2], first) == [2])

            try client.withdraw("echo")
            #expect(#expect(throws: SystemError.self) { _ = try connect(first) }?.errno == .connectionRefused)
            #expect(try client.publish([port]).isPublished)
        }
    }

    @Test func portsComeBackAfterAKill() throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            try startServer(fixture, client, "echo", echoServer)
            let port = PublishedPort(container: "echo", hostPort: 0, target: 8080, containerAddress: address)
            let number = try #require(try client.publish([port]).ports.first?.hostPort)
            try fixture.crash(client)
            #expect(throws: SystemError.self) { _ = try connect(number) }
            let next = try fixture.connect()
            #expect(eventually { (try? exchange([5], number)) == [5] })
            try next.withdraw("echo")
            try fixture.crash(next)
            _ = try fixture.connect()
            #expect(throws: SystemError.self) { _ = try connect(number) }
        }
    }

    @Test(arguments: ["10.99.0.2", "127.0.0.1"])
    func datagramsAreAnswered(bound: String) throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            try startServer(
                fixture, client, "udp", "exec \(try datagramServer(in: fixture)) \(bound)", listeningAt: 5353)
            let port = PublishedPort(
                container: "udp", hostAddresses: [.v4(.loopback)], hostPort: 0, target: 5353, transport: .udp,
                containerAddress: address)
            let number = try #require(try client.publish([port]).ports.first?.hostPort)
            let target = SocketAddress(.v4(.loopback), port: number)
            for text in ["one", "two"] {
                let sender = try target.makeSocket(.udp)
                let fd = sender.rawValue
                try systemCall("connect", "") { target.withRaw { Glibc.connect(fd, $0, $1) } }
                try sender.write(Array(text.utf8))
                var item = pollfd(fd: fd, events: Int16(POLLIN), revents: 0)
                #expect(poll(&item, 1, 5000) == 1)
                #expect(try sender.read() == Array(text.utf8))
            }
            try client.withdraw("udp")
        }
    }

    /// The command of a server that answers datagrams with themselves; its argument is the address to listen at. One
    /// process with one socket: the end of the process is the end of the socket.
    private func datagramServer(in fixture: Fixture) throws -> String {
        let program = fixture.root.appending("echo.py")
        let text = """
            import socket, sys
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.bind((sys.argv[1], 5353))
            while True:
                data, peer = s.recvfrom(65536)
                s.sendto(data, peer)
            """
        try Files.write(text.utf8, to: program)
        return "python3 \(program)"
    }

    /// A client that goes on sending is answered as soon as a server listens: one that starts late, and one that starts
    /// again, at the same address or at another one.
    @Test(arguments: [
        "sleep 1; exec SERVER 10.99.0.2", "timeout 1 SERVER 10.99.0.2; sleep 0.5; exec SERVER 10.99.0.2",
        "timeout 1 SERVER 127.0.0.1; sleep 0.3; exec SERVER 10.99.0.2",
    ])
    func datagramsAreAnsweredAgain(script: String) throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            let pid = try startContainer(
                fixture, client, "udp", script.replacing("SERVER", with: try datagramServer(in: fixture)))
            let port = PublishedPort(
                container: "udp", hostAddresses: [.v4(.loopback)], hostPort: 0, target: 5353, transport: .udp,
                containerAddress: address)
            let number = try #require(try client.publish([port]).ports.first?.hostPort)
            let target = SocketAddress(.v4(.loopback), port: number)
            let sender = try target.makeSocket(.udp)
            let fd = sender.rawValue
            try systemCall("connect", "") { target.withRaw { Glibc.connect(fd, $0, $1) } }
            func send(until deadline: ContinuousClock.Instant) {
                while ContinuousClock.now < deadline {
                    try? sender.write([1])  // an error is of an earlier datagram
                    usleep(20_000)
                }
            }
            // Only the last server is the container's first process.
            let isLast = {
                (try? Files.text(FilePath("/proc/\(pid)/comm")))?.hasPrefix("python") == true && listens(pid, 5353)
            }
            let deadline = ContinuousClock.now + .seconds(30)
            while ContinuousClock.now < deadline, !isLast() { send(until: .now + .milliseconds(100)) }
            #expect(isLast())
            send(until: .now + .milliseconds(200))
            while (try? sender.read()) != nil {}
            #expect(eventually(within: .seconds(10)) { (try? sender.write([2])) != nil && (try? sender.read()) == [2] })
        }
    }

    @Test func theProcessStaysSmall() throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            for index in 0..<10 {
                try fixture.start(client, fixture.request("c\(index)", "while true; do echo line; sleep 0.05; done"))
            }
            usleep(300_000)
            let status = try #require(try Files.text(FilePath("/proc/\(client.pid)/status")))
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
            let kilobytes = try #require(Int(line.filter(\.isNumber)))
            print("supervisor with ten containers: \(kilobytes) kB resident")
            #expect(kilobytes < 25 * 1024)
        }
    }

    private func descriptors(of pid: Int32) -> Int {
        ((try? Files.names(in: FilePath("/proc/\(pid)/fd"))) ?? []).count
    }
}

private final class Connection {
    let descriptor: OwnedDescriptor

    init(_ descriptor: consuming OwnedDescriptor) {
        self.descriptor = descriptor
    }
}

@Suite(.timeLimit(.minutes(1))) struct PublishedPortTests {
    /// What supervisors and clients of version 0.1 wrote, whose addresses were any texts.
    @Test func theFormIsThatOfTheFirstRelease() throws {
        let text =
            #"{"container":"a-1","containerAddress":"10.99.0.2","hostAddresses":["127.0.0.1","::1"],"hostPort":0,"#
            + #""target":80,"transport":"udp"}"#
        let port = PublishedPort(
            container: "a-1", hostPort: 0, target: 80, transport: .udp,
            containerAddress: .v4(IPv4Address(rawValue: 0x0A63_0002)))
        #expect(try Coding.decode(PublishedPort.self, Array(text.utf8)) == port)
        #expect(try String(decoding: Coding.encode(port), as: UTF8.self) == text)
        #expect(throws: (any Error).self) {
            try Coding.decode(PublishedPort.self, Array(text.replacing("::1", with: "nonsense").utf8))
        }
    }
}
