import Foundation
import TestSupport
import Testing

extension OnHost {
    /// What is wrong with a `build:` is told with its place, and nothing has been done then.
    @Suite(.timeLimit(.minutes(10)), .scenario) struct ComposeBuildErrorTests {
        struct Wrong: CustomTestStringConvertible, Sendable {
            var testDescription: String
            var build: String
            var says: [String]
        }

        @Test(arguments: [
            Wrong(
                testDescription: "a context that is missing", build: "./nowhere",
                says: ["Envfile:4:12", "services.web.build", "nowhere"]),
            Wrong(
                testDescription: "a Dockerfile that is missing", build: "{context: ., dockerfile: Other}",
                says: ["Envfile:4:37", "services.web.build.dockerfile", "Other"]),
            Wrong(
                testDescription: "two Dockerfiles", build: "{dockerfile: Dockerfile, dockerfile_inline: FROM scratch}",
                says: ["Envfile:4:12", "services.web.build", "dockerfile_inline"]),
            Wrong(
                testDescription: "an unknown key", build: "{context: ., dockerfiel: Dockerfile}",
                says: ["Envfile:4:25", "services.web.build", "did you mean `dockerfile`"]),
            Wrong(
                testDescription: "a stage that is missing", build: "{context: ., target: finale}",
                says: ["Envfile:4:33", "services.web.build.target", "`finale`", "final"]),
            Wrong(
                testDescription: "a secret that is not defined", build: "{context: ., secrets: [token]}",
                says: ["Envfile:4:34", "token"]),
            Wrong(
                testDescription: "a service that is missing",
                build: "{context: ., additional_contexts: {base: 'service:bas'}}",
                says: ["Envfile:4:", "services.web is built from the service `bas`"]),
            Wrong(
                testDescription: "a service that is not built",
                build: "{context: ., additional_contexts: {base: 'service:plain'}}",
                says: ["Envfile:4:", "services.web is built from the service `plain`"]),
            Wrong(
                testDescription: "a network that no build knows", build: "{context: ., network: front}",
                says: ["Envfile:4:34", "services.web", "`front`"]),
            Wrong(
                testDescription: "a platform of another kind", build: "{context: ., platforms: [linux/riscv64]}",
                says: ["Envfile:4:37", "services.web.build.platforms", "riscv64"]),
        ]) func wrong(_ wrong: Wrong) async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      web:
                        build: \(wrong.build)
                      plain:
                        image: bootstrap:busybox
                        \(ComposeBuildTests.sleeps)
                    """)
                try project.write("Dockerfile", "FROM bootstrap:busybox AS final\nRUN true\n")
                for arguments in [["up"], ["build", "web"]] {
                    let output = try project.command(arguments).run()
                    #expect(output.exit == .code(1), "\(output.description)")
                    for text in wrong.says {
                        #expect(output.standardError.contains(text), "`\(text)` is missing: \(output.description)")
                    }
                }
                // Where the Envfile itself cannot be read there is no status.
                let status = try project.trice("status", "--json")
                #expect(!status.succeeded || !status.standardOutput.contains("web-1"), "\(status.description)")
            }
        }

        @Test func buildsThatNeedEachOther() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      a:
                        build: {context: ., additional_contexts: {other: "service:b"}}
                      b:
                        build: {context: ., additional_contexts: {other: "service:a"}}
                    """)
                try project.write("Dockerfile", "FROM other\n")
                let output = try project.trice("up")
                expect(output, endsWith: 1)
                for text in ["Envfile:4:", "services.a.build.additional_contexts", "`a` needs `b`, which needs `a`"] {
                    #expect(output.standardError.contains(text), "`\(text)` is missing: \(output.description)")
                }
            }
        }

        @Test func aMistakeInADockerfileNamesItsLine() async throws {
            try await withFixture { fixture in
                let project = try fixture.project("name: \(fixture.id)\nservices:\n  web:\n    build: .\n")
                try project.write("Dockerfile", "FROM bootstrap:busybox\nRUM true\n")
                for command in ["up", "build", "plan"] {
                    let output = try project.trice(command)
                    #expect(
                        output.standardError.contains("Dockerfile:2:1") && output.standardError.contains("RUN")
                            || command == "plan", "\(output.description)")
                }
            }
        }

        @Test func configShowsBuildsAsComposeDoes() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      web:
                        build:
                          context: ./web
                          args: [A=1, FROM_OUTSIDE]
                          additional_contexts: {shared: ../shared, library: service:library}
                          ssh: [default]
                          secrets: [token]
                          x-mine: kept away
                      library:
                        build: .
                    secrets:
                      token: {file: ./token}
                    """, file: "compose.yaml")
                try project.write("token", "x")
                let output = try project.command(["config", "--json"], environment: ["FROM_OUTSIDE": "2"]).run()
                expect(output, endsWith: 0)
                let services = try JSONValue(text: output.standardOutput.utf8).object?["services"]?.object
                let build = services?["web"]?.object?["build"]?.object
                #expect(build?["context"]?.string == "\(project.directory)/web", "\(output.description)")
                #expect(build?["dockerfile"]?.string == "Dockerfile")
                #expect(build?["args"] == .object(["A": .string("1"), "FROM_OUTSIDE": .string("2")]))
                let parent = URL(filePath: project.directory).deletingLastPathComponent().path(percentEncoded: false)
                #expect(
                    build?["additional_contexts"]
                        == .object([
                            "shared": .string("\(parent)shared"), "library": .string("service:library"),
                        ]))
                #expect(services?["library"]?.object?["build"]?.object?["context"]?.string == project.directory)
            }
        }
    }
}
