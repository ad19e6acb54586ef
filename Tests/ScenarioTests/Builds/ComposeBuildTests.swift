import Foundation
import Glibc
import TestSupport
import Testing

/// The file that describes a project, and whose meaning it has.
enum ProjectFile: String, CaseIterable, Sendable {
    case envfile = "Envfile"
    case compose = "compose.yaml"
}

extension OnHost {
    /// The keys of Compose's `build`, from the file to what the containers have.
    @Suite(.timeLimit(.minutes(10)), .scenario) struct ComposeBuildTests {
        /// A service that goes on until it is stopped.
        static let sleeps = "command: sleep 1000\n    stop_grace_period: 0s"

        /// What a running service has in a file.
        private func contents(_ path: String, of service: String, _ project: Project) throws -> String {
            try project.expectSuccess("exec", service, "--", "cat", path).trimmingCharacters(in: .newlines)
        }

        /// Attributes: `build.target`
        @Test func aStageOfTwoBuildsIsBuiltOnce() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      web:
                        build: {context: ., target: web}
                        \(Self.sleeps)
                      worker:
                        build: {context: ., target: worker}
                        \(Self.sleeps)
                    """)
                try project.write(
                    "Dockerfile",
                    """
                    FROM bootstrap:busybox AS base
                    RUN cat /proc/sys/kernel/random/uuid >/stamp
                    FROM base AS web
                    RUN echo web >/kind
                    FROM base AS worker
                    RUN echo worker >/kind
                    FROM base AS unused
                    RUN exit 7
                    """)
                let up = try project.trice("up", "--progress", "plain")
                expect(up, endsWith: 0)
                let said = up.standardOutput + up.standardError
                #expect(said.matches(of: /\[base 1\/1\]: done in/).count == 1, "\(said)")
                #expect(!said.contains("waits for another build"), "\(said)")
                #expect(try contents("/stamp", of: "web", project) == contents("/stamp", of: "worker", project))
                #expect(try contents("/kind", of: "web", project) == "web")
                #expect(try contents("/kind", of: "worker", project) == "worker")
                #expect(try project.status().running == ["web", "worker"])
            }
        }

        /// Attributes: `build.additional_contexts`, `build.context`
        @Test(arguments: ProjectFile.allCases) func anotherServiceAsContext(_ file: ProjectFile) async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      web:
                        build:
                          context: ./web
                          additional_contexts:
                            common: service:library
                            shared: ./shared
                        \(Self.sleeps)
                      library:
                        build: ./library
                      other:
                        build: {context: ., dockerfile_inline: "FROM bootstrap:busybox\\nRUN exit 7"}
                        profiles: [never]
                    """,
                    file: file.rawValue)
                try project.write("library/Dockerfile", "FROM bootstrap:busybox\nCOPY text /library\n")
                try project.write("library/text", "one\n")
                try project.write("shared/text", "shared\n")
                try project.write(
                    "web/Dockerfile",
                    "FROM common\nCOPY --from=shared text /shared\nCOPY --from=common library /again\nCMD sleep 1000\n")
                try project.expectSuccess("build", "web")
                try project.expectSuccess("up", "web")
                #expect(try contents("/library", of: "web", project) == "one")
                #expect(try contents("/again", of: "web", project) == "one")
                #expect(try contents("/shared", of: "web", project) == "shared")
                #expect(try project.status().running == ["web"])

                // A change of the other service's context reaches those that are built from it.
                try project.write("library/text", "two\n")
                try project.expectSuccess("up", "--build", "web")
                #expect(try contents("/again", of: "web", project) == "two")
            }
        }

        /// Attributes: `build.args`, `build.dockerfile`, `build.dockerfile_inline`, `build.labels`, `build.tags`
        /// Attributes: `build.target`
        @Test(arguments: ProjectFile.allCases) func whatAnImageIsMadeOf(_ file: ProjectFile) async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    x-common: &common
                      A: one
                    services:
                      map:
                        image: team/\(fixture.id):1
                        build:
                          args: {<<: *common, B: 2, FROM_OUTSIDE: null, UNSET: null}
                          dockerfile_inline: |
                            FROM bootstrap:busybox
                            ARG A B=unset FROM_OUTSIDE UNSET=default
                            RUN echo $$A $$B $$FROM_OUTSIDE $$UNSET >/args
                          labels: {org.example.team: rope}
                          tags: [team/\(fixture.id):latest, "registry.test:5000/\(fixture.id):2"]
                          x-note: ignored
                        \(Self.sleeps)
                      list:
                        build:
                          context: .
                          dockerfile: docker/Other
                          args: [A=three, "B=f=our", FROM_OUTSIDE, UNSET]
                          labels: ["org.example.team=hull", org.example.empty]
                          target: middle
                        \(Self.sleeps)
                    """, file: file.rawValue)
                try project.write(
                    "docker/Other",
                    """
                    FROM bootstrap:busybox AS middle
                    ARG A B FROM_OUTSIDE UNSET=default
                    RUN echo $A $B $FROM_OUTSIDE $UNSET >/args
                    FROM middle
                    RUN exit 7
                    """)
                let up = try project.command(["up"], environment: ["FROM_OUTSIDE": "outside"]).run()
                expect(up, endsWith: 0)
                #expect(try contents("/args", of: "map", project) == "one 2 outside default")
                #expect(try contents("/args", of: "list", project) == "three f=our outside default")

                let names = try project.expectSuccess("image", "ls")
                for tag in ["team/\(fixture.id):1", "team/\(fixture.id):latest", "registry.test:5000/\(fixture.id):2"] {
                    let found = try label("org.example.team", of: tag, project)
                    #expect(found == "rope", "\(names)")
                }
                #expect(try label("org.example.team", of: "\(fixture.id)-list", project) == "hull", "\(names)")
                #expect(try label("org.example.empty", of: "\(fixture.id)-list", project) == "")
                let status = try project.expectSuccess("status", "--json")
                #expect(status.contains("team/\(fixture.id):1") && status.contains("\(fixture.id)-list"), "\(status)")
            }
        }

        private func label(_ name: String, of image: String, _ project: Project) throws -> String? {
            let report = try JSONValue(text: project.expectSuccess("image", "inspect", image).utf8)
            return Self.find("Labels", in: report)?.object?[name]?.string
                ?? Self.find("labels", in: report)?.object?[name]?.string
        }

        /// The first value under a name, at whatever depth.
        private static func find(_ name: String, in value: JSONValue) -> JSONValue? {
            if let found = value.object?[name] { return found }
            for child in (value.object.map { Array($0.values) } ?? value.array ?? []) {
                if let found = find(name, in: child) { return found }
            }
            return nil
        }

        /// Attributes: `build.secrets`, `build.secrets.*.source`, `build.secrets.*.target`
        @Test func secretsAreSeenAndNotKept() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      web:
                        build:
                          secrets:
                            - token
                            - source: password
                              target: login
                          dockerfile_inline: |
                            FROM bootstrap:busybox
                            RUN --mount=type=secret,id=token,required sha256sum </run/secrets/token >/token.sum
                            RUN --mount=type=secret,id=login,env=LOGIN,required printf %s "$$LOGIN" | wc -c >/length
                        \(Self.sleeps)
                    secrets:
                      token: {file: ./token.txt}
                      password: {environment: PASSWORD}
                    """)
                try project.write("token.txt", "sesame\n")
                let up = try project.command(["up"], environment: ["PASSWORD": "hunter22"]).run()
                expect(up, endsWith: 0)
                #expect(try contents("/length", of: "web", project) == "8")
                let sum = try Command("sha256sum", []).run(input: "sesame\n").standardOutput.prefix { $0 != " " }
                #expect(try contents("/token.sum", of: "web", project).hasPrefix(sum))
                expect(try project.trice("exec", "web", "--", "ls", "/run/secrets"), endsWith: 1)
                let found = try Command(
                    "grep", ["-rlE", "sesame|hunter22", fixture.stateDirectory, fixture.runDirectory]
                ).run()
                #expect(found.exit == .code(1), "a secret was kept: \(found.description)")

                let without = try project.trice("build", "--no-cache")
                expect(without, endsWith: 1, saying: "the secret `login`", "`secrets:`", "variable")
            }
        }

        @Test func aGitRepositoryAsContext() async throws {
            try await withFixture { fixture in
                let project = try fixture.emptyProject(named: fixture.id)
                try project.write("repository/app/Dockerfile", "FROM bootstrap:busybox\nCOPY . /app\n")
                try project.write("repository/app/text", "first\n")
                let script = """
                    set -e
                    git init -q -b main
                    git add .
                    git -c user.name=t -c user.email=t@t commit -qm one
                    """
                let made = try Command(
                    "sh", ["-c", script], environment: fixture.environment,
                    directory: "\(project.directory)/repository"
                ).run()
                #expect(made.succeeded, "\(made.description)")
                // git(1) serves nobody the repository of another user.
                try UserRun.give(fixture.directory)
                let port = try Fixture.freePort()
                let daemon = try UserRun.command(
                    Command(
                        "git",
                        [
                            "daemon", "--reuseaddr", "--listen=127.0.0.1", "--port=\(port)", "--export-all",
                            "--base-path=\(project.directory)", project.directory,
                        ], environment: fixture.environment)
                ).start()
                fixture.onCleanUp { daemon.stop() }
                let answers = eventually { (try? Socket(connecting: .tcp, to: Endpoint("127.0.0.1", port))) != nil }
                #expect(answers, "git daemon does not listen")
                try project.write(
                    "Envfile",
                    """
                    name: \(fixture.id)
                    services:
                      web:
                        build: git://127.0.0.1:\(port)/repository/.git#main:app
                        \(Self.sleeps)
                    """)
                try project.expectSuccess("up")
                #expect(try contents("/app/text", of: "web", project) == "first")
                try project.write("repository/app/text", "second\n")
                try project.expectSuccess("up")
                #expect(try contents("/app/text", of: "web", project) == "first", "nothing has been committed")
                let commit = try UserRun.command(
                    Command(
                        "git", ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qam", "two"],
                        environment: fixture.environment, directory: "\(project.directory)/repository")
                ).run()
                #expect(commit.succeeded, "\(commit.description)")
                try project.expectSuccess("up")
                #expect(try contents("/app/text", of: "web", project) == "second")
            }
        }

        /// Attributes: `build.network`
        @Test func networkOfRunSteps() async throws {
            try await withFixture { fixture in
                let links =
                    "FROM bootstrap:busybox\\nRUN ls /sys/class/net | wc -l >/links; readlink /proc/self/ns/net >/space\\n"
                let services = ["none", "host", "default"].map { network in
                    """
                      \(network):
                        build: {network: \(network), dockerfile_inline: "\(links)"}
                        \(Self.sleeps)
                    """
                }
                let project = try fixture.project(
                    "name: \(fixture.id)\nservices:\n" + services.joined(separator: "\n") + "\n")
                try project.expectSuccess("up")
                let own = try UserRun.inside("readlink", ["/proc/self/ns/net"]).run().standardOutput
                    .trimmingCharacters(in: .newlines)
                #expect(try contents("/space", of: "host", project) == own)
                #expect(try contents("/space", of: "none", project) != own)
                #expect(try contents("/links", of: "none", project) == "1")
                #expect(try contents("/links", of: "default", project) == "2")
            }
        }

        /// Attributes: `build.no_cache`, `build.no_cache_filter`
        @Test func noCacheAndStagesWithoutCache() async throws {
            try await withFixture { fixture in
                let random = "cat /proc/sys/kernel/random/uuid"
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      always:
                        build: {dockerfile: Dockerfile, no_cache: true}
                        \(Self.sleeps)
                      part:
                        build: {dockerfile: Dockerfile, no_cache_filter: [second]}
                        \(Self.sleeps)
                    """, file: "compose.yaml")
                try project.write(
                    "Dockerfile",
                    """
                    FROM bootstrap:busybox AS first
                    RUN \(random) >/first
                    FROM first AS second
                    RUN \(random) >/second
                    """)
                try project.expectSuccess("up")
                let services = ["always", "part"]
                let before = try services.map { service in
                    try ["/first", "/second"].map { try contents($0, of: service, project) }
                }
                try project.expectSuccess("up")
                let kept = try services.map { try contents("/second", of: $0, project) }
                #expect(kept == before.map { $0[1] }, "what is there is not built again")
                try project.expectSuccess("up", "--build")
                let after = try services.map { service in
                    try ["/first", "/second"].map { try contents($0, of: service, project) }
                }
                #expect(after[0][0] != before[0][0] && after[0][1] != before[0][1])
                #expect(after[1][0] == before[1][0] && after[1][1] != before[1][1])
            }
        }
    }
}
