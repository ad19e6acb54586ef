import Foundation
import TestSupport
import Testing

extension OnHost {
    /// Networks on a link of the host.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct ParentLinkTests {
        private func file(_ fixture: Fixture, driver: String, options: String, subnet: String) -> String {
            """
            name: \(fixture.id)
            services:
              web: { image: "bootstrap:busybox", command: sleep 1000, stop_grace_period: 0s, networks: [lan] }
              app: { image: "bootstrap:busybox", command: sleep 1000, stop_grace_period: 0s, networks: [lan] }
            networks:
              lan:
                driver: \(driver)
                driver_opts: { \(options) }
                ipam: { config: [{ subnet: \(subnet).0/24, gateway: \(subnet).254 }] }

            """
        }

        @discardableResult
        private func ip(_ arguments: String...) throws -> Command.Output { try Command("ip", arguments).run() }

        /// A veth pair, one end of which is a machine of the LAN in a namespace of its own.
        private func withLAN(
            _ fixture: Fixture, _ subnet: String, _ body: (_ parent: String) async throws -> Void
        ) async throws {
            let name = String(fixture.id.suffix(7))
            let parent = "p\(name)"
            // The first name of a host mounts /run/netns, and the last one leaves that.
            if !(try Command("mountpoint", ["-q", "/run/netns"]).run().succeeded) {
                fixture.onCleanUp {
                    _ = try Command("umount", ["/run/netns"]).run()
                    _ = try Command("rmdir", ["/run/netns"]).run()
                }
            }
            try ip("netns", "add", name)
            fixture.onCleanUp { _ = try Command("ip", ["netns", "delete", name]).run() }
            try ip("link", "add", parent, "type", "veth", "peer", "name", "far0", "netns", name)
            fixture.onCleanUp { _ = try Command("ip", ["link", "delete", parent]).run() }
            try ip("address", "add", "\(subnet).2/24", "dev", parent)
            try ip("link", "set", parent, "up")
            try ip("-n", name, "address", "add", "\(subnet).254/24", "dev", "far0")
            try ip("-n", name, "link", "set", "far0", "up")
            try await body(parent)
        }

        /// Attributes: `networks.*.driver`, `networks.*.driver_opts`
        @Test(.needsRoot(.hostLinks)) func containersOnALinkOfTheHost() async throws {
            try await withFixture { fixture in
                let subnet = "10.\(Int.random(in: 60...99)).\(Int.random(in: 0...255))"
                try await withLAN(fixture, subnet) { parent in
                    let text = file(fixture, driver: "macvlan", options: "parent: \(parent)", subnet: subnet)
                    let project = try fixture.project(text, file: "compose.yaml")
                    let links = try ip("-o", "link").standardOutput
                    let up = try project.trice("up")
                    // A kernel without it says so before anything is made.
                    if up.standardError.contains("no link of the kind `macvlan`") {
                        #expect(try project.status().services.isEmpty)
                        return
                    }
                    expect(up, endsWith: 0)
                    let web = try #require(try project.status().service("web").address)
                    // The host's own address and the gateway's are not given away.
                    let app = try #require(try project.status().service("app").address)
                    #expect(Set([web, app]) == ["\(subnet).3", "\(subnet).4"])
                    let shown = try project.expectSuccess("exec", "web", "--", "ip", "-o", "address", "show", "eth0")
                    #expect(shown.contains("inet \(web)/24"))
                    for target in ["\(subnet).254", "app"] {
                        try project.expectSuccess("exec", "web", "--", "ping", "-c1", "-W5", target)
                    }
                    let route = try project.expectSuccess("exec", "web", "--", "ip", "route")
                    #expect(route.contains("default via \(subnet).254"))
                    #expect(try project.trice("plan").succeeded)
                    try project.expectSuccess("restart", "web")
                    try project.expectSuccess("down")
                    #expect(try ip("-o", "link").standardOutput == links)
                }
            }
        }

        /// Attributes: `networks.*.driver`
        @Test(.needsRoot(.hostLinks)) func whatCannotBeIsFoundBeforeAnythingIsMade() async throws {
            try await withFixture { fixture in
                let subnet = "10.\(Int.random(in: 60...99)).\(Int.random(in: 0...255))"
                try await withLAN(fixture, subnet) { parent in
                    let missing = try fixture.project(
                        file(fixture, driver: "macvlan", options: "parent: no0", subnet: subnet), named: "m",
                        file: "compose.yaml")
                    expect(try missing.trice("up"), endsWith: 1, saying: "The link `no0`", "does not exist", parent)
                    #expect(try missing.status().services.isEmpty)
                    let ipvlan = try fixture.project(
                        file(fixture, driver: "ipvlan", options: "parent: \(parent)", subnet: subnet), named: "i",
                        file: "compose.yaml")
                    let output = try ipvlan.trice("up")
                    let isKnown = try ip("link", "add", "i\(parent)", "link", parent, "type", "ipvlan").succeeded
                    if isKnown {
                        try ip("link", "delete", "i\(parent)")
                        expect(output, endsWith: 0)
                        try ipvlan.expectSuccess("exec", "web", "--", "ping", "-c1", "-W5", "\(subnet).254")
                    } else {
                        expect(output, endsWith: 1, saying: "no link of the kind `ipvlan`", "modprobe ipvlan")
                        #expect(try ipvlan.status().services.isEmpty)
                    }
                }
            }
        }
    }
}
