import Foundation
import TestSupport
import Testing

extension OnHost {
    /// A real Docker engine beside Trice: each forwards for itself and hinders the other in nothing.
    @Suite(
        .timeLimit(.minutes(5)), .scenario, .alone, .enabled("needs Debian's mirror") { try Requirement.met(.network) })
    struct DockerEngineTests {
        @Test func bothForwardBeforeAndAfterTheEngineRestarts() async throws {
            try await withFixture { fixture in
                let directory = "\(fixture.directory)/engine"
                try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
                let programs = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Programs")
                let binary = try #require(Fixture.binary)
                let output = try Command(
                    programs.appending(path: "docker-engine.sh").path, [binary, directory, fixture.id],
                    environment: fixture.environment
                ).run(timeout: .seconds(200))
                expect(output, endsWith: 0)
                // The bridges of a user are in namespaces in which Docker has no chain.
                let emptied = UserRun.isOn ? "nothing to do" : "~ firewall it lacks rules in Docker's chain"
                let all = "trice trice trice docker docker docker docker trice"
                #expect(
                    output.standardOutput == """
                        policy: -P FORWARD DROP
                        before: \(all)
                        restarted: \(all)
                        plan: nothing to do
                        emptied: \(emptied)
                        mended: \(all)
                        left: 0 rules, 0 tables

                        """)
            }
        }
    }
}
