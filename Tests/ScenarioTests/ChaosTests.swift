import Chaos
import TestSupport
import Testing

extension OnHost {
    /// Kills at random moments; `make chaos` makes more of them.
    @Suite(.timeLimit(.minutes(10)), .scenario) struct ChaosTests {
        @Test(.alone, .registry) func whateverIsKilledTheNextCommandsRepairIt() async throws {
            let report = try await withFixture { try Campaign(kills: 60, seed: .random(in: 1..<1_000_000)).run($0) }
            #expect(report.kills == 60)
            for flag in report.flags { Issue.record("\(flag)") }
        }

        @Test(.alone) func aKilledSupervisorLosesNothing() async throws {
            let report = try await withFixture {
                try SupervisorCampaign(kills: 20, seed: .random(in: 1..<1_000_000)).run($0)
            }
            #expect(report.kills == 20)
            for flag in report.flags { Issue.record("\(flag)") }
        }
    }
}
