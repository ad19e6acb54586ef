import Foundation
import TestSupport
import Testing

extension OnHost {
    /// `idmap`: whose the files of a bind mount are, on both sides.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct IdentityTests {
        /// Attributes: `volumes.*.idmap`, `user`
        @Test func filesBelongToTheCallerOutsideAndToTheUserInside() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    x-service: &service { image: "bootstrap:busybox", command: sleep 1000 }
                    services:
                      root:
                        <<: *service
                        volumes: [{ type: bind, source: ./app, target: /app, idmap: auto }]
                      user:
                        <<: *service
                        user: "1000:1000"
                        volumes:
                          - { type: bind, source: ./app, target: /app, idmap: auto }
                          - { type: bind, source: ./file, target: /file, idmap: auto }
                      named:
                        <<: *service
                        volumes: [{ type: bind, source: ./app, target: /app, idmap: "4242:4243=7:8" }]

                    """)
                try project.write("app/mine", "1\n")
                try project.write("file", "1\n")
                let files = ["app", "app/mine", "file"].map { "\(project.directory)/\($0)" }
                #expect(try Command("chown", ["4242:4243"] + files).run().succeeded)
                let caller = ["SUDO_UID": "4242", "SUDO_GID": "4243"]
                let up = try project.trice("up", environment: caller)
                expect(up, endsWith: 0)
                // An overlay cannot show other owners; the note says so.
                if up.standardError.contains("cannot show other owners") { return }
                #expect(try stat("/app/mine", in: "root", project) == "0:0\n")
                #expect(try stat("/app/mine", in: "user", project) == "1000:1000\n")
                #expect(try stat("/file", in: "user", project) == "1000:1000\n")
                #expect(try stat("/app/mine", in: "named", project) == "7:8\n")
                for (service, command) in [("root", "touch /app/a"), ("user", "touch /app/b; echo 2 >/file")] {
                    try project.expectSuccess("ssh", service, "sh", "-c", command)
                }
                for name in ["app/a", "app/b", "file"] {
                    let made = try Command("stat", ["-c", "%u:%g", "\(project.directory)/\(name)"]).run()
                    #expect(made.standardOutput == "4242:4243\n", "\(name)")
                }
                #expect(try project.read("file") == "2\n")
                // A folder that was made again is mounted again, with the same owners.
                try FileManager.default.removeItem(atPath: "\(project.directory)/app")
                try project.write("app/again", "1\n")
                #expect(
                    try Command("chown", ["-R", "4242:4243", "\(project.directory)/app"]).run().succeeded)
                expect(try project.trice("up", environment: caller), endsWith: 0)
                #expect(try stat("/app/again", in: "user", project) == "1000:1000\n")
            }
        }

        /// Attributes: `volumes.*.idmap`
        @Test(.needsRoot(.idmaps)) func anEnvfileNeedsNoWordForIt() async throws {
            try await withFixture { fixture in
                let service = """
                    services:
                      web:
                        image: "bootstrap:busybox"
                        command: sleep 1000
                        stop_grace_period: 0s
                        user: "1000:1000"
                        volumes:
                          - ./app:/app
                          - { type: bind, source: ./app, target: /plain, idmap: off }

                    """
                let caller = ["SUDO_UID": "4242", "SUDO_GID": "4243"]
                for (file, inside) in [("Envfile", "1000:1000\n"), ("compose.yaml", "4242:4243\n")] {
                    let text = file == "Envfile" ? service : service.replacing(", idmap: off", with: "")
                    let project = try fixture.project(text, named: fixture.id + file.prefix(1).lowercased(), file: file)
                    try project.write("app/mine", "1\n")
                    #expect(
                        try Command("chown", ["-R", "4242:4243", "\(project.directory)/app"]).run().succeeded)
                    #expect(try !project.expectSuccess("config").contains("idmap: auto"))
                    let up = try project.trice("up", environment: caller)
                    expect(up, endsWith: 0)
                    #expect(try stat("/plain/mine", in: "web", project) == "4242:4243\n")
                    // An overlay cannot show other owners; one line says so.
                    if file == "Envfile", up.standardError.contains("cannot show other owners") {
                        #expect(up.standardError.components(separatedBy: "cannot show").count == 2, "\(up)")
                        continue
                    }
                    #expect(try stat("/app/mine", in: "web", project) == inside)
                    if file == "Envfile" {
                        try project.expectSuccess("ssh", "web", "touch", "/app/made")
                        let made = try Command("stat", ["-c", "%u:%g", "\(project.directory)/app/made"]).run()
                        #expect(made.standardOutput == "4242:4243\n")
                    }
                    try project.expectSuccess("down")
                }
            }
        }

        /// Root brings up a folder of the very user that the container has.
        @Test(.needsRoot(.idmaps)) func aFolderOfTheContainersUserStaysAsItIs() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      web:
                        image: "bootstrap:busybox"
                        command: sleep 1000
                        stop_grace_period: 0s
                        user: "4242:4243"
                        volumes: [./app:/app]
                    """)
                try project.write("app/mine", "1\n")
                #expect(try Command("chown", ["-R", "4242:4243", "\(project.directory)/app"]).run().succeeded)
                try project.expectSuccess("up")
                #expect(try stat("/app/mine", in: "web", project) == "4242:4243\n")
                try project.expectSuccess("ssh", "web", "touch", "/app/made")
                let made = try Command("stat", ["-c", "%u:%g", "\(project.directory)/app/made"]).run()
                #expect(made.standardOutput == "4242:4243\n")
            }
        }

        private func stat(_ path: String, in service: String, _ project: Project) throws -> String {
            try project.expectSuccess("ssh", service, "stat", "-c", "%u:%g", path)
        }
    }
}
