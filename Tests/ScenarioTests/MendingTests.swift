import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// What is published, filtered and mounted is looked at; `status` and `plan` tell what is not so, and `up` mends it.
    @Suite(.timeLimit(.minutes(10)), .scenario) struct MendingTests {
        private static func web(_ name: String, port: UInt16, service: String = "web", keys: String = "") -> String {
            """
            name: \(name)
            services:
              \(service):
                image: bootstrap:busybox
                command: sh -c 'mkdir -p /w; echo \(service) >/w/index.html; exec httpd -f -p 80 -h /w'
                stop_grace_period: 0s
                ports:
                  - "\(port):80"
            \(keys)
            """
        }

        private func answers(_ port: UInt16, _ text: String) -> Bool {
            Response.eventually(from: Endpoint("127.0.0.1", port)) { $0.body == text + "\n" }
        }

        @Test(arguments: ["Envfile", "compose.yaml"]) func aPortThatAnotherProgramTook(_ file: String) async throws {
            try await withFixture { fixture in
                let port = try Fixture.freePort()
                let project = try fixture.project(Self.web(fixture.id, port: port), file: file)
                try project.expectSuccess("up")
                // Nothing has connected, so the port is free as soon as its holder is gone.
                try project.killSupervisor()
                var thief: Socket? = try Socket(
                    binding: .tcp, to: Endpoint(file == "Envfile" ? "127.0.0.1" : "0.0.0.0", port))
                expect(try project.trice("status"), endsWith: 0, saying: "(closed)", "trice up")
                expect(
                    try project.trice("plan"), endsWith: 2, saying: "> start supervisor", "web-1 not yet published")
                let refused = try project.trice("up")
                expect(refused, endsWith: 1, saying: "\(port)")
                #expect(!refused.standardOutput.contains("http://"), "\(refused.description)")
                expect(try project.trice("status"), endsWith: 0, saying: "(closed)")
                #expect(thief != nil)
                thief = nil
                let before = try project.status().service("web").pid
                try project.expectSuccess("up")
                #expect(answers(port, "web"))
                #expect(try project.status().service("web").pid == before)
                expect(try project.trice("plan"), endsWith: 0, saying: "nothing to do")
            }
        }

        /// What a `down` leaves that was killed after it had given up the host ports.
        @Test func hostPortsThatADownGaveUp() async throws {
            try await withFixture { fixture in
                let port = try Fixture.freePort()
                let project = try fixture.project(Self.web(fixture.id, port: port), file: "compose.yaml")
                try project.expectSuccess("up")
                try project.killSupervisor()
                let program = """
                    import sqlite3, glob, os
                    for path in glob.glob('\(fixture.runDirectory)/environments/*/ports.json'): os.remove(path)
                    db = sqlite3.connect('\(fixture.runDirectory)/run.db')
                    db.execute('DELETE FROM publishedPort')
                    db.commit()
                    """
                expect(try Command("python3", ["-c", program]).run(), endsWith: 0)
                expect(try project.trice("plan"), endsWith: 2, saying: "+ ports", "web-1 not yet published")
                try project.expectSuccess("up")
                #expect(try project.status().port(of: "web", 80) == port)
                #expect(answers(port, "web"))
                expect(try project.trice("plan"), endsWith: 0, saying: "nothing to do")
            }
        }

        @Test(arguments: ["Envfile", "compose.yaml"]) func portsChangeHands(_ file: String) async throws {
            try await withFixture { fixture in
                let first = try Fixture.freePort()
                let second = try Fixture.freePort(avoiding: [first])
                func text(_ api: UInt16, _ web: UInt16) -> String {
                    Self.web(fixture.id, port: api, service: "api")
                        + Self.web(fixture.id, port: web).split(separator: "\n", omittingEmptySubsequences: false)
                        .dropFirst(2).joined(separator: "\n")
                }
                let project = try fixture.project(text(first, second), file: file)
                try project.expectSuccess("up")
                #expect(answers(first, "api") && answers(second, "web"))
                // Swapped.
                try project.write(file, text(second, first))
                try project.expectSuccess("up")
                #expect(answers(first, "web") && answers(second, "api"))
                // One takes what the other gives up.
                let third = try Fixture.freePort(avoiding: [first, second])
                try project.write(file, text(first, third))
                try project.expectSuccess("up")
                #expect(answers(first, "api") && answers(third, "web"))
                // Renamed.
                try project.write(file, Self.web(fixture.id, port: first, service: "site"))
                try project.expectSuccess("up", "--remove-orphans")
                #expect(answers(first, "site"))
                expect(try project.trice("plan"), endsWith: 0, saying: "nothing to do")
            }
        }

        @Test func thePacketFilter() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    Self.web(fixture.id, port: Fixture.freePort()), file: "compose.yaml")
                try project.expectSuccess("up")
                let id = try project.status().environment
                let table = ["inet", "trice-\(id)"]
                for damage in [["delete", "table"] + table, ["flush", "chain"] + table + ["forward"]] {
                    expect(try UserRun.inside("nft", damage).run(), endsWith: 0)
                    expect(try project.trice("plan"), endsWith: 2, saying: "~ firewall  its rules")
                    expect(try project.trice("status"), endsWith: 0, saying: "firewall")
                    try project.expectSuccess("up")
                    #expect(
                        try UserRun.inside("nft", ["list", "table"] + table).run().standardOutput.contains("masquerade")
                    )
                    expect(try project.trice("plan"), endsWith: 0, saying: "nothing to do")
                }
            }
        }

        @Test func sourcesThatWereReplaced() async throws {
            try await withFixture { fixture in
                let keys = "    volumes:\n      - ./shared:/shared\n      - ./file:/file\n"
                let project = try fixture.project(Self.web(fixture.id, port: Fixture.freePort(), keys: keys))
                try project.write("shared/text", "old\n")
                try project.write("file", "old\n")
                try project.expectSuccess("up")
                expect(try project.trice("plan"), endsWith: 0, saying: "nothing to do")
                // A folder that was removed and made again.
                try FileManager.default.removeItem(atPath: "\(project.directory)/shared")
                try project.write("shared/text", "new\n")
                expect(try project.trice("plan"), endsWith: 2, saying: "> restart container web-1", "/shared")
                expect(try project.trice("status"), endsWith: 0, saying: "/shared")
                try project.expectSuccess("up")
                #expect(try project.expectSuccess("exec", "web", "--", "cat", "/shared/text") == "new\n")
                // A file that an editor replaced.
                try project.write("file.new", "new\n")
                #expect(rename("\(project.directory)/file.new", "\(project.directory)/file") == 0)
                expect(try project.trice("plan"), endsWith: 2, saying: "> restart container web-1", "/file")
                try project.expectSuccess("up")
                #expect(try project.expectSuccess("exec", "web", "--", "cat", "/file") == "new\n")
                // With one that is gone nothing is touched.
                try FileManager.default.removeItem(atPath: "\(project.directory)/shared")
                let before = try project.status().service("web").pid
                expect(try project.trice("up"), endsWith: 1, saying: "shared", "does not exist")
                #expect(try project.status().service("web").pid == before)
                expect(try project.trice("plan", "--down"), endsWith: 2)
            }
        }
    }
}
