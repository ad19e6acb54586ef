import Foundation
import TestSupport
import Testing

extension OnHost {
    /// What `status` shows of the steps of `provision`.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct ProvisionStatusTests {
        private func text(_ name: String) -> String {
            """
            name: \(name)
            services:
              web:
                image: bootstrap:busybox
                command: sleep 1000
                stop_grace_period: 0s
                provision:
                  - { name: packages, shell: "true" }
                  - { name: schema, run: changed, inputs: ["db/*"], shell: { path: migrate.sh } }
                  - { name: reset, run: never, shell: "true" }
              plain: { image: bootstrap:busybox, command: sleep 1000, stop_grace_period: 0s }
            """
        }

        private struct Report: Decodable {
            struct Service: Decodable {
                var container: String
                var steps: [Step]?
            }

            struct Step: Decodable, Equatable {
                var name: String
                var state: String
                var changes: [String]?
                var exitCode: Int?
                var problem: String?
            }

            var services: [Service]
        }

        private func steps(_ project: Project) throws -> [Report.Step] {
            let text = try project.expectSuccess("status", "--json")
            let report = try JSONDecoder().decode(Report.self, from: Data(text.utf8))
            #expect(report.services.first { $0.container == "plain-1" }?.steps == nil)
            return report.services.first { $0.container == "web-1" }?.steps ?? []
        }

        private func expect(_ project: Project, shows words: String, line: Int = #line) throws {
            let rows = try project.expectSuccess("status").split(separator: "\n")
            #expect(rows.first?.hasSuffix("STEPS") == true, "line \(line): \(rows)")
            #expect(rows.contains { $0.hasPrefix("web-1 ") && $0.hasSuffix(words) }, "line \(line): \(rows)")
            #expect(rows.contains { $0.hasPrefix("plain-1 ") && $0.hasSuffix(" -") }, "line \(line): \(rows)")
        }

        @Test func everyStateOfAStepIsShown() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(text(fixture.id))
                try project.write("db/1.sql", "one")
                try project.write("migrate.sh", "[ ! -e /broken ] || exit 7\n")
                try project.expectSuccess("up", "--no-provision")
                try expect(project, shows: "never run")
                #expect(
                    try steps(project) == [
                        Report.Step(name: "packages", state: "not run"), Report.Step(name: "schema", state: "not run"),
                    ])
                try project.expectSuccess("provision")
                try expect(project, shows: "done")
                #expect(try steps(project).map(\.state) == ["done", "done"])
                try project.write("db/2.sql", "two")
                try expect(project, shows: "schema: input db/2.sql added")
                #expect(
                    try steps(project).last
                        == Report.Step(name: "schema", state: "changed", changes: ["input db/2.sql added"]))
                try project.expectSuccess("exec", "web", "touch", "/broken")
                #expect(!(try project.trice("up").succeeded))
                try expect(project, shows: "failed at schema (code 7)")
                #expect(try steps(project).last == Report.Step(name: "schema", state: "failed", exitCode: 7))
                // What is gone on the host does not keep `status` from its work.
                try FileManager.default.removeItem(atPath: "\(project.directory)/migrate.sh")
                let words = "its script `migrate.sh` is not there. Create it, or correct `shell.path`."
                #expect(try steps(project).last?.problem == words)
                // Where the Envfile cannot be read the records tell.
                try project.write("Envfile", "services: [")
                try expect(project, shows: "failed at schema (code 7)")
                try project.write("Envfile", text(fixture.id))
            }
        }
    }
}
