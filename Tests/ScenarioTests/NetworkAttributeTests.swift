import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// What files say of networks, as the host and the containers show it.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct NetworkAttributeTests {
        private func links(_ arguments: String...) throws -> [[String: Any]] {
            let output = try UserRun.inside("ip", ["-j", "-d"] + arguments).run()
            return try JSONSerialization.jsonObject(with: Data(output.standardOutput.utf8)) as? [[String: Any]] ?? []
        }

        private func inside(_ service: String, _ project: Project, _ command: String...) throws -> String {
            let output = try project.command(["exec", service, "--"] + command).run()
            guard output.succeeded else { throw TestError(output.description) }
            return output.standardOutput
        }

        /// Attributes: `networks.*.ipv4_address`, `networks.*.mac_address`, `networks.*.interface_name`
        /// Attributes: `networks.*.link_local_ips`, `networks.*.driver_opts`, `networks.*.ipam.config.*.gateway`
        /// Attributes: `networks.*.ipam.config.*.subnet`, `networks.*.ipam.config.*.ip_range`
        /// Attributes: `networks.*.ipam.config.*.aux_addresses`, `mac_address`, `networks.*.ipam`
        /// Attributes: `networks.*.ipam.config`
        @Test func addressesAndLinksAsTheyAreGiven() async throws {
            try await withFixture { fixture in
                let net = "10.\(Int.random(in: 60...99)).\(Int.random(in: 0...255))"
                let bridge = "br\(fixture.id.suffix(8))"
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    x-service: &service { image: "bootstrap:busybox", command: sleep 1000, stop_grace_period: 0s }
                    services:
                      web:
                        <<: *service
                        networks:
                          lan:
                            ipv4_address: \(net).40
                            mac_address: 02:42:ac:11:00:09
                            interface_name: lan0
                            link_local_ips: [169.254.7.7]
                      auto: { <<: *service, networks: [lan] }
                      other: { <<: *service, networks: [lan], mac_address: 02:42:ac:11:00:0a }
                    networks:
                      lan:
                        driver_opts:
                          com.docker.network.driver.mtu: 1400
                          com.docker.network.bridge.name: \(bridge)
                        ipam:
                          config:
                            - subnet: \(net).0/24
                              gateway: \(net).254
                              ip_range: \(net).40/29
                              aux_addresses: { printer: \(net).41 }

                    """, file: "compose.yaml")
                try project.expectSuccess("up")
                let host = try #require(try links("address", "show", "dev", bridge).first)
                #expect(host["mtu"] as? Int == 1400)
                let addresses = host["addr_info"] as? [[String: Any]] ?? []
                #expect(addresses.contains { $0["local"] as? String == "\(net).254" })
                let web = try inside("web", project, "ip", "address", "show", "lan0")
                for text in ["inet \(net).40/24", "02:42:ac:11:00:09", "mtu 1400", "inet 169.254.7.7/16"] {
                    #expect(web.contains(text), "`\(text)` is missing: \(web)")
                }
                #expect(try inside("web", project, "ip", "route").contains("default via \(net).254 dev lan0"))
                #expect(try inside("other", project, "ip", "link", "show", "eth0").contains("02:42:ac:11:00:0a"))
                // Those without an address are in the range, apart from what is reserved and given.
                let status = try project.status()
                let free = [try status.service("auto").address, try status.service("other").address]
                #expect(Set(free) == ["\(net).42", "\(net).43"])
                try project.expectSuccess("down")
                #expect(try !UserRun.inside("ip", ["link", "show", bridge]).run().succeeded)
            }
        }

        /// Attributes: `networks.*.driver_opts`, `networks.*.internal`
        @Test func optionsOfBridgesAndOfMemberships() async throws {
            try await withFixture { fixture in
                let port = try Fixture.freePort()
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    x-service: &service { image: "bootstrap:busybox", command: sleep 1000, stop_grace_period: 0s }
                    services:
                      web:
                        <<: *service
                        command: sh -c 'mkdir /w; echo routed >/w/index.html; exec httpd -f -p 80 -h /w'
                        ports: ["\(port):80"]
                        networks:
                          routed:
                            driver_opts:
                              com.docker.network.endpoint.ifname: front0
                              com.docker.network.endpoint.sysctls: net.ipv4.conf.IFNAME.log_martians=1,net.ipv4.conf.IFNAME.forwarding=0
                      lone: { <<: *service, networks: [apart], ports: ["127.0.0.1::80"] }
                      peer: { <<: *service, networks: [apart] }
                      snat: { <<: *service, networks: [open] }
                    networks:
                      routed: { driver_opts: { com.docker.network.bridge.gateway_mode_ipv4: routed } }
                      apart:
                        internal: true
                        driver_opts:
                          com.docker.network.bridge.gateway_mode_ipv4: isolated
                          com.docker.network.container_iface_prefix: lan
                      open:
                        driver_opts:
                          com.docker.network.bridge.gateway_mode_ipv4: nat-unprotected
                          com.docker.network.host_ipv4: 192.0.2.7

                    """, file: "compose.yaml")
                try project.expectSuccess("up")
                let status = try project.status()
                let address = try #require(try status.service("web").address)
                let rules = try UserRun.inside("nft", ["list", "table", "inet", "trice-\(status.environment)"]).run()
                    .standardOutput
                // What is routed keeps its address, and its published port is open at it.
                #expect(rules.contains("ip daddr \(address) tcp dport 80 accept"), "\(rules)")
                let subnet = address.split(separator: ".").dropLast().joined(separator: ".") + ".0/24"
                #expect(!rules.contains("ip saddr \(subnet) oifname != "), "\(rules)")
                #expect(Response.eventually(from: Endpoint("127.0.0.1", port)) { $0.body == "routed\n" })
                for setting in ["log_martians", "forwarding"] {
                    let value = try inside("web", project, "cat", "/proc/sys/net/ipv4/conf/front0/\(setting)")
                    #expect(value == (setting == "forwarding" ? "0\n" : "1\n"), "\(setting)")
                }
                // What is isolated has its neighbours alone: the host has no address there.
                let lone = try #require(try status.service("lone").address)
                #expect(try inside("peer", project, "ip", "-o", "address", "show", "lan0").contains("inet "))
                #expect(try inside("peer", project, "ping", "-c1", "-W5", "lone").contains("(\(lone))"))
                let gateway = lone.split(separator: ".").dropLast().joined(separator: ".") + ".1"
                #expect(try !UserRun.inside("ip", ["-o", "address"]).run().standardOutput.contains(" \(gateway)/"))
                #expect(rules.contains("snat ip to 192.0.2.7") && rules.contains("ip daddr "), "\(rules)")
                try project.expectSuccess("down")
                let broken = try fixture.project(
                    """
                    services:
                      web:
                        image: "bootstrap:busybox"
                        networks:
                          default:
                            driver_opts: { com.docker.network.endpoint.sysctls: net.ipv4.conf.IFNAME.no_such=1 }

                    """, named: "\(fixture.id)b", file: "compose.yaml")
                let refused = try broken.trice("up")
                #expect(refused.standardError.contains("no setting `net.ipv4.conf.IFNAME.no_such`"), "\(refused)")
                #expect(try broken.status().services.isEmpty)
            }
        }

        /// Attributes: `ports.*.protocol`
        @Test func portsOfSCTPNeedAKernelWithIt() async throws {
            try await withFixture { fixture in
                let port = try Fixture.freePort()
                let project = try fixture.project(
                    """
                    services:
                      web: { image: "bootstrap:busybox", command: sleep 1000, ports: ["\(port):80/sctp"] }

                    """, file: "compose.yaml")
                let output = try project.trice("up")
                let isSupported = socket(AF_INET, Int32(SOCK_STREAM.rawValue), Int32(IPPROTO_SCTP)) >= 0
                if isSupported {
                    let environment = try project.status().environment
                    let rules = try UserRun.inside("nft", ["list", "table", "inet", "trice-\(environment)"]).run()
                    #expect(output.succeeded && rules.standardOutput.contains("sctp dport"), "\(output) \(rules)")
                } else {
                    #expect(output.exit == .code(1) && output.standardError.contains("`modprobe sctp`"), "\(output)")
                    #expect(try project.status().services.isEmpty)
                }
            }
        }

        /// Attributes: `networks.*.ipv6_address`, `networks.*.enable_ipv6`, `networks.*.enable_ipv4`
        @Test func networksOfIPv6() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    x-service: &service { image: "bootstrap:busybox", stop_grace_period: 0s }
                    services:
                      web:
                        <<: *service
                        command: sh -c 'mkdir /w; echo six >/w/index.html; exec httpd -f -p 80 -h /w'
                        networks: [both, six]
                      client: { <<: *service, command: sleep 1000, networks: [both] }
                      only: { <<: *service, command: sleep 1000, networks: [six] }
                    networks:
                      both: { enable_ipv6: true }
                      six: { enable_ipv4: false, enable_ipv6: true }

                    """, file: "compose.yaml")
                let before = try String(contentsOfFile: "/proc/sys/net/ipv6/conf/all/forwarding", encoding: .utf8)
                try project.expectSuccess("up")
                let addresses = try inside("client", project, "ip", "-6", "address", "show", "eth0")
                #expect(addresses.contains("inet6 fd"), "\(addresses)")
                #expect(try inside("client", project, "ip", "-6", "route").contains("default via fd"))
                #expect(try !inside("only", project, "ip", "-4", "address", "show", "eth0").contains("inet "))
                for service in ["client", "only"] {
                    let found = try inside(service, project, "nslookup", "-type=aaaa", "web.")
                    #expect(found.contains("Address: fd"), "\(found)")
                }
                #expect(try inside("only", project, "wget", "-qO-", "http://web/") == "six\n")
                let rules = try UserRun.inside(
                    "nft", ["list", "table", "inet", "trice-\(try project.status().environment)"]
                )
                .run()
                #expect(rules.standardOutput.contains("ip6 saddr fd"))
                try project.expectSuccess("down")
                let after = try String(contentsOfFile: "/proc/sys/net/ipv6/conf/all/forwarding", encoding: .utf8)
                #expect(before == after)
            }
        }

        /// Attributes: `network_mode`
        @Test func networksOfOthers() async throws {
            try await withFixture { fixture in
                let port = try Fixture.freePort()
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    x-service: &service { image: "bootstrap:busybox", stop_grace_period: 0s }
                    services:
                      host:
                        <<: *service
                        network_mode: host
                        command: sh -c 'mkdir /w; echo host >/w/index.html; exec httpd -f -p 127.0.0.1:\(port) -h /w'
                      web: { <<: *service, command: sh -c 'mkdir /w; echo web >/w/index.html; exec httpd -f -p 127.0.0.1:80 -h /w' }
                      side: { <<: *service, network_mode: "service:web", command: sleep 1000 }
                      none: { <<: *service, network_mode: none, command: sleep 1000 }

                    """, file: "compose.yaml")
                try project.expectSuccess("up")
                let host = UserRun.inside("busybox", ["wget", "-qO-", "http://127.0.0.1:\(port)/"])
                #expect(try eventually { try host.run().standardOutput == "host\n" })
                let status = try project.status()
                func namespace(_ service: String) throws -> String {
                    try FileManager.default.destinationOfSymbolicLink(
                        atPath: "/proc/\(try #require(try status.service(service).pid))/ns/net")
                }
                // The host's, and for a user the one in which the user's networks are.
                let own = try UserRun.inside("readlink", ["/proc/self/ns/net"]).run().standardOutput
                #expect(try namespace("host") + "\n" == own)
                #expect(try namespace("side") == namespace("web"))
                #expect(try inside("side", project, "wget", "-qO-", "http://127.0.0.1/") == "web\n")
                #expect(try inside("side", project, "cat", "/etc/hosts") == inside("web", project, "cat", "/etc/hosts"))
                let resolver = try inside("host", project, "cat", "/etc/resolv.conf")
                #expect(!resolver.contains("127.0.0.11"))
                #expect(try inside("none", project, "ip", "-o", "link").split(separator: "\n").count == 1)

                // The one whose network is shared is made anew: the other one follows it.
                try project.expectSuccess("up", "--force-recreate")
                #expect(try inside("side", project, "wget", "-qO-", "http://127.0.0.1/") == "web\n")
                kill(try #require(try project.status().service("side").pid), SIGKILL)
                #expect(try eventually { try project.status().service("side").state == "exited" })
                try project.expectSuccess("up")
                #expect(try inside("side", project, "wget", "-qO-", "http://127.0.0.1/") == "web\n")
            }
        }

        @Test func theNetworkOfAContainerOfAnotherEnvironment() async throws {
            try await withFixture { fixture in
                let first = try fixture.project(
                    """
                    name: \(fixture.id)a
                    services:
                      web: { image: "bootstrap:busybox", command: sleep 1000, container_name: \(fixture.id)-shared }

                    """, named: "\(fixture.id)a", file: "compose.yaml")
                let second = try fixture.project(
                    """
                    name: \(fixture.id)b
                    services:
                      side: { image: "bootstrap:busybox", command: sleep 1000, network_mode: "container:\(fixture.id)-shared" }

                    """, named: "\(fixture.id)b", file: "compose.yaml")
                expect(try second.trice("up"), endsWith: 1, saying: "No container `\(fixture.id)-shared`")
                try first.expectSuccess("up")
                try second.expectSuccess("up")
                #expect(
                    try inside("side", second, "ip", "-o", "-4", "address")
                        == inside("web", first, "ip", "-o", "-4", "address"))
            }
        }

        @Test func variablesHaveTheHostPort() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      a: { image: "bootstrap:busybox", command: sleep 1000, environment: { URL: "http://localhost:${PORT:web:80}/" } }
                      web: { image: "bootstrap:busybox", command: sleep 1000, ports: ["80"] }

                    """)
                try project.expectSuccess("up")
                let port = try project.status().port(of: "web", 80)
                #expect(try inside("a", project, "sh", "-c", "echo $URL") == "http://localhost:\(port)/\n")
                expect(try project.trice("plan"), endsWith: 0)
            }
        }
    }
}
