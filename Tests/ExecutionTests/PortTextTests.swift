import Envfile
import Testing

@testable import Execution

@Suite(.timeLimit(.minutes(1))) struct PortTextTests {
    @Test(arguments: [PortMapping.HostAddress.loopback, .any, .address("192.0.2.1"), .address("2001:db8::1")])
    func recordsKeepTheAddress(address: PortMapping.HostAddress) {
        #expect(PortMapping.HostAddress(recordText: address.recordText) == address)
    }

    @Test func aListenerBindsToBothFamilies() {
        #expect(PortMapping.HostAddress.loopback.bindAddresses == ["127.0.0.1", "::1"])
        #expect(PortMapping.HostAddress.any.bindAddresses == ["0.0.0.0", "::"])
        #expect(PortMapping.HostAddress.address("192.0.2.1").bindAddresses == ["192.0.2.1"])
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
