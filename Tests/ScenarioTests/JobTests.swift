import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// `jobs`: by hand, and by the clock of the supervisor.
    @Suite(.timeLimit(.minutes(10)), .scenario) struct JobTests {
        private struct Report: Decodable {
            struct Schedule: Decodable {
                var cron: String
                var next: String?
            }

            struct Run: Decodable {
                var endedAt: String?
                var exitCode: Int32?
            }

            var job: String
            var isScheduled: Bool
            var manual: Bool
            var schedules: [Schedule]
            var lastRun: Run?
        }

        private func text(_ fixture: Fixture, cron: String) -> String {
            """
            name: \(fixture.id)
            services:
              web: {image: bootstrap:busybox, command: httpd -f -p 80, stop_grace_period: 0s}
            jobs:
              tick:
                image: bootstrap:busybox
                command: sh -c 'test -e /left && echo again >>/data/log; touch /left; echo ran >>/data/log; wget -q -O- http://web/ 2>&1; exit 3'
                volumes: ["data:/data"]
                triggers: {manual: false, schedule: ["\(cron)"]}
              greet:
                image: bootstrap:busybox
                command: [sh, -c, 'echo hello $$NAME; exit 4']
                environment: {NAME: world}
                triggers: {manual: true}
            volumes: {data: }
            """
        }

        private func jobs(_ project: Project) throws -> [Report] {
            try JSONDecoder().decode([Report].self, from: Data(project.expectSuccess("jobs", "--json").utf8))
        }

        /// Attributes: `jobs`, `jobs.*.triggers.manual`
        @Test func aJobRunsByHand() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(text(fixture, cron: "@yearly"))
                expect(try project.trice("run", "--rm", "greet"), endsWith: 4, saying: "hello world")
                #expect(try jobs(project).first?.lastRun?.exitCode == 4)
                #expect(try jobs(project).first?.lastRun?.endedAt != nil)
                expect(try project.trice("jobs"), endsWith: 0, saying: "exit 4, started ")
                expect(try project.trice("run", "--rm", "-e", "NAME=you", "greet"), endsWith: 4, saying: "hello you")
                // In the background it is the supervisor that sees the end.
                try project.expectSuccess("run", "--detach", "greet", "sh", "-c", "sleep 5; exit 5")
                #expect(try jobs(project).first?.lastRun?.endedAt == nil)
                expect(try project.trice("jobs"), endsWith: 0, saying: "runs, started ")
                #expect(try eventually { try jobs(project).first?.lastRun?.exitCode == 5 })
                expect(try project.trice("run", "--rm", "greet", "echo", "other"), endsWith: 0, saying: "other")
                expect(
                    try project.trice("run", "tick"), endsWith: 1, saying: "started by its schedule only",
                    "manual: false")
                expect(try project.trice("up", "greet"), endsWith: 1, saying: "trice run greet")
                #expect(try jobs(project).map(\.isScheduled) == [false, false])
                expect(try project.trice("up"), endsWith: 0)
                let listed = try jobs(project)
                #expect(listed.map(\.job) == ["greet", "tick"] && listed.map(\.isScheduled) == [false, true])
                #expect(listed.map(\.manual) == [true, false])
                #expect(
                    listed[1].schedules.first?.next?.hasSuffix("-01-01T00:00:00Z") == true || listed[1].lastRun == nil)
                expect(try project.trice("jobs"), endsWith: 0, saying: "JOB", "@yearly", "by hand")
                // It is no failure of the environment that it does not run.
                expect(try project.trice("up"), endsWith: 0)
                expect(try project.trice("plan"), endsWith: 0)
                expect(try project.trice("stop"), endsWith: 0)
                #expect(try jobs(project).map(\.isScheduled) == [false, false])
                expect(try project.trice("up"), endsWith: 0)
                #expect(try jobs(project).map(\.isScheduled) == [false, true])
            }
        }

        /// One real minute; all else about schedules is tested with a clock that the test moves.
        ///
        /// Attributes: `jobs.*.triggers`, `jobs.*.triggers.schedule`, `jobs.*.triggers.schedule.*.cron`
        @Test func aJobRunsByTheClock() async throws {
            try await withFixture { fixture in
                let minutely = "* * * * *"
                let project = try fixture.project(
                    text(fixture, cron: minutely).replacing("[\"\(minutely)\"]", with: "[{cron: \"\(minutely)\"}]"))
                expect(try project.trice("up"), endsWith: 0)
                #expect(try jobs(project).last?.lastRun == nil)
                #expect(
                    try eventually(within: .seconds(80)) { try jobs(project).last?.lastRun?.endedAt != nil })
                #expect(try jobs(project).last?.lastRun?.exitCode == 3)
                #expect(try project.status().service("tick").exitCode == 3)
                #expect(try project.expectSuccess("logs", "tick").contains("404"))
                // The next supervisor catches up on what was missed: once, and in a container without what the first run
                // has written into it.
                try project.killSupervisor()
                try missTwoHours(project)
                expect(try project.trice("up"), endsWith: 0)
                #expect(try eventually(within: .seconds(15)) { try lines(project).count >= 2 })
                #expect(try Set(lines(project)) == ["ran"])
                expect(try project.trice("down", "--volumes"), endsWith: 0)
                #expect(try jobs(project).map(\.isScheduled) == [false, false])
            }
        }

        private func lines(_ project: Project) throws -> [String] {
            let volumes = "\(project.fixture.stateDirectory)/volumes"
            let environment = try #require(try FileManager.default.contentsOfDirectory(atPath: volumes).first)
            let log = "\(volumes)/\(environment)/data/log"
            return try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").map(String.init)
        }

        /// Makes the supervisor's record as if it had seen nothing for two hours.
        private func missTwoHours(_ project: Project) throws {
            let environments = "\(project.fixture.stateDirectory)/environments"
            let environment = try #require(try FileManager.default.contentsOfDirectory(atPath: environments).first)
            let file = "\(environments)/\(environment)/jobs"
            let text = try String(contentsOfFile: file, encoding: .utf8)
            let seen = try #require(text.firstMatch(of: /"seenUntil":(\d+)/))
            let earlier = try #require(Int(seen.1)) - 7200
            try text.replacing(seen.0, with: "\"seenUntil\":\(earlier)").write(
                toFile: file, atomically: true, encoding: .utf8)
        }

        @Test func badSchedulesAreFoundByValidate() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(text(fixture, cron: "0 25 * * *"))
                expect(
                    try project.trice("validate"), endsWith: 1, saying: "Envfile:9",
                    "`25` is not from 0 to 23 (the field of the hour)", "schedule")
                try project.write(
                    "Envfile",
                    text(fixture, cron: "@daily").replacing(
                        "[\"@daily\"]", with: "[{cron: \"@daily\", timezone: Mars/Olympus}]"))
                expect(
                    try project.trice("validate"), endsWith: 1, saying: "there is no time zone `Mars/Olympus`", "tzdata"
                )
                try project.write(
                    "Envfile",
                    text(fixture, cron: "@daily").replacing(
                        "[\"@daily\"]", with: "[{cron: \"@daily\", timezone: Europe/Paris, concurrency: queue}]"))
                expect(try project.trice("validate"), endsWith: 0)
            }
        }
    }
}
