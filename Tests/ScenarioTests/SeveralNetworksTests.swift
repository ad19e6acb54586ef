import Foundation
import TestSupport
import Testing

/// A service on two networks, of which one may be internal.
struct TwoNetworks: Sendable, CustomTestStringConvertible {
    var file = "compose.yaml"
    /// What the service says about its networks, as YAML in flow style.
    var networks: String
    /// The network that is internal.
    var inner: String?
    /// The network of the default route and of published ports.
    var outer: String
    /// The network of `eth0`; `outer` unless given.
    var first: String?
    /// The host's part of the published port, before its number.
    var binding = ""
    /// Whether other addresses of the host than the loopback lead to the port.
    var isOpen = true

    var testDescription: String { "\(file): \(networks), inner \(inner ?? "none"), port on `\(binding)`" }

    static let all = [
        // Either order in the file and either order of the names.
        TwoNetworks(networks: "[back, front]", inner: "back", outer: "front", first: "back"),
        TwoNetworks(networks: "[front, back]", inner: "back", outer: "front", first: "back"),
        TwoNetworks(networks: "[front, back]", inner: "front", outer: "back"),
        // Both dialects and every address that a port can be bound to.
        TwoNetworks(
            file: "Envfile", networks: "[back, front]", inner: "back", outer: "front", first: "back", isOpen: false),
        TwoNetworks(
            file: "Envfile", networks: "[front, back]", inner: "back", outer: "front", first: "back",
            binding: "0.0.0.0:"),
        TwoNetworks(
            networks: "[back, front]", inner: "back", outer: "front", first: "back", binding: "127.0.0.1:",
            isOpen: false),
        // An internal network never carries the default route.
        TwoNetworks(
            networks: "{back: {priority: 10, gw_priority: 10}, front: {}}", inner: "back", outer: "front",
            first: "back"),
        // Two open networks: by order, by priority, by the priority of the gateway.
        TwoNetworks(networks: "[front, back]", outer: "back"),
        TwoNetworks(networks: "{back: {}, front: {priority: 10}}", outer: "front"),
        TwoNetworks(networks: "{back: {}, front: {gw_priority: 1}}", outer: "front", first: "back"),
        TwoNetworks(
            file: "Envfile", networks: "{back: {gw_priority: 1}, front: {priority: 1}}", outer: "back",
            first: "front", isOpen: false),
    ]

    func text(_ name: String, port: UInt16) -> String {
        let networks = ["back", "front"].map { "  \($0): {\($0 == inner ? "internal: true" : "")}" }
        let neighbours = ["back", "front"].map { network in
            """
              on-\(network):
                image: bootstrap:busybox
                command: sleep 1000
                networks: [\(network)]
            """
        }
        return """
            name: \(name)
            services:
              web:
                image: bootstrap:busybox
                command: sh -c 'mkdir /w; echo \(name) >/w/index.html; exec httpd -f -p 80 -h /w'
                networks: \(self.networks)
                ports:
                  - "\(binding)\(port):80"
            \(neighbours.joined(separator: "\n"))
            networks:
            \(networks.joined(separator: "\n"))
            """
    }
}

extension OnHost {
    /// A container in several networks: which one carries the default route, and where published ports lead.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct SeveralNetworksTests {
        /// The first three numbers of an address: networks of environments have a prefix length of 24.
        private func prefix(_ address: String) -> String {
            address.split(separator: ".").prefix(3).joined(separator: ".") + "."
        }

        /// Attributes: `networks`, `networks.*.internal`, `networks.*.gw_priority`, `networks.*.priority`
        @Test(arguments: TwoNetworks.all)
        func comesUpWithThePortOnTheOpenNetwork(scene: TwoNetworks) async throws {
            try await withFixture { fixture in
                let port = try Fixture.freePort()
                let project = try fixture.project(scene.text(fixture.id, port: port), file: scene.file)
                try project.expectSuccess("up")
                let status = try project.status()
                var prefixes: [String: String] = [:]
                for network in ["back", "front"] {
                    prefixes[network] = prefix(try #require(try status.service("on-\(network)").address))
                }
                let outer = try #require(prefixes[scene.outer])
                let first = try #require(prefixes[scene.first ?? scene.outer])
                // What the container has.
                let routes = try project.expectSuccess("exec", "web", "--", "ip", "route", "show")
                    .split(separator: "\n").filter { $0.hasPrefix("default ") }
                #expect(routes.count == 1 && routes[0].hasPrefix("default via \(outer)1 dev "), "\(routes)")
                let eth0 = try project.expectSuccess("exec", "web", "--", "ip", "-4", "address", "show", "eth0")
                #expect(eth0.contains("inet \(first)"), "\(eth0)")
                #expect(try prefix(#require(try status.service("web").address)) == outer)
                // Where the port leads.
                let others = try hostAddresses().filter {
                    !$0.hasPrefix("127.") && !prefixes.values.contains(prefix($0))
                }
                for address in ["127.0.0.1"] + (scene.isOpen ? others : []) {
                    let answers = Response.eventually(from: Endpoint(address, port)) { $0.body == "\(fixture.id)\n" }
                    #expect(answers, "\(address)")
                }
                for address in scene.isOpen ? [] : others {
                    #expect(throws: TestError.self, "\(address) is open") {
                        try Socket(connecting: .tcp, to: Endpoint(address, port))
                    }
                }
                // Both networks reach it by name, and its own name leads to itself.
                for service in ["on-back", "on-front", "web"] {
                    let page = try project.expectSuccess("exec", service, "--", "wget", "-qO-", "http://web/")
                    #expect(page == "\(fixture.id)\n", "from \(service)")
                }
                // What belongs to all networks goes with the last one.
                let filter = ["list", "table", "inet", "trice-\(status.environment)"]
                let rules = try UserRun.inside("nft", filter).run()
                #expect(rules.standardOutput.contains(outer), "\(rules.description)")
                try project.expectSuccess("down")
                #expect(try !UserRun.inside("nft", filter).run().succeeded)
                let settings = "\(fixture.runDirectory)/host.json"
                #expect(!FileManager.default.fileExists(atPath: settings))
            }
        }
    }
}
