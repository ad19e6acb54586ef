import Foundation
import TestSupport
import Testing

extension OnHost {
    /// `trice init`: templates, and Compose files that become Envfiles.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct InitTests {
        @Test func writesAndNeverOverwrites() async throws {
            try await withFixture { fixture in
                let project = try fixture.emptyProject(named: "new")
                try project.expectSuccess("init")
                try project.expectSuccess("validate")
                let text = try project.read("Envfile")
                // The first line leads editors to the schema that belongs to this program.
                let schema = try #require(text.split(separator: "\n").first?.split(separator: "=").last)
                #expect(schema.hasPrefix("/") && schema.hasSuffix("/envfile.schema.json"), "\(schema)")
                #expect(FileManager.default.fileExists(atPath: String(schema)))
                expect(try project.trice("init"), endsWith: 1, saying: "Envfile")
                #expect(try project.read("Envfile") == text)
            }
        }

        @Test func listsAndSuggests() async throws {
            try await withFixture { fixture in
                let project = try fixture.emptyProject(named: "new")
                expect(
                    try project.trice("init", "--list"), endsWith: 0, saying: "hello", "debian", "nginx-php-mariadb",
                    "node-postgres", "python-redis", "go", "compose-import")
                struct Entry: Decodable {
                    var name: String
                    var summary: String
                }
                let json = try project.expectSuccess("init", "--list", "--json")
                for entry in try JSONDecoder().decode([Entry].self, from: Data(json.utf8)) {
                    #expect(entry.summary.hasSuffix(".") || entry.summary.hasSuffix(")"), "\(entry)")
                    #expect(!entry.summary.contains("yaml-language-server"))
                }
                expect(
                    try project.trice("init", "pyton-redis"), endsWith: 1, saying: "Did you mean `python-redis`?",
                    "debian")
                expect(try project.trice("init", "postgres"), endsWith: 1, saying: "Did you mean `node-postgres`?")
                expect(try project.trice("init", "zzz"), endsWith: 1, saying: "no template `zzz`. There are:")
                expect(try project.trice("init", "compose-import"), endsWith: 1, saying: "no Compose file here")
                expect(try project.trice("init", "go", "--from", "x.yaml"), endsWith: 64)
                #expect(try FileManager.default.contentsOfDirectory(atPath: project.directory) == [])
            }
        }

        private static let composeFile = """
            # The shop.

            services:
              # in front
              web:   # one of two
                image: bootstrap:busybox
                command:
                  - sh
                  - -c
                  - |
                    # x-trice: here is text
                      x-trice:
                        no key
                ports: ["8080:80"]
                container_name: shop-web

            """

        @Test func anImportKeepsTextAndMeaning() async throws {
            try await withFixture { fixture in
                let project = try fixture.emptyProject(named: "shop")
                try project.write("compose.yaml", Self.composeFile)
                let meaning = try project.expectSuccess("config", "--json")
                expect(
                    try project.trice("init", "compose-import"), endsWith: 0, saying: "wrote Envfile", "Now: trice up")
                let envfile = try project.read("Envfile")
                #expect(envfile.hasPrefix("# yaml-language-server: $schema=/"))
                #expect(envfile.contains("compat: compose\n"))
                #expect(envfile.hasSuffix(Self.composeFile))
                #expect(try project.read("compose.yaml") == Self.composeFile)
                #expect(try project.expectSuccess("config", "--json", "-f", "Envfile") == meaning)
                expect(try project.trice("init", "--from", "compose.yaml"), endsWith: 1, saying: "never writes over")
                #expect(try project.read("Envfile") == envfile)
            }
        }

        /// How the text of a Compose file is written, and lines that the Envfile has because of it.
        @Test(arguments: [
            ("---\nservices: { a: { image: x } }\n", ["---", "compat: compose", "services: { a: { image: x } }"]),
            (
                "# c\n%YAML 1.1\n--- # d\nservices: { a: { image: x } }\n",
                ["# c", "%YAML 1.1", "--- # d", "compat: compose"]
            ),
            (#"{"services": {"a": {"image": "x"}}}"#, [#"{ compat: compose,"services": {"a": {"image": "x"}}}"#]),
            ("\u{FEFF}services:\r\n  a:\r\n    image: x\r\n", ["compat: compose\r", "services:\r", "    image: x\r"]),
            (
                "# yaml-language-server: $schema=other.json\n# c\nservices: { a: { image: x } }\n",
                ["# c", "services: { a: { image: x } }"]
            ),
            (
                "services:\n  a:\n    image: x\n    x-trice: # ours\n        primary: true\n\n        ssh:\n          user: u\n    tty: true\n",
                ["    # ours", "    primary: true", "    ssh:", "      user: u", "    tty: true"]
            ),
            ("x-trice:\n  compat: compose\nservices: { a: { image: x } }\n", ["compat: compose"]),
            // In a form that is no block it stays where it is.
            (
                "services:\n  a:\n    image: x\n    x-trice: { primary: true }\n",
                ["    x-trice: { primary: true }", "compat: compose"]
            ),
            // So it does where it is nobody's but the author's.
            (
                "services:\n  a:\n    image: x\n    logging:\n      driver: none\n      x-trice:\n        primary: true\n",
                ["      x-trice:", "        primary: true"]
            ),
        ])
        func everyFormIsTakenOver(compose: String, lines: [String]) async throws {
            try await withFixture { fixture in
                let project = try fixture.emptyProject(named: "form")
                try project.write("stack.yml", compose)
                expect(try project.trice("init", "--from", "stack.yml"), endsWith: 0)
                let envfile = try project.read("Envfile")
                let written = envfile.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map(
                    String.init)
                for line in lines { #expect(written.contains(line), "`\(line)` is missing:\n\(envfile)") }
                #expect(written.count { $0.hasPrefix("# yaml-language-server:") } == 1, "\(envfile)")
                #expect(written.count { $0.hasPrefix("compat:") } <= 1, "\(envfile)")
                try project.expectSuccess("validate")
            }
        }

        @Test func aBrokenFileIsNotTakenOver() async throws {
            try await withFixture { fixture in
                let project = try fixture.emptyProject(named: "broken")
                try project.write("compose.yaml", "services:\n  a:\n    imag: x\n    ports: 3\n")
                try project.write("stack.yml", "services:\n  a:\n    image: x\n    tty: maybe\n")
                expect(
                    try project.trice("init", "--from", "compose.yaml"), endsWith: 1, saying: "compose.yaml:3:5",
                    "did you mean `image`?", "compose.yaml:4:12")
                expect(try project.trice("init", "--from", "stack.yml"), endsWith: 1, saying: "stack.yml:4:10", "tty")
                expect(
                    try project.trice("init", "--from", "none.yml"), endsWith: 1, saying: "none.yml", "does not exist")
                #expect(!FileManager.default.fileExists(atPath: "\(project.directory)/Envfile"))
            }
        }

        /// What Compose merges unasked is taken over too, here the only image.
        @Test func anOverrideIsTakenOver() async throws {
            try await withFixture { fixture in
                let project = try fixture.emptyProject(named: "over")
                try project.write("compose.yaml", "services: { a: { command: [x] } }\n")
                try project.write("compose.override.yaml", "services: { a: { image: mine, tty: true } }\n")
                let before = try project.expectSuccess("config", "--json")
                expect(
                    try project.trice("init", "--from", "compose.yaml"), endsWith: 0, saying: "wrote Envfile",
                    "`compose.override.yaml` is now `Envfile.local`")
                #expect(try project.expectSuccess("config", "--json") == before)
            }
        }

        @Test func anOverrideIsMentioned() async throws {
            try await withFixture { fixture in
                let project = try fixture.emptyProject(named: "two")
                try project.write("sub/compose.yaml", "services: { a: { image: x } }\n")
                try project.write("sub/compose.override.yaml", "services: { a: { tty: true } }\n")
                expect(
                    try project.trice("init", "--from", "sub/compose.yaml"), endsWith: 0, saying: "wrote sub/Envfile",
                    "compose.override.yaml", "Now: trice -f sub/Envfile up")
            }
        }

        /// A file that is valid is imported and means the same; one that is not leaves nothing behind.
        @Test(.enabled("the corpus is not there; set TRICE_CORPUS") { try Requirement.met(.corpus) })
        func everyFileOfTheCorpusMeansTheSame() async throws {
            try await withFixture { fixture in
                let project = try fixture.emptyProject(named: "corpus")
                let copied = try Command("cp", ["-a", Requirement.corpusDirectory + "/compose", project.directory])
                    .run()
                try #require(copied.succeeded, "\(copied.description)")
                let paths = try FileManager.default.subpathsOfDirectory(atPath: project.directory)
                var imported = 0
                for path in paths.sorted() where path.hasSuffix(".yml") || path.hasSuffix(".yaml") {
                    let envfile = URL(filePath: path).deletingLastPathComponent().relativePath + "/Envfile"
                    // Two of one folder: each in its turn.
                    try? FileManager.default.removeItem(atPath: "\(project.directory)/\(envfile)")
                    let before = try project.trice("config", "--json", "--profile", "*", "-f", path)
                    let output = try project.trice("init", "--from", path)
                    #expect(output.succeeded == before.succeeded, "\(output.description)")
                    let isThere = FileManager.default.fileExists(atPath: "\(project.directory)/\(envfile)")
                    #expect(isThere == output.succeeded, "\(path)")
                    guard output.succeeded else { continue }
                    let after = try project.trice("config", "--json", "--profile", "*", "-f", envfile)
                    #expect(after.standardOutput == before.standardOutput, "\(path)\n\(after.description)")
                    imported += 1
                }
                #expect(imported > 300)
            }
        }
    }
}
