import Glibc
import LinuxSystem
import Netlink
import TestSupport
import Testing
import Vocabulary

@testable import Networks

@Suite(
    .timeLimit(.minutes(2)), .enabled("needs root for network namespaces") { try Requirement.met(.root) }, .serialized)
struct HostPortTests {
    private func port(_ transport: Transport, _ address: String, _ port: UInt16) throws -> HostPort {
        HostPort(transport, address: try IPAddress(address), port: try Port(port))
    }

    @Test(arguments: [Transport.tcp, .udp])
    func theHolderIsNamed(transport: Transport) throws {
        let machine = try Machine()
        #expect(try machine.inside { try port(transport, "127.0.0.1", 8080).isFree() })
        #expect(try machine.inside { try port(transport, "127.0.0.1", 8080).holders() }.isEmpty)
        try machine.serve("x", transport, 8080)
        for address in ["127.0.0.1", "0.0.0.0"] {
            #expect(try !machine.inside { try port(transport, address, 8080).isFree() })
            let holders = try machine.inside { try port(transport, address, 8080).holders() }
            #expect(holders.map(\.pid) == machine.pids)
            #expect(holders.first?.description == "socat (pid \(machine.pids[0]))")
        }
        #expect(try machine.inside { try port(transport, "127.0.0.1", 8081).isFree() })
        let other: Transport = transport == .tcp ? .udp : .tcp
        #expect(try machine.inside { try port(other, "127.0.0.1", 8080).isFree() })
        #expect(try machine.inside { try port(transport, "::1", 8080).isFree() })
        #expect(try machine.inside { try port(transport, "::", 8080).isFree() })
        // Trying leaves nothing behind.
        #expect(try machine.inside { try port(other, "127.0.0.1", 8080).isFree() })
    }

    @Test func aForeignAddressIsAnError() throws {
        let machine = try Machine()
        let error = #expect(throws: NetworkError.self) {
            try machine.inside { try port(.tcp, "192.0.2.77", 8080).isFree() }
        }
        #expect(error?.code == .addressNotLocal)
    }

    @Test func closedConnectionsDoNotHinder() throws {
        let machine = try Machine()
        try machine.serve("x", .tcp, 8080)
        #expect(try machine.ask(.tcp, "127.0.0.1", 8080) == "x sees 127.0.0.1")
        kill(-machine.pids[0], SIGKILL)
        for _ in 0..<100 where try machine.inside({ try !port(.tcp, "127.0.0.1", 8080).isFree() }) { usleep(10_000) }
        #expect(try machine.inside { try port(.tcp, "127.0.0.1", 8080).isFree() })
        #expect(try machine.inside { try port(.tcp, "127.0.0.1", 8080).holders() }.isEmpty)
    }
}
