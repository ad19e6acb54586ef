import Foundation
import Images
import OCI
import Testing
import Workspaces

@testable import ImageCommands

@Suite(.timeLimit(.minutes(1))) struct ReportTests {
    @Test func anImageIsOutdatedWhenTheRegistryHasAnother() {
        func row(_ current: String?, _ latest: String?) -> OutdatedReport.Row {
            OutdatedReport.Row(image: "app", services: ["web"], current: current, latest: latest)
        }
        #expect(row("sha256:a", "sha256:b").isOutdated)
        #expect(row(nil, "sha256:b").isOutdated)
        #expect(!row("sha256:a", "sha256:a").isOutdated)
        // A registry that did not answer says nothing.
        #expect(!row("sha256:a", nil).isOutdated)
    }

    @Test func aDigestIsNoNameThatCanBeGiven() throws {
        let digest = "sha256:" + String(repeating: "a", count: 64)
        #expect(try Reference("app:1").checkedTag("app:1") == Reference("app:1"))
        let error = #expect(throws: EngineError.self) { try Reference("app@\(digest)").checkedTag("app@\(digest)") }
        #expect(try #require(error).message.hasPrefix("app@\(digest) has a digest"))
    }

    @Test func anInspectionHasTheNamesOfDocker() throws {
        let inspection = ImageInspection(
            Id: "sha256:1", RepoTags: ["app:1"], RepoDigests: [], Created: nil, Author: nil, Architecture: "amd64",
            Variant: nil, Os: "linux", Size: 5, Config: .object(["Env": .list([.string("A=1")])]),
            RootFS: ImageInspection.RootFileSystem(Layers: ["sha256:2"]), LayerDirectories: ["/layers/2"])
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        #expect(
            String(decoding: try encoder.encode(inspection), as: UTF8.self)
                == #"{"Architecture":"amd64","Config":{"Env":["A=1"]},"Id":"sha256:1","LayerDirectories":["/layers/2"],"#
                + #""Os":"linux","RepoDigests":[],"RepoTags":["app:1"],"RootFS":{"Layers":["sha256:2"],"Type":"layers"},"#
                + #""Size":5}"#)
    }
}
