import Testing
import Vocabulary

@testable import Names

@Suite(.timeLimit(.minutes(1))) struct ForwardingTests {
    private typealias Machine = Forwarding<ContinuousClock>
    private let start = ContinuousClock.now

    @Test func theNextServerIsAskedBesideASlowOne() {
        var machine = Machine(serverCount: 2, now: start)
        var asked: [Machine.Action?] = []
        for _ in 0..<6 { asked.append(machine.deadlinePassed(now: machine.deadline)) }
        #expect(asked == [.ask(0), .ask(1), .ask(0), .ask(1), .ask(0), .fail])
        #expect(machine.deadline == start.advanced(by: .milliseconds(4500)))
    }

    @Test func nothingIsDoneBeforeItsTime() {
        var machine = Machine(serverCount: 1, now: start)
        #expect(machine.deadlinePassed(now: start) == .ask(0))
        #expect(machine.deadlinePassed(now: start.advanced(by: .milliseconds(999))) == nil)
        #expect(machine.waiting == [0])
    }

    @Test func aServerThatFailsIsReplacedAtOnce() {
        var machine = Machine(serverCount: 3, now: start)
        #expect(machine.deadlinePassed(now: start) == .ask(0))
        #expect(machine.failed(0, now: start) == .ask(1))
        #expect(machine.failed(0, now: start) == nil)
        let later = start.advanced(by: .seconds(1))
        #expect(machine.deadlinePassed(now: later) == .ask(2))
        #expect(machine.waiting == [1, 2])
        #expect(machine.failed(1, now: later) == nil)
        // The one that has not failed is asked again.
        #expect(machine.deadlinePassed(now: later.advanced(by: .seconds(1))) == .ask(2))
        #expect(machine.failed(2, now: later) == .fail)
    }

    @Test func theOrderOfServers() {
        var order = ServerOrder<String, ContinuousClock>()
        #expect(order.sorted(["a", "b", "c"], now: start) == ["a", "b", "c"])
        order.answered("b", before: ["a", "b"], now: start)
        #expect(order.sorted(["a", "b", "c"], now: start) == ["b", "c", "a"])
        #expect(order.sorted(["a", "b"], now: start.advanced(by: .seconds(31))) == ["a", "b"])
        order.answered("a", before: [], now: start)
        #expect(order.sorted(["a", "b"], now: start) == ["a", "b"])
    }
}

@Suite(.timeLimit(.minutes(1))) struct ResolverFileTests {
    private let file = ResolverFile(
        """
        # comment
        ; comment
        nameserver 192.0.2.53
        nameserver\t192.0.2.54
        nameserver fd00::1
        nameserver fe80::1%eth0
        nameserver rubbish
        search a.example b.example
        options ndots:2 edns0 rotate timeout:1
        sortlist 1.2.3.4
        nameserver
        """)

    @Test func readsTheFile() throws {
        #expect(file.servers.map { "\($0.address)" } == ["192.0.2.53", "192.0.2.54", "fd00::1", "fe80::1"])
        #expect(file.servers.map(\.zone) == [nil, nil, nil, "eth0"])
        #expect(file.unreadable == ["rubbish"])
        #expect(file.search == ["a.example", "b.example"])
        #expect(ResolverFile("domain a.example\n").search == ["a.example"])
        #expect(ResolverFile("search .\n").search == [])
    }

    @Test func theServersOfTheHost() throws {
        func addresses(_ text: String, _ upstream: String? = nil) -> [String] {
            ResolverFile(text).servers(upstream: upstream.map { ResolverFile($0) }).map { "\($0.address)" }
        }
        #expect(addresses("nameserver 127.0.0.1\nnameserver ::1\n") == ["127.0.0.1", "::1"])
        #expect(addresses("nameserver 10.0.0.1\n", "nameserver 10.0.0.2\n") == ["10.0.0.1"])
        // The stub first: it knows which server is for which domain.
        #expect(addresses("nameserver 127.0.0.53\n", "nameserver 10.0.0.2\n") == ["127.0.0.53", "10.0.0.2"])
        #expect(addresses("nameserver 127.0.0.53\n") == ["127.0.0.53"])
        // No server is the one of the host itself, and never a public one.
        #expect(addresses("", "nameserver 10.0.0.2\n") == ["127.0.0.1", "::1"])
    }

    @Test func theFileOfAContainer() {
        func text(_ search: [String]?, _ options: [String]?) -> String {
            ResolverConfiguration.ofEnvironment(host: file, search: search, options: options).text
        }
        #expect(text(nil, nil) == "nameserver 127.0.0.11\nsearch a.example b.example\noptions edns0 ndots:0\n")
        #expect(text(["x.example"], ["ndots:3"]) == "nameserver 127.0.0.11\nsearch x.example\noptions ndots:3\n")
        #expect(text(["."], ["use-vc"]) == "nameserver 127.0.0.11\noptions use-vc ndots:0\n")
    }

    @Test func theFileOfABuild() {
        func text(_ host: String, _ upstream: String? = nil) -> String {
            ResolverConfiguration.reachable(ResolverFile(host), upstream: upstream.map { ResolverFile($0) }).text
        }
        #expect(
            ResolverConfiguration.reachable(file, upstream: nil).text.hasPrefix(
                "nameserver 192.0.2.53\nnameserver 192.0.2.54\nsearch"))
        #expect(
            text("nameserver 127.0.0.53\noptions edns0\nsearch .\n", "nameserver 192.0.2.1\nsearch home\n")
                == "nameserver 192.0.2.1\nsearch home\n")
        #expect(text("nameserver 127.0.0.1\nnameserver 192.0.2.1\n") == "nameserver 192.0.2.1\n")
    }

    @Test(arguments: ["", "nameserver 127.0.0.1\n", "nameserver ::1\nnameserver 0.0.0.0\n", "nameserver rubbish"])
    func aBuildWithoutAServerAsksNoPublicOne(text: String) {
        let configuration = ResolverConfiguration.reachable(
            ResolverFile(text), upstream: ResolverFile("nameserver 127.0.0.1\n"))
        #expect(configuration.servers.isEmpty && configuration.text == "")
        #expect(configuration.warnings.count == 1 && configuration.warnings[0].contains("/etc/resolv.conf"))
    }
}
