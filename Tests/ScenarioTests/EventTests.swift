import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// `events`, which waits for news and does not look for them.
    @Suite(.timeLimit(.minutes(3)), .scenario) struct EventTests {
        private static let text = """
            services:
              web:
                image: bootstrap:busybox
                command: sh -c 'trap "exit 5" TERM; while true; do sleep 0.1; done'
                stop_grace_period: 5s
                healthcheck: { test: "[ ! -e /sick ]", interval: 300ms, retries: 1 }
            """

        /// How often the process has waited for something; `/proc/PID/status`.
        private func waits(_ process: Int32) throws -> Int {
            let text = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
            let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("voluntary_ctxt_switches") })
            return try #require(Int(line.split(whereSeparator: \.isWhitespace)[1]))
        }

        /// Whether it does nothing at all for 1.5 seconds, once it has begun.
        private func comesToRest(_ command: RunningCommand) throws -> Bool {
            try eventually(within: .seconds(20)) {
                let before = try waits(command.process)
                usleep(1_500_000)
                return try before > 0 && waits(command.process) == before
            }
        }

        private func actions(_ command: RunningCommand) -> [String] {
            command.standardOutput.split(separator: "\n").compactMap {
                $0.firstMatch(of: /"action":"([^"]+)"/).map { String($0.1) }
            }
        }

        @Test(.needsRoot(.freezing)) func allStepsOfALifeAreToldAndNothingIsDoneInBetween() async throws {
            try await withFixture { fixture in
                let project = try fixture.project("name: \(fixture.id)\n" + Self.text)
                // Before there is anything of the environment.
                let events = try project.command(["events", "--json"]).start()
                defer { events.stop() }
                #expect(try comesToRest(events), "nothing is there and nothing happens")
                var expected = ["create", "start", "health_status: healthy"]
                try project.expectSuccess("up", "-d", "--wait")
                #expect(eventually { actions(events) == expected }, "\(actions(events))")

                try project.expectSuccess("pause")
                try project.expectSuccess("unpause")
                try project.expectSuccess("exec", "web", "touch", "/sick")
                expected += ["pause", "unpause", "health_status: unhealthy"]
                #expect(eventually { actions(events) == expected }, "\(actions(events))")

                try project.killSupervisor()
                try project.expectSuccess("stop")
                try project.expectSuccess("start")
                try project.expectSuccess("up", "-d", "--force-recreate", "--wait")
                try project.expectSuccess("down")
                expected += ["die", "start", "health_status: healthy"]
                #expect(eventually { actions(events).suffix(2) == ["die", "destroy"] }, "\(actions(events))")
                let told = actions(events)
                #expect(told.filter { $0 == "create" }.count == 2 && told.filter { $0 == "destroy" }.count == 2)
                #expect(events.standardOutput.contains("\"exitCode\":\"5\""), "\(events.standardOutput)")
            }
        }

        /// The supervisor tells: no look comes into it.
        @Test(.needsRoot(.freezing)) func anEndIsToldAtOnce() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    "name: \(fixture.id)\nservices: { web: { image: bootstrap:busybox, command: sleep 1000 } }")
                try project.expectSuccess("up", "-d")
                let events = try project.command(["events", "--json"]).start()
                defer { events.stop() }
                #expect(
                    try eventually {
                        try project.expectSuccess("pause")
                        try project.expectSuccess("unpause")
                        return actions(events).contains("unpause")
                    })
                #expect(try comesToRest(events))
                let pid = try #require(try project.status().service("web").pid)
                var delays: [Duration] = []
                let clock = ContinuousClock()
                let begin = clock.now
                kill(pid, SIGKILL)
                while !actions(events).contains("die"), clock.now - begin < .seconds(5) { usleep(1000) }
                delays.append(clock.now - begin)
                #expect(delays[0] < .milliseconds(100), "\(delays)")
                #expect(events.standardOutput.contains("\"exitCode\":\"137\""))
            }
        }
    }
}
