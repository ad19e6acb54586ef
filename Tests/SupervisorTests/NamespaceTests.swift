import Glibc
import LinuxSystem
import SupervisorProtocol
import SystemPackage
import TestSupport
import Testing

@testable import Supervisor

/// Network namespaces that are held while a container does not run.
@Suite(.timeLimit(.minutes(2)), .serialized, .enabled("network namespaces need root") { try Requirement.met(.root) })
struct NamespaceTests {
    private func inode(of namespace: borrowing OwnedDescriptor) -> UInt64 {
        var info = stat()
        fstat(namespace.rawValue, &info)
        return UInt64(info.st_ino)
    }

    private func inode(ofProcess pid: Int32) throws -> UInt64? {
        try Files.status(FilePath("/proc/\(pid)/ns/net"), followingLinks: true)?.inode
    }

    /// Without processes: two stores with the ends of one pair of sockets, one after the other.
    @Test func whatAGuardKeepsIsHeldByTheNext() throws {
        let temporary = try TemporaryDirectory()
        let directory = RunDirectory(path: FilePath(temporary.path))
        var ends: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0, &ends) == 0)
        let writer = OwnedDescriptor(owning: ends[0])
        let reader = OwnedDescriptor(owning: ends[1])
        let names = (0..<300).map { "box-\($0)" }
        var expected: [String: UInt64] = [:]
        do {
            let first = NamespaceStore(
                directory,
                stash: try NamespaceStash(sending: try writer.duplicate(), receiving: try reader.duplicate()))
            for name in names {
                let namespace = SharedDescriptor(try NetworkNamespace.create())
                expected[name] = inode(of: namespace.descriptor)
                _ = try first.hold(namespace, for: name)
            }
            // One is replaced, one forgotten.
            let other = SharedDescriptor(try NetworkNamespace.create())
            expected["box-7"] = inode(of: other.descriptor)
            _ = try first.hold(other, for: "box-7")
            try first.forget("box-8")
            expected["box-8"] = nil
        }
        for _ in 0..<2 {
            let next = NamespaceStore(
                directory,
                stash: try NamespaceStash(sending: try writer.duplicate(), receiving: try reader.duplicate()))
            #expect(next.isLost("box-7") && !next.isLost("box-8"))
            try next.adoptKept()
            for name in names {
                #expect(next.isHeld(name) == (expected[name] != nil))
                guard let inode = expected[name] else { continue }
                #expect(try self.inode(of: next.namespace(of: name, pid: nil).descriptor) == inode)
                let link = directory.container(name).namespace
                #expect(try Files.status(link, followingLinks: true)?.inode == inode)
            }
        }
        try temporary.cleanUp()
    }

    @Test func aContainerStartsAgainInItsNamespace() throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            let namespace = try NetworkNamespace.create()
            let expected = inode(of: namespace)
            let path = try #require(try client.hold([("a", namespace.rawValue)])["a"])
            _ = consume namespace
            let request = fixture.request("a", "exec sleep 100", prefix: ["/usr/bin/nsenter", "--net=\(path)"])
            for _ in 0..<3 {
                let pid = try fixture.start(client, request)
                #expect(eventually { (try? inode(ofProcess: pid)) == expected })
                _ = try client.stop([StopOrder(name: "a", graceMilliseconds: 0)])
                #expect(try client.status().first?.isNetworkHeld == true)
            }
            try client.forget("a")
            #expect(!Files.exists(path))
            #expect(try Files.status(path) == nil)
        }
    }

    /// The next supervisor holds it by the same path.
    @Test func theNamespaceOutlivesASupervisor() throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            let namespace = try NetworkNamespace.create()
            let expected = inode(of: namespace)
            let path = try #require(try client.hold([("a", namespace.rawValue)])["a"])
            _ = consume namespace
            let request = fixture.request("a", "exec sleep 100", prefix: ["/usr/bin/nsenter", "--net=\(path)"])
            let first = try fixture.start(client, request)
            #expect(eventually { (try? inode(ofProcess: first)) == expected })
            try fixture.crash(client)
            let next = try fixture.connect()
            #expect(try next.status().first?.isNetworkHeld == true)
            _ = try next.stop([StopOrder(name: "a", graceMilliseconds: 0)])
            let second = try fixture.start(next, request)
            #expect(eventually { (try? inode(ofProcess: second)) == expected })
            _ = try next.stop([StopOrder(name: "a", graceMilliseconds: 0)])

            // One that did not run went with its holder.
            try fixture.crash(next)
            #expect(try fixture.connect().status().first?.isNetworkHeld == nil)
        }
    }
}
