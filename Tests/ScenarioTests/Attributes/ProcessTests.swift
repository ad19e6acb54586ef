import Foundation
import TestSupport
import Testing

extension OnHost {
    /// What the main process of a container gets: its words, its variables, its directory.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct ProcessTests {
        private static func text(_ fixture: Fixture, _ label: String = "one") -> String {
            """
            name: \(fixture.id)
            x-service: &service { image: "bootstrap:busybox", command: sleep 1000, stop_grace_period: 0s }
            services:
              web:
                <<: *service
                entrypoint: [sh, -c]
                command: ["echo $$OWN in $$PWD; exec sleep 1000"]
                working_dir: /tmp
                environment: { OWN: own, SHARED: service }
                env_file:
                  - one.env
                  - { path: two.env }
                  - { path: raw.env, format: raw }
                  - { path: missing.env, required: false }
                init: false
                label_file: labels
                labels: { org.example.written: \(label) }
              reaped: { <<: *service, init: true }

            """
        }

        /// Attributes: `entrypoint`, `command`, `working_dir`, `environment`, `env_file`, `env_file.*.path`
        /// Attributes: `env_file.*.format`, `env_file.*.required`, `init`, `labels`, `label_file`
        @Test func theProcessHasWhatTheFileSays() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(Self.text(fixture), file: "compose.yaml")
                try project.write("one.env", "A=1\nB=\"${A} and 2\"\nSHARED=file\n")
                try project.write("two.env", "A=3\n")
                try project.write("raw.env", "C=\"${A}\"\n")
                try project.write("labels", "org.example.filed=one\n")
                try project.expectSuccess("up")
                #expect(try eventually { try project.expectSuccess("logs", "web").contains("own in /tmp") })
                let variables = try project.expectSuccess("exec", "web", "sh", "-c", "echo \"$A|$B|$C|$SHARED\"")
                #expect(variables == "3|1 and 2|\"${A}\"|service\n")
                for (service, name) in [("web", "sleep"), ("reaped", "trice-init")] {
                    #expect(try project.expectSuccess("exec", service, "cat", "/proc/1/comm") == "\(name)\n")
                }
                // A label is a part of the container.
                expect(try project.trice("plan"), endsWith: 0, saying: "nothing to do")
                try project.write("compose.yaml", Self.text(fixture, "two"))
                expect(try project.trice("plan"), endsWith: 2, saying: "label org.example.written changed")
                try project.write("compose.yaml", Self.text(fixture))
                try project.write("labels", "org.example.filed=two\n")
                expect(try project.trice("plan"), endsWith: 2, saying: "label org.example.filed changed")
                try project.write(
                    "compose.yaml", Self.text(fixture).replacing(", required: false", with: ", required: true"))
                expect(
                    try project.trice("plan"), endsWith: 1, saying: "services.web.env_file[3]", "missing.env",
                    "does not exist")
            }
        }
    }
}
