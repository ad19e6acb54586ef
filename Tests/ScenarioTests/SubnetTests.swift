import Foundation
import TestSupport
import Testing

extension OnHost {
    /// Which subnet a network gets.
    @Suite(.timeLimit(.minutes(3)), .scenario) struct SubnetTests {
        private func project(_ fixture: Fixture, _ networks: String = "") throws -> Project {
            try fixture.project(
                "name: \(fixture.id)\nservices:\n  web:\n    image: bootstrap:busybox\n    command: sleep 1000\n"
                    + "    stop_grace_period: 0s\n" + networks)
        }

        private func named(_ subnet: String) -> String {
            "networks: {default: {ipam: {config: [{subnet: \(subnet)}]}}}\n"
        }

        @Test func theEnvfileNamesIt() async throws {
            try await withFixture { fixture in
                let project = try project(fixture, named("10.218.7.0/26"))
                try project.expectSuccess("up")
                #expect(try project.status().service("web").address == "10.218.7.2")
                let routes = try project.expectSuccess("exec", "web", "--", "ip", "route")
                #expect(routes.contains("default via 10.218.7.1 ") && routes.contains("10.218.7.0/26"), "\(routes)")
                #expect(try project.trice("plan").succeeded)
                // A change makes the network anew, with its containers.
                try project.write("Envfile", project.read("Envfile").replacing("10.218.7", with: "10.218.9"))
                try project.expectSuccess("up")
                #expect(try project.status().service("web").address == "10.218.9.2")
                // A subnet that is taken is found before anything changes.
                let other = try fixture.project(
                    project.read("Envfile").replacing(fixture.id, with: "\(fixture.id)b"), named: "\(fixture.id)b")
                let refused = try other.trice("up")
                expect(refused, endsWith: 1, saying: "10.218.9.0/26", "Name another one below `ipam:`")
                #expect(try project.status().running == ["web"])
            }
        }

        /// As in Docker: the first pool that has a free address gives it, and each has its gateway on the bridge.
        @Test func aNetworkMayHaveSeveralPools() async throws {
            try await withFixture { fixture in
                let port = try Fixture.freePort()
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      few: { image: bootstrap:busybox, command: sleep 1000, stop_grace_period: 0s, scale: 5 }
                      fixed:
                        image: bootstrap:busybox
                        command: sh -c 'mkdir /www; echo served >/www/index.html; exec httpd -f -p 80 -h /www'
                        stop_grace_period: 0s
                        ports: ["0.0.0.0:\(port):80"]
                        networks: { default: { ipv4_address: 10.219.9.77 } }
                    networks:
                      default:
                        ipam:
                          config:
                            - { subnet: 10.218.7.0/29, aux_addresses: { printer: 10.218.7.3 } }
                            - { subnet: 10.219.9.0/24, gateway: 10.219.9.254, ip_range: 10.219.9.64/28 }
                    """)
                try project.expectSuccess("up")
                let few = try project.status().services.filter { $0.service == "few" }.compactMap(\.address).sorted()
                // Of the first, 1 is the gateway's, 3 kept, and 7 for all.
                #expect(
                    few.filter { $0.hasPrefix("10.218.7.") } == [
                        "10.218.7.2", "10.218.7.4", "10.218.7.5", "10.218.7.6",
                    ])
                #expect(few.filter { $0.hasPrefix("10.219.9.") }.count == 1, "\(few)")
                let routes = try project.expectSuccess("exec", "fixed", "--", "ip", "route")
                #expect(routes.contains("default via 10.219.9.254 ") && routes.contains("10.219.9.0/24"), "\(routes)")
                // Which of them has an address of the first, the order of their starts decides.
                let one = try #require(try project.status().services.first { $0.address == "10.218.7.2" })
                let index = String(one.container.dropFirst("few-".count))
                let own = try project.expectSuccess("exec", "--index", index, "few", "--", "ip", "route")
                #expect(own.contains("default via 10.218.7.1 "), "\(own)")
                // By address and by name from the other subnet, and from the host by the published port.
                for place in ["10.219.9.77", "fixed"] {
                    let fetched = try project.expectSuccess(
                        "exec", "--index", index, "few", "--", "wget", "-q", "-O-", "http://\(place)/")
                    #expect(fetched == "served\n")
                }
                #expect(Response.eventually(from: Endpoint("127.0.0.1", port)) { $0.body == "served\n" })
                let outside = try hostAddresses(inside: true).filter { $0.hasPrefix("10.21") }
                #expect(outside.contains("10.218.7.1") && outside.contains("10.219.9.254"), "\(outside)")
                #expect(try project.trice("plan").exit == .code(0))
                // A subnet that another environment has is refused, also where it is not the first.
                let other = try fixture.project(
                    "name: \(fixture.id)b\nservices: {web: {image: bootstrap:busybox, command: sleep 1000}}\n"
                        + named("10.219.9.128/25"), named: "\(fixture.id)b")
                expect(try other.trice("up"), endsWith: 1, saying: "10.219.9.128/25 cannot be used")
                try project.expectSuccess("down")
                #expect(try !hostAddresses(inside: true).contains("10.219.9.254"))
            }
        }

        /// Without a way out the containers of all pools are neighbours on the bridge.
        @Test func poolsOfAnInternalNetworkReachEachOther() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      web:
                        image: bootstrap:busybox
                        command: sh -c 'mkdir /www; echo served >/www/index.html; exec httpd -f -p 80 -h /www'
                        stop_grace_period: 0s
                        networks: { inside: { ipv4_address: 10.219.9.77 } }
                      client: { image: bootstrap:busybox, command: sleep 1000, stop_grace_period: 0s, networks: [inside] }
                    networks:
                      inside:
                        internal: true
                        ipam: { config: [{ subnet: 10.218.7.0/29 }, { subnet: 10.219.9.0/24 }] }
                    """)
                try project.expectSuccess("up")
                #expect(try project.status().service("client").address == "10.218.7.2")
                for place in ["10.219.9.77", "web"] {
                    let fetched = try project.expectSuccess(
                        "exec", "client", "--", "wget", "-q", "-O-", "http://\(place)/")
                    #expect(fetched == "served\n")
                }
                let routes = try project.expectSuccess("exec", "client", "--", "ip", "route")
                #expect(routes.contains("10.219.9.0/24 dev eth0 ") && !routes.contains("default"), "\(routes)")
                try project.expectSuccess("down")
            }
        }

        /// A container has an address of the first pool, or the one of another that it asks for.
        @Test func aNetworkMayHaveSeveralPoolsOfIPv6() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      web:
                        image: bootstrap:busybox
                        command: sh -c 'mkdir /www; echo served >/www/index.html; exec httpd -f -p 80 -h /www'
                        stop_grace_period: 0s
                        networks: { default: { ipv6_address: "fd00:77:2::77" } }
                      client: { image: bootstrap:busybox, command: sleep 1000, stop_grace_period: 0s }
                    networks:
                      default:
                        enable_ipv6: true
                        ipam:
                          config:
                            - { subnet: "fd00:77:1::/64" }
                            - { subnet: "fd00:77:2::/64", gateway: "fd00:77:2::fe" }
                    """)
                try project.expectSuccess("up")
                let own = try project.expectSuccess("exec", "web", "--", "ip", "-6", "route")
                #expect(own.contains("default via fd00:77:2::fe ") && own.contains("fd00:77:1::/64 dev eth0"), "\(own)")
                let others = try project.expectSuccess("exec", "client", "--", "ip", "-6", "route")
                #expect(others.contains("default via fd00:77:1::1 "), "\(others)")
                for place in ["[fd00:77:2::77]", "web"] {
                    let fetched = try project.expectSuccess(
                        "exec", "client", "--", "wget", "-q", "-O-", "http://\(place)/")
                    #expect(fetched == "served\n")
                }
                let found = try project.expectSuccess("exec", "client", "--", "nslookup", "-type=aaaa", "web.")
                #expect(found.contains("Address: fd00:77:2::77"), "\(found)")
                let reversed = try project.expectSuccess("exec", "client", "--", "nslookup", "fd00:77:2::77")
                #expect(reversed.contains("-web-1."), "\(reversed)")
                let outside = try UserRun.inside("ip", ["-6", "-o", "address"]).run().standardOutput
                #expect(outside.contains("fd00:77:1::1/64") && outside.contains("fd00:77:2::fe/64"), "\(outside)")
                let rules = try UserRun.inside(
                    "nft", ["list", "table", "inet", "trice-\(try project.status().environment)"]
                )
                .run().standardOutput
                #expect(rules.contains("ip6 saddr { fd00:77:1::/64, fd00:77:2::/64 } oifname != "), "\(rules)")
                #expect(try project.trice("plan").exit == .code(0))
                try project.expectSuccess("down")
                #expect(try !UserRun.inside("ip", ["-6", "-o", "address"]).run().standardOutput.contains("fd00:77:"))
            }
        }

        @Test func addressesInsideASubnetAreNoSubnets() async throws {
            try await withFixture { fixture in
                let project = try project(fixture, named("10.218.7.9/24"))
                expect(try project.trice("validate"), endsWith: 1, saying: "Envfile:7:", "write `10.218.7.0/24`")
                try project.write("Envfile", project.read("Envfile").replacing("9/24", with: "0/31"))
                expect(try project.trice("validate"), endsWith: 1, saying: "prefix length outside 8 to 29")
            }
        }

        /// On a host that routes every private range, the error names both ways out, and the settings are one.
        @Test func theSettingsNamePools() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                let binary = try #require(Fixture.binary)
                let routes = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]
                    .map { "ip route add \($0) dev lo" }.joined(separator: "; ")
                func onRoutedHost(_ commands: String) throws -> Command.Output {
                    try Command(
                        "unshare", ["-n", "sh", "-c", "ip link set lo up; \(routes); \(commands)"],
                        environment: fixture.environment, directory: project.directory
                    ).run()
                }
                let refused = try onRoutedHost("\(binary) up")
                expect(refused, endsWith: 1, saying: "No free subnet", "{ipam: {config: [{subnet: ", "addressPools")

                let settings = "\(fixture.directory)/.config/trice"
                try FileManager.default.createDirectory(atPath: settings, withIntermediateDirectories: true)
                try Data(#"{"addressPools": ["10.219.0.0/16"]}"#.utf8).write(
                    to: URL(filePath: "\(settings)/settings.json"))
                let up = try onRoutedHost("\(binary) up && \(binary) exec web -- ip route; \(binary) down")
                #expect(up.standardOutput.contains("default via 10.219.0.1 "), "\(up.description)")
            }
        }
    }
}
