import Testing
import Vocabulary

@testable import Execution

@Suite(.timeLimit(.minutes(1))) struct PortTextTests {
    @Test(arguments: ["loopback", "any", "192.0.2.1", "2001:db8::1"])
    func recordsKeepTheAddress(text: String) throws {
        #expect(try HostAddress(text).description == text)
    }

    @Test func aListenerBindsToBothFamilies() throws {
        #expect(HostAddress.loopback.bindAddresses.map(\.description) == ["127.0.0.1", "::1"])
        #expect(HostAddress.any.bindAddresses.map(\.description) == ["0.0.0.0", "::"])
        #expect(try HostAddress("192.0.2.1").bindAddresses.map(\.description) == ["192.0.2.1"])
    }

    @Test func aReportShowsPortsAsPeopleReadThem() {
        func port(_ address: String) -> StatusReport.Port {
            StatusReport.Port(hostAddress: address, hostPort: 8080, target: 80, transportProtocol: "tcp")
        }
        #expect(port("127.0.0.1").text == "127.0.0.1:8080 → 80/tcp")
        #expect(port("127.0.0.1").url == "http://localhost:8080")
        #expect(port("2001:db8::1").text == "[2001:db8::1]:8080 → 80/tcp")
        #expect(port("2001:db8::1").url == "http://[2001:db8::1]:8080")
        #expect(port("192.0.2.1").url == "http://192.0.2.1:8080")
    }
}
