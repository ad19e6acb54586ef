import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// `triggers`: what runs on the host around commands, with the user's consent.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct TriggerTests {
        private func text(_ fixture: Fixture, _ triggers: String) -> String {
            """
            name: \(fixture.id)
            triggers:
            \(triggers)
            services:
              web:
                image: bootstrap:busybox
                command: sleep 1000
                stop_grace_period: 0s
                provision: [{ name: greet, run: always, shell: "true" }]
            """
        }

        private static let everywhere = ["up", "down", "halt", "reload", "provision", "destroy"].map { command in
            """
              - { before: \(command), run: ./note.sh before \(command) }
              - { after: \(command), run: "echo after \(command) >>log" }
            """
        }.joined(separator: "\n")

        private func project(_ fixture: Fixture, _ triggers: String = everywhere) throws -> Project {
            let project = try fixture.project(text(fixture, triggers))
            try project.write("note.sh", "#!/bin/sh\necho \"$@\" >>log; echo said; cat\n")
            chmod("\(project.directory)/note.sh", 0o755)
            return project
        }

        private func log(_ project: Project) -> [Substring] {
            ((try? project.read("log")) ?? "").split(separator: "\n")  // none before the first
        }

        /// Attributes: `triggers`, `triggers.*.before`, `triggers.*.after`, `triggers.*.run`
        @Test func theyRunAroundCommandsWhenTheUserHasAgreed() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                expect(
                    try project.trice("up"), endsWith: 1, saying: "Envfile has triggers, which run on this host",
                    "`trice trust` shows them")
                #expect(log(project).isEmpty)
                #expect(try project.status().services.isEmpty)
                // What runs nothing on the host needs no consent.
                expect(try project.trice("plan"), endsWith: 2)
                expect(
                    try project.trice("trust"), endsWith: 0, saying: "before up: ./note.sh before up",
                    "after destroy: echo after destroy >>log", "Files that they name: note.sh")
                let records = try FileManager.default.contentsOfDirectory(atPath: "\(fixture.stateDirectory)/trust")
                #expect(records.count == 1)
                let attributes = try FileManager.default.attributesOfItem(
                    atPath: "\(fixture.stateDirectory)/trust/\(records[0])")
                #expect(attributes[.posixPermissions] as? Int == 0o600)
                let up = try project.trice("up", "--json")
                expect(up, endsWith: 0)
                #expect(up.standardError.contains("said") && !up.standardOutput.contains("said"), "\(up)")
                for command in [["provision"], ["reload"], ["halt"], ["up"], ["down"], ["destroy", "-f"]] {
                    expect(try project.command(command).run(), endsWith: 0)
                }
                let commands = ["up", "provision", "reload", "halt", "up", "down", "destroy"]
                #expect(log(project).map(String.init) == commands.flatMap { ["before \($0)", "after \($0)"] })
            }
        }

        @Test func aChangeIsAskedForAgain() async throws {
            try await withFixture { fixture in
                let project = try project(fixture, "  - { before: plan, run: x }".replacing("plan", with: "up"))
                expect(try project.trice("trust"), endsWith: 0)
                try project.write("Envfile", text(fixture, "  - { before: up, run: ./note.sh one }"))
                expect(try project.trice("up"), endsWith: 1, saying: "you have not agreed to them as they are now")
                expect(try project.trice("trust"), endsWith: 0)
                expect(try project.trice("up"), endsWith: 0)
                // A file that a trigger names is a part of what would run.
                try project.write("note.sh", "#!/bin/sh\necho other >>log\n")
                expect(try project.trice("up"), endsWith: 1, saying: "you have not agreed")
                #expect(log(project) == ["one"])
                // Another command has no trigger, and the two ways without a record leave none.
                expect(try project.trice("reload"), endsWith: 0)
                expect(try project.trice("up", "--trust"), endsWith: 0)
                expect(try project.trice("up", environment: ["TRICE_TRUST": "1"]), endsWith: 0)
                expect(try project.trice("up"), endsWith: 1)
                expect(try project.trice("up", "--no-triggers"), endsWith: 0)
                #expect(log(project) == ["one", "other", "other"])
                expect(try project.trice("trust"), endsWith: 0)
                expect(try project.trice("trust", "--remove"), endsWith: 0, saying: "taken back")
                expect(try project.trice("up"), endsWith: 1)
            }
        }

        /// Attributes: `triggers.*.on_error`
        @Test func aFailureEndsTheCommandOrIsTold() async throws {
            try await withFixture { fixture in
                let project = try project(
                    fixture,
                    """
                      - { before: up, run: "echo a >>log; exit 3", on_error: continue }
                      - { before: up, run: "test -e ready" }
                      - { after: up, run: "exit 5" }
                      - { before: down, run: "trice-binary down" }
                    """)
                expect(
                    try project.trice("up", "--trust"), endsWith: 1,
                    saying: "warning: The trigger before up failed with code 3",
                    "The trigger before up failed with code 1: `test -e ready`. Nothing was done.")
                #expect(try project.status().services.isEmpty)
                try project.write("ready", "")
                expect(
                    try project.trice("up", "--trust"), endsWith: 1,
                    saying: "The trigger after up failed with code 5", "`up` itself was done")
                #expect(try project.status().running == ["web"])
                expect(try project.trice("down", "--no-triggers"), endsWith: 0)
            }
        }

        /// A command of Trice that a trigger runs does not run the trigger again.
        @Test func aTriggerMayUseTrice() async throws {
            try await withFixture { fixture in
                let binary = try #require(UserRun.program)
                let project = try project(
                    fixture, "  - { after: up, run: '\(binary) exec web hostname >>log && \(binary) up' }")
                expect(try project.trice("up", "--trust", timeout: .seconds(60)), endsWith: 0)
                #expect(log(project) == ["web"])
            }
        }

        @Test func aTerminalIsAsked() async throws {
            try await withFixture { fixture in
                let project = try project(fixture, "  - { before: up, run: ./note.sh one }")
                for (answer, agrees) in [("n", false), ("y", true)] {
                    let terminal = try Terminal(project.command(["up"]))
                    #expect(terminal.shows("Agree to them, until they change? [y/N]"), "\(terminal.screen)")
                    terminal.type("\(answer)\n")
                    #expect(terminal.wait() == .code(agrees ? 0 : 1), "\(terminal.screen)")
                    #expect(log(project) == (agrees ? ["one"] : []))
                }
                // It is not asked twice.
                expect(try project.trice("up"), endsWith: 0)
            }
        }

        /// Under sudo a trigger runs as the caller.
        @Test(.needsRoot(.sudo)) func underSudoTheCallerRunsThem() async throws {
            try await withFixture { fixture in
                let project = try project(
                    fixture,
                    "  - { before: up, run: 'echo \"$(id -u):$(id -g) $HOME\" >>/tmp/\(fixture.id).log' }".replacing(
                        "$", with: "$$"))
                let file = "/tmp/\(fixture.id).log"
                fixture.onCleanUp { unlink(file) }
                let caller = ["SUDO_UID": "1", "SUDO_GID": "1", "SUDO_USER": "daemon"]
                expect(try project.trice("up", "--trust", environment: caller), endsWith: 0)
                #expect(try String(contentsOfFile: file, encoding: .utf8) == "1:1 /usr/sbin\n")
            }
        }
    }
}
