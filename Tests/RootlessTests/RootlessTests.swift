import Glibc
import Testing

@testable import LinuxSystem
@testable import Rootless

/// What is read before the namespaces of a user are made.
@Suite(.timeLimit(.minutes(1))) struct RootlessTests {
    @Test func theLargestRangeOfTheUserIsTaken() {
        let text = "ada:100000:1000\nbob:200000:65536\n1000:300000:65536\nada:400000:65536\n"
        #expect(IdentityRange.largest(in: text, of: ["ada"]) == IdentityRange(first: 400000, count: 65536))
        #expect(IdentityRange.largest(in: text, of: ["eve", "1000"]) == IdentityRange(first: 300000, count: 65536))
        #expect(IdentityRange.largest(in: text, of: ["eve", "1001"]) == nil)
    }

    @Test(arguments: ["", "ada", "ada:1", "ada:x:65536", "ada:1:-5", "ada:1:0", "ada:1:65536:7", "adam:1:65536"])
    func whatIsNoRange(text: String) {
        #expect(IdentityRange.largest(in: text, of: ["ada"]) == nil)
    }

    @Test func aFreeRangeIsOneThatNoUserHas() {
        #expect(IdentityRange.free(in: []) == IdentityRange(first: 100_000, count: 65536))
        #expect(IdentityRange.free(in: ["ada:100000:65536\n", "bob:165536:65536\n"]).first == 231_072)
        #expect(IdentityRange.free(in: ["ada:4294967295:65536\nx\n"]).first == 100_000)
        #expect(IdentityRange.free(in: []).options == "--add-subuids 100000-165535 --add-subgids 100000-165535")
    }

    @Test func aRangeThatAnotherUserHasIsFound() {
        let range = IdentityRange(first: 100_000, count: 65536)
        let text = "ada:100000:65536\nbob:165536:65536\n1000:100000:65536\n"
        #expect(range.sharer(in: text, besides: ["ada", "1000"]) == nil)
        #expect(range.sharer(in: text + "eve:165535:1\n", besides: ["ada", "1000"]) == "eve:165535:1")
        #expect(range.sharer(in: text, besides: ["bob"]) == "ada:100000:65536")
    }

    @Test func aServerOfTheLoopbackIsReplaced() {
        let stub = "# by hand\nnameserver 127.0.0.53\noptions edns0\nsearch lan\n"
        #expect(
            RootlessNamespaces.resolverFile(insteadOf: stub)
                == "nameserver 169.254.1.3\n# by hand\noptions edns0\nsearch lan\n\n")
        #expect(RootlessNamespaces.resolverFile(insteadOf: "nameserver 10.0.0.2\nsearch lan\n") == nil)
        #expect(RootlessNamespaces.resolverFile(insteadOf: "") == "nameserver 169.254.1.3\n\n")
    }

    @Test func anOrderForAProgramIsReadAsItWasWritten() throws {
        var order = OutsideOrder(words: ["echo", "", "a b", "ü\n"])
        order.environment = ["A=1", "B=", "C=x=y"]
        #expect(OutsideOrder(encoded: order.encoded) == order)
        #expect(order.directory.hasPrefix("/") && order.mask <= 0o777)
        #expect(Array(order.program.suffix(4)) == order.words)
        #expect(OutsideProgram.isRequest(OutsideOrder.marker) && !OutsideProgram.isRequest(order.encoded))
    }

    @Test(arguments: [
        "", "1", "1\0", "0\0" + "22\0/\0", "2\0" + "22\0/\0one\0", "-1\0" + "22\0/\0one\0", "1\0" + "9\0/\0one\0",
        "1\0" + "1777\0/\0one\0", "1\0" + "22\0here\0one\0", "1\0" + "22\0/\0one",
    ])
    func whatIsNoOrder(text: String) {
        #expect(OutsideOrder(encoded: Array(text.utf8)) == nil)
    }

    @Test func aSocketForAConnectionIsNotBound() throws {
        let stream = Int32(SOCK_STREAM.rawValue)
        let family = withUnsafeBytes(of: sa_family_t(AF_INET6), Array.init)
        let request = HostSocket.Request(kind: stream, address: family)
        #expect(HostSocket.Request(encoded: request.encoded) == request)
        let unix = withUnsafeBytes(of: sa_family_t(AF_UNIX), Array.init)
        #expect(HostSocket.Request(encoded: HostSocket.Request(kind: stream, address: unix).encoded) == nil)
        let socket = try HostSocket.unconnected(family: AF_INET, kind: stream, protocolNumber: 0)
        var name = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket.rawValue, $0, &size) }
        }
        #expect(code == 0 && name.sin_port == 0 && name.sin_family == sa_family_t(AF_INET))
    }

    @Test func anAgentBindsOnlySocketsOfTheInternet() throws {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let address = withUnsafeBytes(of: name, Array.init)
        let (stream, raw) = (Int32(SOCK_STREAM.rawValue), Int32(SOCK_RAW.rawValue))
        let request = HostSocket.Request(kind: stream, address: address)
        #expect(HostSocket.Request(encoded: request.encoded) == request)
        for bad in [
            HostSocket.Request(kind: raw, address: address), HostSocket.Request(kind: stream, address: [1, 0, 47, 0]),
            HostSocket.Request(kind: stream, address: []), HostSocket.Request(kind: stream, address: address + [0]),
        ] {
            #expect(HostSocket.Request(encoded: bad.encoded) == nil)
        }
        let bound = try HostSocket.bindHere(request)
        #expect(bound.rawValue > 2)
    }
}
