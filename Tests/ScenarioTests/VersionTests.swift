import Foundation
import TestSupport
import Testing

/// `trice version`: the number stands in one place, and what the programs were built from in a file beside them.
@Suite(.timeLimit(.minutes(1)), .enabled("needs the binary") { try Requirement.met(.binary) })
struct VersionTests {
    private struct Answer: Decodable {
        struct Library: Decodable, Equatable { var name, version: String }

        var version: String
        var commit: String?
        var toolchain: String?
        var libraries: [Library]?
    }

    @Test func theVersionIsThatOfTheSources() async throws {
        try await withFixture { fixture in
            let project = try fixture.emptyProject(named: fixture.id)
            let version = try Command(Fixture.checkout + ".ci/version").run().standardOutput
            #expect(try project.expectSuccess("version", "--short") == version)
            #expect(try project.expectSuccess("version") == "trice \(version)")
            #expect(try project.expectSuccess("--version") == version)
        }
    }

    @Test(arguments: ["bin", "libexec/trice"]) func theRecordOfTheBuildIsReadBesideTheProgram(place: String)
        async throws
    {
        try await withFixture { fixture in
            let project = try fixture.emptyProject(named: fixture.id)
            let binary = try #require(Fixture.binary)
            for directory in ["bin", place] {
                try FileManager.default.createDirectory(
                    atPath: "\(project.directory)/\(directory)", withIntermediateDirectories: true)
            }
            let copy = try Command("cp", [binary, "\(project.directory)/bin/trice"]).run()
            try #require(copy.succeeded, "\(copy.description)")
            func ask() throws -> Command.Output {
                try Command("\(project.directory)/bin/trice", ["version", "--json"], environment: fixture.environment)
                    .run()
            }
            let without = try JSONDecoder().decode(Answer.self, from: Data(ask().standardOutput.utf8))
            #expect(without.commit == nil && without.libraries == nil)
            try project.write(
                "\(place)/build.json",
                #"{"commit": "0123abc", "toolchain": "swift-6.3", "libraries": [{"name": "zlib1g-dev", "version": "1"}]}"#
            )
            let answer = try JSONDecoder().decode(Answer.self, from: Data(ask().standardOutput.utf8))
            #expect(answer.version == without.version)
            #expect(answer.commit == "0123abc")
            #expect(answer.toolchain == "swift-6.3")
            #expect(answer.libraries == [Answer.Library(name: "zlib1g-dev", version: "1")])
            try project.write("\(place)/build.json", "no record")
            #expect(try !ask().succeeded)
        }
    }
}
