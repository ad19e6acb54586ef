import CLinux
import Glibc
import LinuxSystem
import SystemPackage
import TestSupport
import Testing

@testable import Supervisor

/// Ports of the host into network namespaces of the test's own.
@Suite(.timeLimit(.minutes(2)), .serialized, .enabled("network namespaces need root") { try Requirement.met(.root) })
struct ProxyTests {
    /// A container in a namespace of its own with loopback up and 10.99.0.2 on it.
    private func startServer(_ fixture: Fixture, _ client: SupervisorClient, _ name: String, _ script: String) throws {
        let setup = "ip link set lo up; ip addr add 10.99.0.2/32 dev lo; \(script)"
        try fixture.start(client, fixture.request(name, setup, prefix: ["/usr/bin/unshare", "-n"]))
        #expect(try eventually { try fixture.log(name).contains("ready") })
    }

    private let echoServer =
        "(sleep 0.1; echo ready) & exec socat TCP-LISTEN:8080,bind=10.99.0.2,fork,reuseaddr,backlog=64 EXEC:/bin/cat"

    private func connect(_ port: UInt16, _ address: String = "127.0.0.1") throws -> OwnedDescriptor {
        let target = try #require(SocketAddress(address, port: port))
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
            let port = PublishedPort(container: "echo", hostPort: 0, target: 8080, containerAddress: "10.99.0.2")
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
            let port = PublishedPort(container: "echo", hostPort: 0, target: 8080, containerAddress: "10.99.0.2")
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
            let server =
                "(sleep 0.1; echo ready) & exec socat TCP-LISTEN:8080,bind=127.0.0.1,fork,reuseaddr EXEC:/bin/cat"
            try startServer(fixture, client, "echo", server)
            let ports = [8080, 8081].map {
                PublishedPort(container: "echo", hostPort: 0, target: $0, containerAddress: "10.99.0.2")
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
            let any = try #require(SocketAddress("127.0.0.1", port: 0))
            let taken = try any.makeSocket(.tcp)
            let blocker = taken.rawValue
            try systemCall("bind", "") { any.withRaw { bind(blocker, $0, $1) } }
            try systemCall("listen", "") { listen(blocker, 1) }
            let busy = try SocketAddress.port(of: blocker)
            let free = PublishedPort(container: "echo", hostAddresses: ["127.0.0.1"], hostPort: busy &+ 1, target: 8080)
            let result = try client.publish([
                free, PublishedPort(container: "echo", hostPort: busy, target: 8080),
                PublishedPort(container: "echo", hostAddresses: ["nonsense"], hostPort: 0, target: 8080),
                PublishedPort(container: "echo", hostAddresses: [], hostPort: 0, target: 8080),
            ])
            #expect(!result.isPublished)
            #expect(result.ports.dropFirst().map(\.errno) == [EADDRINUSE, EINVAL, EINVAL])
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
                container: "echo", hostAddresses: ["127.0.0.1"], hostPort: 0, target: 9, containerAddress: "10.99.0.2")
            let first = try #require(try client.publish([port]).ports.first?.hostPort)
            port.hostPort = first
            port.target = 8080
            #expect(try client.publish([port]).isPublished)
            #expect(try exchange([1], first) == [1])

            // A restart: the listener stays, connections are reset until the new namespace is published.
            _ = try client.stop([StopOrder(name: "echo", graceMilliseconds: 0)])
            let reset = try connect(first)
            #expect(throws: SystemError.self) { try reset.read() }
            try startServer(fixture, client, "echo", "echo ready; " + echoServer)
            usleep(200_000)
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
            let port = PublishedPort(container: "echo", hostPort: 0, target: 8080, containerAddress: "10.99.0.2")
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
            let server = "(sleep 0.1; echo ready) & exec socat UDP-RECVFROM:5353,bind=\(bound),fork EXEC:/bin/cat"
            try startServer(fixture, client, "udp", server)
            let port = PublishedPort(
                container: "udp", hostAddresses: ["127.0.0.1"], hostPort: 0, target: 5353, transport: .udp,
                containerAddress: "10.99.0.2")
            let number = try #require(try client.publish([port]).ports.first?.hostPort)
            let target = try #require(SocketAddress("127.0.0.1", port: number))
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
