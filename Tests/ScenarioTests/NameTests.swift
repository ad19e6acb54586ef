import Foundation
import TestSupport
import Testing

extension OnHost {
    /// Names, as the containers of an environment look them up.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct NameTests {
        /// The addresses that `nslookup` finds, after those of the server; busybox asks the one of resolv.conf.
        private func lookUp(_ name: String, from service: String, _ project: Project) throws -> [String] {
            let output = try project.trice("exec", service, "--", "nslookup", name)
            let answers = output.standardOutput.split(separator: "\n").drop {
                !$0.hasPrefix("Name:") && !$0.contains("name =")
            }
            return answers.compactMap { line in
                if line.hasPrefix("Address:") { return line.dropFirst(8).trimmingCharacters(in: .whitespaces) }
                guard let place = line.range(of: "name = ") else { return nil }
                return String(line[place.upperBound...])
            }
        }

        private func file(_ path: String, of service: String, _ project: Project) throws -> [String] {
            try project.expectSuccess("exec", service, "--", "cat", path).split(separator: "\n").map(String.init)
        }

        /// Attributes: `networks.*.aliases`
        @Test func namesOfServicesThatShareANetwork() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    x-service: &service { image: "bootstrap:busybox", command: sleep 1000, stop_grace_period: 0s }
                    services:
                      web: { <<: *service, networks: { front: { aliases: [site] }, back: { aliases: [inner] } } }
                      db: { <<: *service, networks: [back], container_name: Store }
                      proxy: { <<: *service, networks: [front] }
                      alone: { <<: *service, network_mode: none }
                    networks: { front: {}, back: { internal: true } }

                    """, file: "compose.yaml")
                try project.expectSuccess("up")
                let resolver = try file("/etc/resolv.conf", of: "web", project)
                #expect(
                    resolver.contains("nameserver 127.0.0.11")
                        && resolver.filter { $0.hasPrefix("nameserver") }.count == 1)
                let status = try project.status()
                let web = try #require(try status.service("web").address)
                let db = try #require(try status.service("db").address)
                for name in ["web", "site", "web-1", "\(fixture.id)-web-1", "web.front", "WEB"] {
                    #expect(try lookUp(name, from: "proxy", project) == [web], "\(name)")
                }
                for name in ["db", "store", "db.\(fixture.id)_back"] {
                    #expect(try lookUp(name, from: "web", project) == [db], "\(name)")
                }
                // What shares no network has no name.
                #expect(try lookUp("db", from: "proxy", project) == [])
                #expect(try lookUp("inner", from: "proxy", project) == [])
                #expect(try lookUp("web", from: "alone", project) == [])
                // Reverse, and the host.
                #expect(try lookUp(web, from: "proxy", project) == ["\(fixture.id)-web-1.\(fixture.id)_front"])
                let gateway = web.split(separator: ".").dropLast().joined(separator: ".") + ".1"
                // The host of a user is behind the way out.
                if !UserRun.isOn {
                    #expect(try lookUp("host.docker.internal", from: "proxy", project) == [gateway])
                    #expect(try lookUp(gateway, from: "proxy", project) == ["host.trice.internal"])
                }
                // /etc/hosts has the own name alone.
                let hosts = try file("/etc/hosts", of: "proxy", project).filter {
                    !$0.contains("ip6-") && !$0.hasPrefix("127.")
                }
                #expect(hosts.count == 1 && hosts[0].hasSuffix("\tproxy"))

                // Names come and go with their containers, without a change of those that ask.
                kill(try #require(try status.service("web").pid), SIGKILL)
                #expect(try eventually { try lookUp("web", from: "proxy", project) == [] })
                try project.expectSuccess("up")
                #expect(try lookUp("site", from: "proxy", project) == [web])

                // A supervisor that was killed serves again when the next one is there.
                try project.killSupervisor()
                try project.expectSuccess("up")
                #expect(try lookUp("web", from: "proxy", project) == [web])
            }
        }

        /// Attributes: `dns`, `dns_search`, `dns_opt`, `extra_hosts`, `links`, `domainname`, `container_name`
        @Test(.needsRoot(.gateway)) func whatAServiceSaysOfNames() async throws {
            try await withFixture { fixture in
                let subnet = "10.\(Int.random(in: 60...99)).\(Int.random(in: 0...255))"
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      web:
                        image: "bootstrap:busybox"
                        command: sleep 1000
                        hostname: box
                        domainname: shop.example
                        dns: [\(subnet).1]
                        dns_search: [shop.example, example]
                        dns_opt: [ndots:2, use-vc]
                        extra_hosts: ["mirror:192.0.2.9", "me=host-gateway"]
                        links: ["db:database"]
                      db: { image: "bootstrap:busybox", command: sleep 1000 }
                    networks: { default: { ipam: { config: [{ subnet: \(subnet).0/24 }] } } }

                    """, file: "compose.yaml")
                try project.expectSuccess("up")
                #expect(
                    try file("/etc/resolv.conf", of: "web", project) == [
                        "nameserver 127.0.0.11", "search shop.example example", "options ndots:2 use-vc",
                    ])
                let hosts = try file("/etc/hosts", of: "web", project)
                #expect(hosts.contains("192.0.2.9\tmirror") && hosts.contains("\(subnet).1\tme"))
                #expect(hosts.contains { $0.hasSuffix("\tbox.shop.example box") })
                let domain = try file("/proc/sys/kernel/domainname", of: "web", project)
                #expect(domain == ["shop.example"])
                let db = try #require(try project.status().service("db").address)
                #expect(try lookUp("database.", from: "web", project) == [db])
                #expect(try lookUp("mirror.", from: "web", project) == ["192.0.2.9"])
                #expect(try lookUp("database.", from: "db", project) == [])

                // Other names go to the server that it names, from the host.
                let server = try Socket(binding: .udp, to: Endpoint("\(subnet).1", 53))
                let running = try project.command(["exec", "web", "--", "nslookup", "other.example."]).start()
                let question = try server.receive()
                #expect(question.count > 12 && question[12...].starts(with: [5] + Array("other".utf8)))
                running.stop()
                _ = running.wait()

                // A change of a name makes the container anew, and nothing else.
                try project.write(
                    "compose.yaml", try project.read("compose.yaml").replacing("ndots:2", with: "ndots:3"))
                #expect(try project.trice("plan").standardOutput == "~ container web-1  dns options changed\n")
            }
        }

        @Test func namesThatAreNoNamesAreFoundByValidate() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      web:
                        image: "bootstrap:busybox"
                        dns: [dns.example]
                        domainname: "a b"
                        extra_hosts: { "a/b": 10.0.0.1 }
                        networks: { default: { aliases: [ok, "a b"] } }

                    """, file: "compose.yaml")
                let output = try project.trice("validate")
                expect(
                    output, endsWith: 1, saying: "compose.yaml:5:11", "`dns.example` is no address of a name server",
                    "`a b` is no domain name", "`a/b` is no host name", "`a b` is no name that can be looked up")
            }
        }
    }
}
