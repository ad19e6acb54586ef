import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Execution

/// The files that `inputs` of a step mean.
@Suite(.timeLimit(.minutes(1))) struct InputFilesTests {
    private func paths(_ patterns: String..., in directory: TemporaryDirectory) throws -> [String] {
        try InputFiles(directory: FilePath(directory.path)).find(patterns).digests.keys.sorted()
    }

    private func directory() throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        for path in ["db/1.sql", "db/old/0.sql", "db/notes.txt", "src/a/b/c.py", "package.json", ".git/HEAD"] {
            let url = URL(filePath: "\(directory.path)/\(path)")
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(path.utf8).write(to: url)
        }
        return directory
    }

    @Test func patternsMeanFiles() throws {
        let directory = try directory()
        #expect(try paths("db/*.sql", in: directory) == ["db/1.sql"])
        #expect(try paths("db/**", in: directory) == ["db/1.sql", "db/notes.txt", "db/old/0.sql"])
        #expect(try paths("./db/", in: directory) == ["db/1.sql", "db/notes.txt", "db/old/0.sql"])
        #expect(try paths("**/*.py", "package.json", in: directory) == ["package.json", "src/a/b/c.py"])
        #expect(try paths("**", in: directory).count == 5)
        #expect(try paths(".git/HEAD", in: directory) == [".git/HEAD"])
        try directory.cleanUp()
    }

    @Test func contentsDecideAndLinksAreFollowed() throws {
        let directory = try directory()
        let inputs = InputFiles(directory: FilePath(directory.path))
        let before = try inputs.find(["db/**"]).digests
        try Data("new".utf8).write(to: URL(filePath: "\(directory.path)/db/1.sql"))
        let after = try inputs.find(["db/**"]).digests
        #expect(after.filter { before[$0.key] != $0.value }.map(\.key) == ["db/1.sql"])
        try FileManager.default.createSymbolicLink(
            atPath: "\(directory.path)/link", withDestinationPath: "db/1.sql")
        try FileManager.default.createSymbolicLink(atPath: "\(directory.path)/db/loop", withDestinationPath: "..")
        #expect(try inputs.find(["link"]).digests["link"] == after["db/1.sql"])
        #expect(try inputs.find(["db/**"]).digests == after)
        try directory.cleanUp()
    }

    @Test func whatMatchesNothingIsNamed() throws {
        let directory = try directory()
        let inputs = InputFiles(directory: FilePath(directory.path))
        #expect(try inputs.find(["db/*", "gone/**"]).unmatched == ["gone/**"])
        for bad in ["../x", "/etc/passwd", "a[", "b\\"] {
            #expect(throws: InputFiles.Problem.self) { try inputs.find([bad]) }
        }
        try directory.cleanUp()
    }
}
