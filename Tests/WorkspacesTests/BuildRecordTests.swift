import TestSupport
import Testing
import Vocabulary
import Workspaces

/// What `make build` writes is what `trice version --json` reads.
@Suite(.timeLimit(.minutes(1))) struct BuildRecordTests {
    @Test(.enabled("needs python3") { try Requirement.met(.python3) }) func theScriptWritesARecord() throws {
        let output = try Command(Fixture.checkout + ".ci/build-record").run()
        try #require(output.succeeded, "\(output.description)")
        let record = try JSONCoding.decode(BuildRecord.self, from: output.standardOutput)
        let names = record.libraries.map(\.name)
        #expect(names == names.sorted())
        #expect(names.contains("swift-argument-parser"))
        #expect(names.contains("libyaml-dev"))
        #expect(record.libraries.allSatisfy { !$0.version.isEmpty })
        // A second look at the same machine gives the same bytes.
        #expect(try Command(Fixture.checkout + ".ci/build-record").run().standardOutput == output.standardOutput)
    }

    @Test func aRecordMayLackWhatIsNotKnown() throws {
        let record = try JSONCoding.decode(BuildRecord.self, from: #"{"libraries": [{"name": "a", "version": "1"}]}"#)
        #expect(record.commit == nil)
        #expect(record.libraries == [BuildRecord.Library(name: "a", version: "1")])
    }
}
