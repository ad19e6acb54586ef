import Networks
import Testing
import Vocabulary

@Suite(.timeLimit(.minutes(1))) struct SubnetRequestTests {
    private func networks(_ texts: String...) throws -> [IPv4Network] { try texts.map { try IPv4Network($0) } }

    /// A VPN that routes all private ranges.
    private var everything: [IPv4Network] {
        get throws { try networks("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16") }
    }

    @Test func whereEverythingIsRoutedNothingIsFreeByItself() throws {
        #expect(try SubnetRequest.anyFree.candidates(avoiding: everything) == [])
        let remedy = SubnetRequest.anyFree.remedy(network: "default")
        #expect(remedy.contains("networks: {default: {ipam: {config: [{subnet: ") && remedy.contains("addressPools"))
    }

    @Test func aNamedSubnetPassesWiderRoutesOnly() throws {
        let named = SubnetRequest.named(try IPv4Network("10.77.3.0/24"))
        #expect(try named.candidates(avoiding: everything) == networks("10.77.3.0/24"))
        for obstacle in ["10.77.3.0/24", "10.77.3.128/25", "10.77.3.9/32"] {
            let error = #expect(throws: NetworkError.self) {
                try named.candidates(avoiding: networks("10.0.0.0/8", obstacle))
            }
            #expect(error?.code == .subnetTaken && error?.message.contains(obstacle) == true)
        }
    }

    @Test func poolsOfTheSettingsAreCutIntoSubnets() throws {
        let pools = SubnetRequest.settings(try networks("10.77.0.0/22", "10.99.1.0/26"))
        #expect(
            try pools.candidates(avoiding: everything + networks("10.77.1.0/25"))
                == networks("10.77.0.0/24", "10.77.2.0/24", "10.77.3.0/24", "10.99.1.0/26"))
    }
}
