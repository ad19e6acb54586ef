import Foundation
import TestSupport
import Testing

extension OnHost {
    /// The Dockerfiles of `Builds/Dockerfiles`, built by us and by buildah: the images are equal but for what
    /// `docs/dockerfile-differences.md` lists. The README there says how a case is added.
    @Suite(
        .timeLimit(.minutes(10)), .scenario,
        .enabled("needs buildah and Python") { try Requirement.met(.buildah, .python3) })
    struct DockerfileSuiteTests {
        @Test(.timeLimit(.minutes(10))) func onBusybox() async throws {
            let cases = try await run(base: "base", without: ["run-devices"])
            #expect(cases.count { $0.peer } >= 60)
        }

        @Test(.needsRoot(.deviceNodes)) func devicesOnBusybox() async throws {
            try await withFixture { fixture in
                let cases = try build(in: fixture, ["run-devices"])
                #expect(cases.count { $0.peer } == 1)
                for one in cases { #expect(one.problems.isEmpty, "\(one.name): \(one.problems)") }
            }
        }

        @Test(.timeLimit(.minutes(10)), .enabled("needs Debian's packages") { try Requirement.met(.network) })
        func onDebian() async throws {
            let cases = try await run(base: "debian")
            #expect(cases.count { $0.peer } >= 2)
        }

        /// The program sees a difference that no row allows, and a row that nothing differs by.
        @Test func seesDifferences() async throws {
            try await withFixture { fixture in
                let table = "\(fixture.directory)/table.md"
                try Data("| `copy-empty` | `/empty` | `dir *` | – | not so |\n".utf8).write(to: URL(filePath: table))
                let cases = try build(in: fixture, ["--table", table, "from-nothing", "copy-empty"])
                #expect(cases.count == 3)
                let problems = Dictionary(grouping: cases, by: \.name).mapValues { $0.flatMap(\.problems) }
                #expect(problems["from-nothing"]?.first?.hasPrefix("config.WorkingDir\n") == true)
                #expect(problems["copy-empty"]?.first?.contains("a difference that does not occur") == true)
                #expect(problems.values.joined().count == 2)
            }
        }

        /// With SOURCE_DATE_EPOCH the same Dockerfile gives the same bytes at any time, with nothing taken from a cache.
        @Test func reproducible() async throws {
            try await withFixture { fixture in
                let names = [
                    "add-tars", "chain", "copy-names", "copy-xattrs", "layers", "onbuild", "run-hardlinks", "run-large",
                    "run-modes", "workdir",
                ]
                let cases = try build(in: fixture, ["--twice"] + names)
                #expect(cases.count == names.count)
                for one in cases { #expect(one.problems.isEmpty, "\(one.name): \(one.problems)") }
            }
        }

        /// One line that the program prints.
        private struct Case: Decodable {
            var name: String
            /// Whether buildah built it too.
            var peer: Bool
            /// What differs, or why there was nothing to compare.
            var problems: [String]

            private enum CodingKeys: String, CodingKey {
                case name = "case"
                case peer, problems
            }
        }

        /// Builds the cases that start from a base, each of whose problems is an issue of the test.
        private func run(base: String, without: [String] = []) async throws -> [Case] {
            try await withFixture { fixture in
                // The other base is made in no time, and its cases' layers would stay with the shared images.
                if base == "debian" { try fixture.shareImages() }
                let cases = try build(in: fixture, ["--base", base] + without.flatMap { ["--without", $0] })
                for one in cases {
                    #expect(one.problems.isEmpty, "\(one.name): \(one.problems.joined(separator: "\n"))")
                }
                return cases
            }
        }

        private func build(in fixture: Fixture, _ arguments: [String]) throws -> [Case] {
            let program =
                URL(filePath: #filePath).deletingLastPathComponent().path(percentEncoded: false)
                + "../Programs/dockerfiles.py"
            var environment = fixture.environment
            environment["TRICE_BINARY"] = Fixture.binary
            environment["TRICE_TEST_USER"] = UserRun.user.map { "\($0)" }
            let output = try Command(
                "python3", [program, "--work", "\(fixture.directory)/suite"] + arguments, environment: environment
            ).run(timeout: .seconds(540))
            let cases = try output.standardOutput.split(separator: "\n").map {
                try JSONDecoder().decode(Case.self, from: Data($0.utf8))
            }
            // 1 says that something differs; anything else that the program itself did not do its work.
            let isRight = cases.allSatisfy(\.problems.isEmpty)
            #expect(output.exit == .code(isRight ? 0 : 1) && !cases.isEmpty, "\(output.description)")
            return cases
        }
    }
}
