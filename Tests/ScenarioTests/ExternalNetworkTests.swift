import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// A network that several environments use.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct ExternalNetworkTests {
        private static let service = """
            x-service: &service { image: "bootstrap:busybox", command: sleep 1000, stop_grace_period: 0s }

            """

        private func owner(_ fixture: Fixture, _ network: String, options: String = "") throws -> Project {
            try fixture.project(
                Self.service + """
                    name: \(fixture.id)o
                    services:
                      web: { <<: *service, networks: { edge: { aliases: [site] } } }
                      db: { <<: *service, networks: [back] }
                    networks: { edge: { name: \(network)\(options) }, back: {} }

                    """, named: "owner", file: "compose.yaml")
        }

        private func user(
            _ fixture: Fixture, _ number: Int, _ network: String, service: String = "", more: String = ""
        ) throws -> Project {
            try fixture.project(
                Self.service + """
                    name: \(fixture.id)u\(number)
                    services:
                      app: { <<: *service, networks: { shared: { aliases: [app\(number)] }\(more) }\(service) }
                    networks: { shared: { external: true, name: \(network) }\(more.isEmpty ? "" : ", own: {}") }

                    """, named: "user\(number)", file: "compose.yaml")
        }

        private func lookUp(_ name: String, from service: String, _ project: Project) throws -> Set<String> {
            let output = try project.trice("exec", service, "--", "nslookup", "-type=a", "\(name).")
            return Set(
                output.standardOutput.split(separator: "\n").drop { !$0.hasPrefix("Name:") }
                    .filter { $0.hasPrefix("Address:") }.map { $0.dropFirst(8).trimmingCharacters(in: .whitespaces) })
        }

        private func address(_ service: String, _ project: Project) throws -> String {
            try #require(try project.status().service(service).address)
        }

        /// Attributes: `networks.*.external`, `networks.*.name`
        @Test(.alone) func severalEnvironmentsUseTheNetworkOfOne() async throws {
            try await withFixture { fixture in
                let network = "\(fixture.id)-edge"
                let owner = try owner(fixture, network)
                let first = try user(fixture, 1, network)
                let second = try user(fixture, 2, network, more: ", own: {}")
                let warmUp = try fixture.project(
                    "services: {a: {image: \"bootstrap:busybox\", command: sleep 9}}\n", named: "warm")
                try warmUp.expectSuccess("up")
                try warmUp.expectSuccess("down", "--volumes")
                let before = try HostSnapshot.take(directories: [])

                // It does not exist yet: what there is, is told, and nothing is made.
                let missing = try first.trice("up")
                #expect(missing.exit == .code(1))
                #expect(missing.standardError.contains("The external network `\(network)` does not exist."))
                #expect(try HostSnapshot.settledDifference(from: before, directories: []) == [])
                try owner.expectSuccess("up")
                let other = try user(fixture, 3, "\(network)x").trice("up")
                #expect(other.standardError.contains("have `\(network)`, `\(fixture.id)o_back`."), "\(other)")

                // Two that join at once.
                async let joined = Task.detached { try first.expectSuccess("up") }.value
                try second.expectSuccess("up")
                _ = try await joined
                let web = try address("web", owner)
                let apps = [try address("app", first), try second.expectSuccess("exec", "app", "--", "hostname", "-i")]
                #expect(Set([web] + apps).count == 3)
                #expect(try lookUp("site", from: "app", first) == [web])
                #expect(try lookUp("web", from: "app", second) == [web])
                #expect(try lookUp("app1", from: "web", owner) == [apps[0]])
                #expect(try lookUp("app1", from: "app", second) == [apps[0]])
                #expect(try lookUp("app", from: "web", owner).count == 2)
                // What is in another network of the owner is not seen.
                #expect(try lookUp("db", from: "app", first) == [])
                try first.expectSuccess("exec", "app", "--", "ping", "-c1", "-W5", "site")
                try owner.expectSuccess("exec", "web", "--", "ping", "-c1", "-W5", "app1")
                // A second `up` has nothing to do, and a stopped container has no name.
                try first.expectSuccess("plan")
                try owner.expectSuccess("plan")
                try first.expectSuccess("halt")
                #expect(try lookUp("app1", from: "web", owner) == [])
                try first.expectSuccess("up")
                #expect(try lookUp("app1", from: "web", owner) == [apps[0]])

                // The owner stays while it is used, and its network too when the file changes.
                let refused = try owner.trice("down")
                #expect(refused.exit == .code(1))
                #expect(refused.standardError.contains("its network `edge` is used by"), "\(refused)")
                #expect(try owner.status().service("web").state == "running")
                _ = try self.owner(fixture, network, options: ", internal: true")
                let changed = try owner.trice("up")
                #expect(changed.standardError.contains("is kept although its configuration changed"), "\(changed)")
                try first.expectSuccess("exec", "app", "--", "ping", "-c1", "-W5", "site")

                try first.expectSuccess("down")
                #expect(try lookUp("app1", from: "web", owner) == [])
                #expect(try lookUp("web", from: "app", second) == [web])
                kill(try #require(try second.status().supervisor?.pid), SIGKILL)
                try second.expectSuccess("up")
                #expect(try lookUp("web", from: "app", second) == [web])
                try second.expectSuccess("down")
                try owner.expectSuccess("down")
                #expect(try HostSnapshot.settledDifference(from: before, directories: []) == [])
            }
        }

        /// Attributes: `network_mode`, `external_links`, `networks.*.external.name`
        @Test func modesAndLinksThatLeadOutside() async throws {
            try await withFixture { fixture in
                let network = "\(fixture.id)-edge"
                let owner = try owner(fixture, network)
                try owner.expectSuccess("up")
                let port = try Fixture.freePort()
                let user = try fixture.project(
                    Self.service + """
                        name: \(fixture.id)u
                        services:
                          mode: { <<: *service, network_mode: \(network) }
                          bridge:
                            <<: *service
                            network_mode: bridge
                            ports: ["127.0.0.1:\(port):80"]
                            command: sh -c 'mkdir /w; echo bridge >/w/index.html; exec httpd -f -p 80 -h /w'
                          link:
                            <<: *service
                            networks: [edge]
                            external_links: ["\(fixture.id)o-web-1:shop"]
                        networks: { edge: { external: { name: \(network) } } }

                        """, named: "user", file: "compose.yaml")
                let shown = try user.expectSuccess("config")
                #expect(shown.contains("network_mode: bridge") && !shown.contains("  bridge:\n    name"), "\(shown)")
                try user.expectSuccess("up")
                let web = try address("web", owner)
                #expect(try lookUp("site", from: "mode", user) == [web])
                #expect(try lookUp("site", from: "bridge", user) == [])
                #expect(try lookUp("shop", from: "link", user) == [web])
                #expect(Response.eventually(from: Endpoint("127.0.0.1", port)) { $0.body == "bridge\n" })
                try user.expectSuccess("down")
                try owner.expectSuccess("halt")
                let refused = try user.trice("up")
                #expect(refused.standardError.contains("No container `\(fixture.id)o-web-1`"), "\(refused)")
                try owner.expectSuccess("down")
            }
        }
    }
}
