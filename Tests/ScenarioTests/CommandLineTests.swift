import Foundation
import TestSupport
import Testing

extension OnHost {
    /// What can be asked without an environment.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct CommandLineTests {
        @Test func usageErrors() async throws {
            try await withFixture { fixture in
                let project = try fixture.project("services: {a: {image: 'bootstrap:busybox'}}")
                for arguments in [
                    ["up", "--no-such-option"], ["no-such-command"], ["exec"], ["exec", "a"],
                    ["up", "--progress", "loud"],
                    ["logs", "--tail", "many"], ["completion", "csh"], ["up", "-f"],
                ] {
                    let output = try project.command(arguments).run()
                    #expect(output.exit == .code(64), "\(output.description)")
                    #expect(output.standardOutput.isEmpty && !output.standardError.isEmpty, "\(output.description)")
                }
                expect(try project.trice("stauts"), endsWith: 64, saying: "Did you mean `status`?")
                #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.directory) == ["projects"])
            }
        }

        @Test func helpAndVersion() async throws {
            try await withFixture { fixture in
                let project = try fixture.project("services: {}")
                expect(try project.trice("--help"), endsWith: 0, saying: "up", "down", "ssh", "plan")
                for command in [
                    "up", "down", "ssh", "exec", "status", "logs", "plan", "config", "validate", "init", "doctor",
                    "version", "completion",
                ] {
                    expect(
                        try project.trice(command, "--help"), endsWith: 0, saying: "--file", "--project-name", "--json",
                        "--verbose", "--progress")
                }
                expect(try project.trice("version"), endsWith: 0, saying: "trice ")
                let json = try project.expectSuccess("version", "--json")
                #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(json.utf8)) }
            }
        }

        @Test(arguments: ["bash", "zsh", "fish"]) func completionIsAScript(_ shell: String) async throws {
            try await withFixture { fixture in
                let project = try fixture.project("services: {}")
                let script = try project.expectSuccess("completion", shell)
                #expect(script.contains("trice"))
                if let program = Requirement.find(shell) {
                    try project.write("script", script)
                    expect(try Command(program, ["-n", "\(project.directory)/script"]).run(), endsWith: 0)
                }
            }
        }

        @Test func configIsJSONAndReadsItself() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    String(contentsOfFile: Fixture.checkout + "templates/hello/Envfile", encoding: .utf8))
                try project.write("site/page.html", "<p>page</p>")
                try project.write(".env", "GREETING=Ahoy\n")
                let json = try project.expectSuccess("config", "--json")
                let config = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
                let services = config?["services"] as? [String: Any]
                #expect(services?.keys.sorted() == ["prepare", "web", "worker"])
                let worker = services?["worker"] as? [String: Any]
                #expect((worker?["environment"] as? [String: String])?["GREETING"] == "Ahoy")

                let yaml = try project.expectSuccess("config")
                try project.write("Envfile.resolved", yaml)
                #expect(try project.expectSuccess("config", "-f", "Envfile.resolved") == yaml)
            }
        }

        @Test func theFilesInTheCheckoutAreValid() async throws {
            try await withFixture { fixture in
                let project = try fixture.project("services: {}")
                let names = try FileManager.default.contentsOfDirectory(atPath: Fixture.checkout + "templates")
                let templates = names.map { "templates/\($0)/Envfile" }
                    .filter { FileManager.default.fileExists(atPath: Fixture.checkout + $0) }
                #expect(templates.count >= 6)
                for file in ["Envfile.example"] + templates {
                    expect(try project.trice("validate", "-f", Fixture.checkout + file), endsWith: 0)
                }
            }
        }

        @Test func doctorFindsThisMachineFit() async throws {
            try await withFixture { fixture in
                let project = try fixture.project("services: {}")
                expect(try project.trice("doctor"), endsWith: 0, saying: "crun")
                let json = try project.expectSuccess("doctor", "--json")
                #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(json.utf8)) }
            }
        }

        @Test func jsonProgressIsJSON() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    "name: \(fixture.id)\nservices:\n  a:\n    image: bootstrap:busybox\n    command: sleep 1000\n")
                let output = try project.trice("up", "--progress", "json")
                expect(output, endsWith: 0)
                let lines = output.standardError.split(separator: "\n")
                #expect(!lines.isEmpty)
                for line in lines {
                    #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(line.utf8)) }
                }
                expect(try project.trice("down", "--progress", "quiet"), endsWith: 0)
            }
        }

        @Test func aServiceIsOneRowOfTheTable() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      a:
                        image: bootstrap:busybox
                        command: httpd -f -p 80
                        ports: ["80"]
                        healthcheck: { test: [CMD, "true"], interval: 1s }
                      job: { image: bootstrap:busybox, command: "true", depends_on: [a] }
                    """)
                let terminal = try Terminal(project.command(["up"]), rows: 40, columns: 120)
                #expect(terminal.wait() == .code(0))
                let screen = terminal.screen
                #expect(screen.contains("created → started → healthy  http://localhost:"), "\(screen)")
                #expect(screen.contains("created → started → completed"), "\(screen)")
                #expect(screen.contains("1 service is up, healthy, 1 has completed; "), "\(screen)")
                #expect(!screen.contains("container a-1"), "\(screen)")
            }
        }
    }
}
