import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// Seeds: a service begins with what one like it had when it was first healthy.
    @Suite(.timeLimit(.minutes(10)), .scenario, .needsRoot(.freezing)) struct SeedTests {
        /// A service that takes a while to fill its volume, and is healthy at once where that has something.
        ///
        /// - Parameters:
        ///   - service: further keys of the service.
        ///   - end: further keys of the file.
        static func slow(
            _ name: String, seconds: Int = 2, word: String = "one", service: String = "", volume: String = "",
            end: String = ""
        ) -> String {
            """
            name: \(name)
            services:
              db:
                image: bootstrap:busybox
                stop_grace_period: 0s
                command:
                  - sh
                  - -c
                  - |
                    if [ ! -e /data/complete ]; then
                      echo filling; sleep \(seconds)
                      echo "$$WORD" >/data/word
                      head -c 100000 /dev/urandom >/data/random
                      mkdir -m 700 /data/inside && chown 70:71 /data/inside
                      touch /data/complete
                    fi
                    touch /up; exec sleep 100000
                environment: { WORD: \(word) }
                wait: { exec: ["test", "-e", "/up"], timeout: 20s }
                \(service.contains("seed:") ? "" : "seed: auto")
                volumes: ["data:/data"]
            \(service)
            volumes:
              data: {\(volume)}
            \(end)

            """
        }

        private func up(_ project: Project) throws -> (took: Duration, text: String) {
            let began = ContinuousClock.now
            let output = try project.trice("up")
            #expect(output.succeeded, "\(output)")
            return (.now - began, output.description)
        }

        private func sum(_ project: Project) throws -> String {
            try project.expectSuccess("exec", "db", "md5sum", "/data/random")
        }

        private func hasSeed(_ project: Project) throws -> Bool {
            try project.trice("plan").description.contains("from a seed")
        }

        private static func seeds(_ fixture: Fixture) -> [String] {
            let names = (try? SnapshotTests.names(in: "\(fixture.stateDirectory)/seeds")) ?? []
            return names.sorted()
        }

        @Test func theNextEnvironmentBeginsFromASeed() async throws {
            try await withFixture { fixture in
                let first = try fixture.project(Self.slow("\(fixture.id)a"), named: "a")
                let second = try fixture.project(Self.slow("\(fixture.id)b"), named: "b")
                #expect(try !hasSeed(first))
                let filling = try up(first)
                #expect(filling.took > .seconds(2) && !filling.text.contains("from a seed"))
                #expect(try first.status().running == ["db"])
                #expect(try hasSeed(second))
                let fast = try up(second)
                #expect(try first.expectSuccess("logs", "db").contains("filling"))
                #expect(try !second.expectSuccess("logs", "db").contains("filling"))
                #expect(fast.text.contains("fill from a seed"), "\(fast.text)")
                #expect(try sum(first) == sum(second))
                #expect(
                    try second.expectSuccess("exec", "db", "stat", "-c", "%u %g %a", "/data/inside") == "70 71 700\n")
                #expect(try second.trice("plan").description.contains("nothing to do"))

                // Nobody sees what the others write, and the seed stays as it was.
                try second.expectSuccess("exec", "db", "sh", "-c", "echo two >/data/word; touch /data/more")
                #expect(try first.expectSuccess("exec", "db", "cat", "/data/word") == "one\n")
                try first.expectSuccess("exec", "db", "sh", "-c", "echo three >/data/word")
                try second.expectSuccess("down", "--volumes")
                #expect(try up(second).text.contains("fill from a seed"))
                #expect(try !second.expectSuccess("logs", "db").contains("filling"))
                #expect(try second.expectSuccess("exec", "db", "cat", "/data/word") == "one\n")
                expect(try second.trice("exec", "db", "test", "-e", "/data/more"), endsWith: 1)

                // Without `--volumes` the volume is what it was.
                try second.expectSuccess("exec", "db", "sh", "-c", "echo four >/data/word")
                try second.expectSuccess("down")
                try second.expectSuccess("up")
                #expect(try second.expectSuccess("exec", "db", "cat", "/data/word") == "four\n")
            }
        }

        /// They are listed, counted and removed, and what has begun from one needs it no more.
        @Test func seedsAreListedAndRemoved() async throws {
            try await withFixture { fixture in
                let first = try fixture.project(Self.slow("\(fixture.id)a", seconds: 0), named: "a")
                let second = try fixture.project(Self.slow("\(fixture.id)b", seconds: 0), named: "b")
                expect(try first.trice("volume", "seeds"), endsWith: 0, saying: "There are no seeds.")
                _ = try up(first)
                _ = try up(second)
                let before = try sum(second)
                expect(
                    try first.trice("volume", "seeds"), endsWith: 0, saying: "LAST USED", "db", "bootstrap:busybox",
                    "data")
                let listed = try first.expectSuccess("volume", "seeds", "--json")
                #expect(listed.contains("\"service\" : \"db\"") || listed.contains("\"service\":\"db\""), "\(listed)")
                let usage = try first.expectSuccess("du")
                #expect(
                    usage.split(separator: "\n").contains { $0.hasPrefix("seeds") && $0.contains(" 1 ") }, "\(usage)")
                // It was used just now.
                try first.expectSuccess("prune", "--force")
                #expect(try first.expectSuccess("volume", "seeds").contains("db"))
                expect(try first.trice("prune", "--force", "--all"), endsWith: 0, saying: "removed seed of db, data")
                #expect(Self.seeds(fixture).isEmpty)
                try second.expectSuccess("restart")
                #expect(try sum(second) == before)
                try second.expectSuccess("down", "--volumes")
                try first.expectSuccess("down", "--volumes")
                #expect(try !hasSeed(second))
                try first.expectSuccess("prune", "--force", "--all")
                #expect(try SnapshotTests.layers(fixture).allSatisfy { !$0.hasPrefix("local-") })
                #expect(try SnapshotTests.mounts(fixture).isEmpty)
            }
        }

        /// All that decides what the service writes decides which seed fits it.
        @Test(arguments: ["word", "secret", "command", "folder", "hostname", "step", "image"])
        func whatDiffersMakesAnotherSeed(difference: String) async throws {
            try await withFixture { fixture in
                func text(_ name: String, _ isChanged: Bool) -> String {
                    func value(_ key: String, _ usual: String, _ other: String) -> String {
                        isChanged && difference == key ? other : usual
                    }
                    let label = value("image", "1", "2")
                    return Self.slow(
                        name, seconds: difference == "command" && isChanged ? 1 : 0, word: value("word", "one", "two"),
                        service: """
                                hostname: \(value("hostname", "here", "there"))
                                volumes: ["data:/data", "./folder:/folder:ro"]
                                secrets: [key]
                                build: { context: ., dockerfile_inline: "FROM bootstrap:busybox\\nLABEL a=\(label)" }
                                provision: [{ shell: "echo \(value("step", "1", "2")) >/data/step" }]
                            """, end: "secrets: { key: { file: key } }"
                    ).replacing("    volumes: [\"data:/data\"]\n", with: "")
                        .replacing("    image: bootstrap:busybox\n", with: "")
                }
                func make(_ name: String, _ isChanged: Bool) throws -> Project {
                    let project = try fixture.project(text("\(fixture.id)\(name)", isChanged), named: name)
                    try project.write("key", isChanged && difference == "secret" ? "two" : "one")
                    try project.write("folder/init.sql", isChanged && difference == "folder" ? "two" : "one")
                    return project
                }
                let (first, same, other) = (try make("a", false), try make("b", false), try make("c", true))
                _ = try up(first)
                // Built before, so that the plan knows the image.
                try same.expectSuccess("build")
                try other.expectSuccess("build")
                #expect(try hasSeed(same))
                #expect(try !hasSeed(other))
                _ = try up(other)
                #expect(Self.seeds(fixture).count == 2)
                #expect(
                    try other.expectSuccess("exec", "db", "cat", "/data/word")
                        == (difference == "word" ? "two\n" : "one\n"))
                // The secret's value is in no name and no file.
                let found = try Command("grep", ["-r", "one", "\(fixture.stateDirectory)/seeds"]).run()
                #expect(found.standardOutput.isEmpty)
            }
        }

        /// What depends on more than the service itself, or belongs to others too, has no seed.
        @Test(
            arguments: [
                (service: "    seed: off", volume: "", end: ""),
                (service: "    scale: 2", volume: "", end: ""),
                (service: "    cap_add: []\n    tmpfs: [/x]\n    healthcheck: { disable: true }", volume: "", end: ""),
                (service: "", volume: " name: NAME-own ", end: ""),
                (service: "", volume: " driver_opts: { type: tmpfs, device: tmpfs } ", end: ""),
                (service: "    depends_on: [other]\n" + other, volume: "", end: ""),
                (service: other + "    volumes: [\"data:/data\"]\n", volume: "", end: ""),
                (service: other + "    volumes_from: [db]\n", volume: "", end: ""),
                (service: other + "    depends_on: [db]\n", volume: "", end: ""),
            ])
        func whatHasNoSeed(service: String, volume: String, end: String) async throws {
            try await withFixture { fixture in
                var text = Self.slow(
                    fixture.id, seconds: 0, service: service, volume: volume.replacing("NAME", with: fixture.id),
                    end: end)
                if service.contains("healthcheck") {
                    text = text.replacing("    wait: { exec: [\"test\", \"-e\", \"/up\"], timeout: 20s }\n", with: "")
                }
                let project = try fixture.project(text)
                _ = try up(project)
                #expect(Self.seeds(fixture).isEmpty)
            }
        }

        private static let other =
            "  other:\n    image: bootstrap:busybox\n    command: sleep 10000\n    stop_grace_period: 0s\n"

        /// A shared folder that the service writes to is of the environment; one that it reads is a part of what decides.
        @Test func aFolderThatIsWrittenToKeepsASeedAway() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    Self.slow(fixture.id, seconds: 0).replacing(
                        "[\"data:/data\"]", with: "[\"data:/data\", \"./folder:/folder\"]"))
                try project.write("folder/file", "")
                _ = try up(project)
                #expect(Self.seeds(fixture).isEmpty)
            }
        }

        /// Attributes: `seed`
        @Test func aComposeFileAsksForSeeds() async throws {
            try await withFixture { fixture in
                let project = try fixture.emptyProject(named: "compose")
                let text = Self.slow(fixture.id, seconds: 0).replacing(
                    "wait: { exec: [\"test\", \"-e\", \"/up\"], timeout: 20s }",
                    with: "healthcheck: { test: [CMD, test, -e, /up], start_interval: 50ms, start_period: 20s }"
                ).replacing("    seed: auto\n", with: "")
                try project.write("compose.yaml", text)
                _ = try up(project)
                #expect(Self.seeds(fixture).isEmpty)
                try project.expectSuccess("down", "--volumes")
                try project.write(
                    "compose.yaml", text.replacing("    volumes:", with: "    x-trice: { seed: auto }\n    volumes:"))
                _ = try up(project)
                #expect(Self.seeds(fixture).count == 1)
                try project.expectSuccess("down", "--volumes")
                #expect(try up(project).text.contains("from a seed"))
                try project.write(
                    "compose.yaml", text.replacing("    volumes:", with: "    x-trice: { seed: on }\n    volumes:"))
                expect(try project.trice("validate"), endsWith: 1, saying: "`auto`, `off`", "compose.yaml:")
            }
        }

        /// A service that waits for the health of the first starts when the seed has been kept, and is not in it.
        @Test func whatWaitsForHealthIsNotInTheSeed() async throws {
            try await withFixture { fixture in
                func text(_ name: String) -> String {
                    Self.slow(
                        name, seconds: 0,
                        service: Self.other.replacing("sleep 10000", with: "sh -c 'touch /data/late; sleep 10000'")
                            + "    depends_on: { db: { condition: service_healthy } }\n    volumes: [\"./:/work:ro\"]\n"
                            + "    network_mode: none\n"
                    ).replacing("touch /data/late", with: "echo late")
                }
                let first = try fixture.project(text("\(fixture.id)a"), named: "a")
                let second = try fixture.project(text("\(fixture.id)b"), named: "b")
                let plan = try first.trice("plan").description
                #expect(plan.contains("after db-1 is healthy"), "\(plan)")
                _ = try up(first)
                #expect(Self.seeds(fixture).count == 1)
                let late = try second.trice("plan").description
                #expect(late.contains("from a seed") && late.contains("after db-1 is healthy"), "\(late)")
                _ = try up(second)
                #expect(try sum(first) == sum(second))
            }
        }

        @Test func theLimitOfTheSettingsCounts() async throws {
            try await withFixture { fixture in
                let settings = "\(fixture.directory)/config"
                func setLimit(_ text: String) throws {
                    try FileManager.default.createDirectory(
                        atPath: "\(settings)/trice", withIntermediateDirectories: true)
                    try Data(#"{"seedLimit": "\#(text)"}"#.utf8).write(
                        to: URL(filePath: "\(settings)/trice/settings.json"))
                }
                func run(_ project: Project, _ arguments: String...) throws {
                    let output = try project.command(arguments, environment: ["XDG_CONFIG_HOME": settings]).run()
                    #expect(output.succeeded, "\(output)")
                }
                let first = try fixture.project(Self.slow("\(fixture.id)a", seconds: 0, word: "one"), named: "a")
                let second = try fixture.project(Self.slow("\(fixture.id)b", seconds: 0, word: "two"), named: "b")
                try setLimit("0")
                try run(first, "up")
                #expect(Self.seeds(fixture).isEmpty)
                try run(first, "down", "--volumes")
                try setLimit("150k")
                try run(first, "up")
                let one = Self.seeds(fixture)
                #expect(one.count == 1)
                try run(second, "up")
                #expect(Self.seeds(fixture).count == 2)
                // The next command removes the one that was used longest ago.
                try run(second, "up")
                let two = Self.seeds(fixture)
                #expect(two.count == 1 && two != one)
            }
        }
    }
}
