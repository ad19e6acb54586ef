import Foundation
import TestSupport
import Testing

extension OnHost {
    /// What `config` and `validate` print of several files.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct ConfigTests {
        private static let envfile = """
            include: [db.yaml]
            services:
              web:
                extends: { file: base.yaml, service: app }
                image: "web:${TAG:-1}"
                ports: ["8080:80"]
            """

        private func project(_ fixture: Fixture) throws -> Project {
            let project = try fixture.project(Self.envfile)
            try project.write("base.yaml", "services: { app: { image: app, environment: { A: base, B: \"$B\" } } }\n")
            try project.write("db.yaml", "services: { db: { image: pg, profiles: [data] } }\n")
            try project.write(
                "Envfile.local", "services: { web: { ports: [\"9090:80\"], environment: { A: local } } }\n")
            try project.write(".env", "B=bee\n")
            try project.write("over/more.yaml", "services: { web: { image: over, volumes: [\"./x:/x\"] } }\n")
            for folder in ["x", "y"] { try project.write("\(folder)/readme", "mounted\n") }
            return project
        }

        /// Attributes: `extends`, `extends.file`, `extends.service`
        @Test func filesAreFoundAndMerged() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                let text = try project.expectSuccess("config")
                for part in ["image: web:1", "published: \"9090\"", "A: local", "B: bee"] {
                    #expect(text.contains(part))
                }
                #expect(!text.contains("8080"))
                let merged = try project.expectSuccess("-f", "Envfile", "-f", "over/more.yaml", "config")
                for part in ["image: over", "published: \"8080\"", "A: base", "source: \(project.directory)/x"] {
                    #expect(merged.contains(part), "\(merged)")
                }
                let named = try project.trice(
                    "config", "--images", environment: ["COMPOSE_FILE": "Envfile:over/more.yaml"])
                #expect(named.standardOutput == "over\n")
                expect(
                    try project.trice("config", "--env-file", "none.env"), endsWith: 1,
                    saying: "none.env does not exist")
                let elsewhere = try project.trice(
                    "config", "-f", "-", input: "services: { a: { image: x, volumes: ['./y:/y'] } }")
                #expect(elsewhere.standardOutput.contains("source: \(project.directory)/y"), "\(elsewhere.description)")
            }
        }

        /// Attributes: `include`, `profiles`
        @Test(
            arguments: [
                (["--services"], "web\n"), (["--services", "--profile", "data"], "db\nweb\n"),
                (["--profiles"], "data\n"),
                (["--networks"], "default\n"), (["--images"], "web:1\n"), (["--quiet"], ""),
                (["db", "--services"], "db\n"),
                (
                    ["--variables"],
                    "NAME   REQUIRED   DEFAULT VALUE   ALTERNATE VALUE\nB      false\nTAG    false      1\n"
                ),
                (
                    ["--explain", "services.web.environment.A"],
                    """
                    services.web.environment.A
                      - base    set in base.yaml line 1
                          extended from service `app` in base.yaml line 1
                      = local    set in Envfile.local line 1

                    """
                ),
            ] as [([String], String)])
        func parts(_ options: [String], _ expected: String) async throws {
            try await withFixture { fixture in
                let output = try project(fixture).command(["config"] + options).run()
                #expect(output.standardOutput == expected, "\(output.description)")
                #expect(output.succeeded)
            }
        }

        @Test func partsThatAreNotThere() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                expect(try project.trice("config", "--hash", "nobody"), endsWith: 1, saying: "`nobody`")
                expect(try project.trice("config", "--explain", "services.x"), endsWith: 1, saying: "`services.x`")
                expect(
                    try project.trice("config", "--resolve-image-digests"), endsWith: 1, saying: "web:1",
                    "not on this machine")
                #expect(try project.trice("config", "--images", "--services").exit == .code(64))
                let hash = try project.expectSuccess("config", "--hash", "*")
                #expect(hash.hasPrefix("web ") && hash.count == 4 + 32 + 1)
                #expect(try project.expectSuccess("config", "--no-interpolate").contains("${TAG:-1}"))
                try project.expectSuccess("config", "-o", "out.yaml")
                #expect(try project.read("out.yaml") == project.expectSuccess("config"))
            }
        }

        /// What `up` would not be able to build, each at its place in the Envfile; nothing is fetched.
        @Test func buildsThatCannotBeAreFound() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    services:
                      app: { build: ./app }
                      api:
                        build: { context: api, dockerfile: Nope }
                      bad: { build: { context: api, dockerfile: Bad } }
                      stage:
                        build:
                          context: api
                          target: tset
                      far: { build: "https://127.0.0.1:1/far.git" }
                      good: { build: api }
                    """)
                try project.write("api/Dockerfile", "FROM scratch AS test\nCOPY . /\n")
                try project.write("api/Bad", "FROM scratch\nCPOY . /\n")
                let output = try project.trice("validate")
                expect(
                    output, endsWith: 1, saying: "Envfile:2:", "/app, and there is no such directory", "Envfile:4:",
                    "there is no api/Nope", "Envfile:5:", "Bad:2", "COPY", "Envfile:9:", "tset")
                #expect(!output.standardError.contains("services.good") && !output.standardError.contains("127.0.0.1"))
                let rows =
                    try JSONSerialization.jsonObject(
                        with: Data(try project.trice("validate", "--json").standardOutput.utf8)) as? [[String: Any]]
                #expect(
                    rows?.compactMap { $0["path"] as? String } == [
                        "services.api.build.dockerfile", "services.app.build.context",
                        "services.bad.build.dockerfile", "services.stage.build.target",
                    ])
                // `config` shows what is written, as Compose does.
                expect(try project.trice("config", "--quiet"), endsWith: 0)
            }
        }

        @Test func invalidFilesAreData() async throws {
            try await withFixture { fixture in
                let project = try fixture.project("services: { a: { image: x, prts: [1] } }\n")
                try project.write("Envfile.local", "services: { a: { stop_signal: \"$S\" } }\n")
                try project.write(".env", "S=NONE\n")
                let output = try project.trice("validate", "--json")
                #expect(output.exit == .code(1), "\(output.description)")
                let rows = try JSONSerialization.jsonObject(with: Data(output.standardOutput.utf8)) as? [[String: Any]]
                #expect(rows?.compactMap { $0["path"] as? String } == ["services.a.prts", "services.a.stop_signal"])
                let notes = rows?.last?["notes"] as? [[String: Any]]
                #expect(notes?.first?["message"] as? String == "from variable `S`, set")
                #expect(notes?.first?["file"] as? String == "\(project.directory)/.env")
                expect(
                    try project.trice("validate"), endsWith: 1, saying: "did you mean `ports`?", "set in .env line 1")
            }
        }
    }
}
