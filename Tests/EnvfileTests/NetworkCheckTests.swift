import Testing

@testable import Envfile

/// Addresses that no `up` could give are found when the file is read.
@Suite(.timeLimit(.minutes(1))) struct NetworkCheckTests {
    private func messages(_ services: String, _ networks: String) -> [String] {
        Fixture().messages("services: { web: { image: x, networks: \(services) } }\nnetworks: { n: \(networks) }\n")
    }

    @Test(arguments: [
        ("gateway: 10.9.0.1", "the gateway, `10.9.0.1`, does not lie in the subnet `10.5.0.0/24` of networks.n"),
        ("ip_range: 10.5.1.0/28", "the range `10.5.1.0/28` does not lie in the subnet `10.5.0.0/24` of networks.n"),
        (
            "aux_addresses: { router: 10.6.0.9 }",
            "the address of `router`, `10.6.0.9`, does not lie in the subnet `10.5.0.0/24` of networks.n"
        ),
    ])
    func whatLiesOutsideOfThePool(entry: String, message: String) {
        #expect(messages("[n]", "{ ipam: { config: [{ subnet: 10.5.0.0/24, \(entry) }] } }") == [message])
    }

    @Test(arguments: [
        ("{ driver: overlay }", "networks.n wants the driver `overlay`, which Trice does not have"),
        ("{ driver: macvlan }", "networks.n has the driver `macvlan` and no link of the host that it is on"),
        ("{ driver: ipvlan, driver_opts: { parent: lo } }", "`lo` is no link that a network can be on"),
        (
            "{ driver: macvlan, driver_opts: { parent: eth0, macvlan_mode: l2 } }",
            "`l2` is no macvlan_mode of a network"
        ),
        (
            "{ driver: ipvlan, driver_opts: { parent: eth0, ipvlan_flag: x } }", "`x` is no ipvlan_flag of a network"
        ),
        ("{ driver_opts: { com.docker.network.driver.mtu: 9 } }", "`9` is no size of a packet"),
        (
            "{ driver_opts: { com.docker.network.bridge.name: a-name-that-is-long } }",
            "`a-name-that-is-long` is no name of a bridge"
        ),
        ("{ driver_opts: { com.docker.network.bridge.enable_icc: maybe } }", "`maybe` is not true or false"),
        (
            "{ driver_opts: { com.docker.network.bridge.gateway_mode_ipv4: route } }",
            "`route` is no mode of a gateway"
        ),
        (
            "{ driver_opts: { com.docker.network.bridge.gateway_mode_ipv6: isolated } }",
            "networks.n is isolated from the host and not internal"
        ),
        ("{ driver_opts: { com.docker.network.host_ipv4: 1.2.3 } }", "`1.2.3` is no IPv4 address"),
        (
            "{ driver_opts: { com.docker.network.container_iface_prefix: a/b } }",
            "`a/b` cannot begin the name of a network interface"
        ),
        ("{ enable_ipv4: false }", "networks.n has neither IPv4 nor IPv6"),
        ("{ ipam: { config: [{ gateway: 10.5.0.1 }] } }", "networks.n names addresses and no subnet that they are of"),
        (
            "{ enable_ipv6: true, ipam: { config: [{ subnet: 'fd00::/64' }, { subnet: 'fd00::/80' }] } }",
            "the subnet `fd00::/80` of networks.n overlaps `fd00::/64`"
        ),
        (
            "{ ipam: { config: [{ subnet: 10.5.0.0/24 }, {}] } }",
            "networks.n has several ranges of IPv4, and one of them names no subnet"
        ),
        (
            "{ ipam: { config: [{ subnet: 10.5.0.0/24 }, { subnet: 10.5.0.128/25 }] } }",
            "the subnet `10.5.0.128/25` of networks.n overlaps `10.5.0.0/24`"
        ),
        (
            "{ ipam: { config: [{ subnet: 10.5.0.0/24 }, { subnet: 10.6.0.0/24, gateway: 10.5.0.9 }] } }",
            "the gateway, `10.5.0.9`, does not lie in the subnet `10.6.0.0/24` of networks.n"
        ),
        (
            "{ enable_ipv6: true, ipam: { config: [{ subnet: 'fd00::/112' }] } }",
            "the subnet `fd00::/112` is smaller than a /96"
        ),
        (
            "{ ipam: { config: [{ subnet: 10.5.0.0/16 }] } }, m: { ipam: { config: [{ subnet: 10.5.9.0/24 }] } }",
            "the subnet `10.5.9.0/24` of networks.m overlaps `10.5.0.0/16` of networks.n"
        ),
    ])
    func whatNoNetworkCanBe(network: String, message: String) {
        #expect(messages(network.contains(", m:") ? "[n, m]" : "[n]", network) == [message])
    }

    @Test(arguments: [
        ("10.5.1.9", "the address `10.5.1.9` does not lie in the subnet `10.5.0.0/24` of the network `n`"),
        ("10.5.0.1", "the address `10.5.0.1` is the gateway's, and no container can have it"),
        (
            "10.5.0.255",
            "the address `10.5.0.255` is the first or the last one of the subnet, and no container can have it"
        ),
    ])
    func addressesThatNoContainerCanHave(address: String, message: String) {
        let pool = "{ ipam: { config: [{ subnet: 10.5.0.0/24 }] } }"
        #expect(messages("{ n: { ipv4_address: \(address) } }", pool) == [message])
        #expect(messages("{ n: { ipv4_address: 10.5.0.9 } }", pool) == [])
    }

    @Test func addressesWithoutASubnetOrTwice() {
        #expect(
            messages("{ n: { ipv4_address: 10.5.0.9 } }", "{}") == [
                "services.web wants the address `10.5.0.9` in the network `n`, whose subnet is not named"
            ])
        #expect(
            messages("{ n: { ipv6_address: 'fd00::9' } }", "{ ipam: { config: [{ subnet: 'fd00::/64' }] } }") == [
                "services.web wants the address `fd00::9` in the network `n`, which has no IPv6"
            ])
        #expect(
            messages("{ n: { interface_name: lan }, m: { interface_name: lan } }", "{}, m: {}") == [
                "services.web has two interfaces named `lan`"
            ])
        let twice = """
            services:
              a: { image: x, networks: { n: { ipv4_address: 10.5.0.9 } } }
              b: { image: x, networks: { n: { ipv4_address: 10.5.0.9 } } }
              c: { image: x, scale: 2, networks: { n: { ipv4_address: 10.5.0.8 } } }
            networks: { n: { ipam: { config: [{ subnet: 10.5.0.0/24 }] } } }

            """
        #expect(
            Fixture().messages(twice) == [
                "the address `10.5.0.9` in the network `n` is given twice",
                "services.c has 2 containers, which cannot all have the address `10.5.0.8`",
            ])
    }

    @Test func namesThatNoOneCanLookUp() {
        func warnings(_ name: String, _ networks: String = "[n]") -> [String] {
            Fixture().messages(
                "services: { \(name): { image: x, networks: \(networks) } }\nnetworks: { n: {} }\n", .warning)
        }
        let long = String(repeating: "s", count: 64)
        #expect(warnings(long) == ["`\(long)` is no name that other services can look up"])
        #expect(warnings(long, "{ n: { aliases: [short] } }") == [])
        #expect(warnings("a..b") == ["`a..b` is no name that other services can look up"])
        #expect(warnings(String(long.dropFirst())) == [])
        #expect(warnings("my_web.v2") == [])
    }

    @Test func optionsThatAreNotKnownAreNamed() {
        let network = "{ driver_opts: { com.example.speed: '9', com.docker.network.driver.mtu: '1400' } }"
        #expect(
            Fixture().messages(
                "services: { web: { image: x, networks: [n] } }\nnetworks: { n: \(network) }\n", .warning)
                == ["`networks.driver_opts: com.example.speed` belongs to other engines and is ignored"])
    }

    @Test(arguments: [
        (
            "com.docker.network.endpoint.sysctls: net.ipv4.conf.eth0.x=1",
            "`net.ipv4.conf.eth0.x=1` is no setting of a link"
        ),
        ("com.docker.network.endpoint.sysctls: kernel.x=1", "`kernel.x=1` is no setting of a link"),
        ("com.docker.network.endpoint.ifname: a/b", "`a/b` is no name of a network interface"),
    ])
    func optionsOfAMembership(option: String, message: String) {
        #expect(messages("{ n: { driver_opts: { \(option) } } }", "{}") == [message])
    }

    @Test func portsOfSCTP() {
        func messages(_ port: String) -> [String] {
            Fixture().messages("services: { web: { image: x, ports: ['\(port)'] } }\n")
        }
        #expect(messages("0.0.0.0:8080:80/sctp") == [])
        #expect(
            messages("8080:80/sctp") == [
                "services.web publishes an SCTP port on an address that only TCP and UDP are served at"
            ])
    }

    @Test func modesOfTheNetwork() {
        #expect(Fixture().messages(Fixture.file(service: "network_mode: host")) == [])
        #expect(Fixture().messages(Fixture.file(service: "network_mode: service:db")) == [])
        #expect(Fixture().messages(Fixture.file(service: "network_mode: bridge\nports: ['80:80']")) == [])
        #expect(Fixture().messages(Fixture.file(service: "network_mode: shop_default")) == [])
        #expect(
            Fixture().messages(Fixture.file(service: "network_mode: no such")) == [
                "services.web.network_mode is `no such`, which is no name of a network"
            ])
        #expect(
            Fixture().messages("services: { web: { image: x, network_mode: n } }\nnetworks: { n: {} }\n") == [
                "services.web.network_mode is `n`, and names a network outside of the file"
            ])
        #expect(
            Fixture().messages(Fixture.file(service: "network_mode: service:db\nports: ['80:80']")) == [
                "services.web publishes ports and has no network of its own"
            ])
        #expect(
            Fixture().messages(Fixture.file(service: "network_mode: host\nports: ['80:80']"), .warning) == [
                "services.web publishes ports and has the host's own network, in which they are open anyway"
            ])
    }

    @Test func variablesMayNamePorts() throws {
        func messages(_ value: String) -> [String] {
            Fixture().messages(
                "services: { web: { image: x, ports: ['80'] }, a: { image: x, environment: { URL: '\(value)' } } }")
        }
        #expect(messages("http://localhost:${PORT:web:80}/") == [])
        #expect(
            messages("${PORT:wbe:80}") == [
                "the variable `URL` names a port of the service `wbe`, which is not defined"
            ])
        #expect(
            messages("${PORT:web:81}") == [
                "the variable `URL` names the port 81/tcp of the service `web`, which does not publish it"
            ])
    }
}
