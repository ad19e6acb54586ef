import Envfile
import Foundation
import Glibc
import TestSupport
import Testing

@testable import Watching

/// What a watch sees of real files.
@Suite(.timeLimit(.minutes(1))) struct WatchedTreeTests {
    private let place: TemporaryDirectory
    private let root: String

    init() throws {
        place = try TemporaryDirectory()
        root = place.path + "/src"
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    }

    private func rules(_ paths: String..., ignore: [String] = []) throws -> WatchRules {
        WatchRules(
            try (paths.isEmpty ? [root] : paths).map { path in
                try WatchRule(
                    service: "web",
                    Development.Watch(path: path, action: .sync, target: "/app", excludes: ignore), path: path)
            })
    }

    private func write(_ name: String, _ text: String) throws {
        let file = "\(root)/\(name)"
        let directory = URL(filePath: file).deletingLastPathComponent().path(percentEncoded: false)
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: file))
    }

    private func shell(_ line: String) throws {
        let output = try Command("/bin/sh", ["-ec", line], directory: root).run()
        guard output.succeeded else { throw TestError(output.description) }
    }

    /// The paths below the root that changed, directories with a slash at their end.
    private func names(_ changes: some Sequence<FileChange>) -> [String] {
        changes.map { String($0.path.dropFirst(root.count + 1)) + ($0.isDirectory ? "/" : "") }.sorted()
    }

    @Test func changesOfEveryKindAreSeen() throws {
        try write("a", "1")
        try write("sub/b", "1")
        var tree = try WatchedTree.watching(rules())
        #expect(tree.directoryCount == 2)
        #expect(names(tree.files) == ["a", "sub/", "sub/b"])
        #expect(try tree.read().isEmpty)
        try shell("echo 2 >a; echo 2 >>sub/b")
        #expect(names(try tree.read()) == ["a", "sub/b"])
        try shell("echo new >c; ln -s c link; chmod 600 a")
        #expect(names(try tree.read()) == ["a", "c", "link"])
        // As editors save: another file takes the name.
        try shell("echo 3 >.a.new; mv .a.new a")
        #expect(names(try tree.read()) == ["a"])
        try shell("rm c; mv link sub/link")
        #expect(names(try tree.read()) == ["c", "link", "sub/link"])
        // What only reads changes nothing, nor does a file that comes and goes.
        try shell("cat a sub/b; echo x >gone; rm gone")
        #expect(try tree.read().isEmpty)
    }

    @Test func newDirectoriesAreWatchedWithAllThatIsInThem() throws {
        var tree = try WatchedTree.watching(rules())
        try shell("mkdir -p d/e; echo 1 >d/e/f")
        #expect(names(try tree.read()) == ["d/", "d/e/", "d/e/f"])
        try shell("echo 2 >d/e/f; echo 1 >d/g")
        #expect(names(try tree.read()) == ["d/e/f", "d/g"])
        // A directory from elsewhere, and one under another name.
        try shell("mkdir -p ../other/x; echo 1 >../other/x/y; mv ../other in; mv d d2")
        #expect(
            names(try tree.read()) == [
                "d/", "d/e/", "d/e/f", "d/g", "d2/", "d2/e/", "d2/e/f", "d2/g", "in/", "in/x/", "in/x/y",
            ])
        try shell("echo 3 >d2/e/f; echo 2 >in/x/y")
        #expect(names(try tree.read()) == ["d2/e/f", "in/x/y"])
        try shell("rm -r in")
        #expect(names(try tree.read()) == ["in/", "in/x/", "in/x/y"])
        #expect(tree.directoryCount == 3)
    }

    @Test func aDirectoryThatIsReplacedIsCompared() throws {
        try write("lib/same", "1")
        try write("lib/old", "1")
        var tree = try WatchedTree.watching(rules())
        try shell("mkdir new; echo 1 >new/same; echo 1 >new/added; rm -r lib; mv new lib")
        #expect(names(try tree.read()) == ["lib/", "lib/added", "lib/old", "lib/same"])
        try shell("echo 2 >lib/added")
        #expect(names(try tree.read()) == ["lib/added"])
        // A file takes a directory's place, and the other way round.
        try shell("rm -r lib; echo file >lib")
        #expect(names(try tree.read()) == ["lib", "lib/", "lib/added", "lib/same"])
        try shell("rm lib; mkdir lib; echo 1 >lib/z")
        #expect(names(try tree.read()) == ["lib", "lib/", "lib/z"])
    }

    @Test func ignoredDirectoriesAreNotWatched() throws {
        try write("node_modules/a/b", "1")
        try write(".git/objects/x", "1")
        try write("c", "1")
        var tree = try WatchedTree.watching(rules(ignore: ["node_modules"]))
        #expect(tree.directoryCount == 1)
        try shell("echo 2 >node_modules/a/b; mkdir node_modules/z; echo 2 >.git/index; rm -r node_modules")
        #expect(try tree.read().isEmpty)
    }

    @Test func lostEventsAreFoundByALook() throws {
        for number in 0..<20 { try write("d\(number)/f", "1") }
        var tree = try WatchedTree.watching(rules())
        let limit = Int(
            try String(contentsOfFile: "/proc/sys/fs/inotify/max_queued_events", encoding: .utf8)
                .trimmingCharacters(in: .whitespacesAndNewlines))
        // Two files by turns, so that no event equals the one before it.
        for number in 0..<((limit ?? 16384) + 100) { chmod("\(root)/d\(number % 2)/f", 0o644) }
        try shell("echo 2 >d7/f; rm d8/f; mkdir d9/new; echo 1 >d9/new/g")
        let changes = names(try tree.read()).filter { !["d0/f", "d1/f"].contains($0) }
        #expect(changes == ["d7/f", "d8/f", "d9/new/", "d9/new/g"])
        #expect(tree.takeNotes().contains { $0.contains("lost") })
        try shell("echo 2 >d9/new/g")
        #expect(names(try tree.read()) == ["d9/new/g"])
    }

    @Test func aWatchedFolderThatVanishesTakesNothingAway() throws {
        try write("a", "1")
        try write("sub/b", "1")
        var tree = try WatchedTree.watching(rules())
        try shell("mv ../src ../away")
        _ = try tree.checkRoots()
        let isIncomplete1 = tree.isIncomplete
        #expect(isIncomplete1)
        var held = Array(try tree.read())
        _ = try Command("/bin/rm", ["-r", "\(place.path)/away/sub"]).run()
        held += try tree.read()
        #expect(tree.withholding(held).isEmpty)
        #expect(tree.takeNotes().contains { $0.contains("is not there") })
        // It comes back as another directory: what differs is a change, and what is gone from it as well.
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        try write("a", "2")
        try write("c", "1")
        var changes = try tree.checkRoots()
        let isIncomplete2 = tree.isIncomplete
        #expect(!isIncomplete2)
        changes.formUnion(try tree.read())
        #expect(Set(names(changes)).isSuperset(of: ["a", "c", "sub/b"]))
        try shell("echo 3 >c")
        #expect(names(try tree.read()) == ["c"])
    }

    @Test func aFolderThatIsRemovedAndMadeAnewIsFollowed() throws {
        try write("a", "1")
        try write("b", "1")
        var tree = try WatchedTree.watching(rules())
        _ = try Command("/bin/sh", ["-ec", "rm -r src; mkdir src; echo 2 >src/a"], directory: place.path).run()
        var changes = try tree.checkRoots()
        changes.formUnion(try tree.read())
        #expect(names(tree.withholding(Array(changes))) == ["a", "b"])
        try shell("echo 3 >a")
        #expect(names(try tree.read()) == ["a"])
    }

    @Test func aPathThatIsNotThereYetIsWaitedFor() throws {
        var tree = try WatchedTree.watching(rules("\(root)/later/deep"))
        let isIncomplete3 = tree.isIncomplete
        #expect(isIncomplete3)
        try shell("mkdir -p later/deep; echo 1 >later/deep/x")
        #expect(names(try tree.checkRoots()) == ["later/deep/x"])
        try shell("echo 2 >later/deep/x")
        #expect(names(try tree.read()) == ["later/deep/x"])
    }

    @Test func aSingleFileIsWatchedByItsName() throws {
        try write("package.json", "{}")
        try write("other", "1")
        var tree = try WatchedTree.watching(rules("\(root)/package.json"))
        try shell("echo 2 >other; mkdir d; echo 1 >d/package.json; echo '[]' >new; mv new package.json")
        #expect(names(try tree.read()) == ["package.json"])
        try shell("rm package.json")
        _ = try tree.checkRoots()
        #expect(names(tree.withholding(Array(try tree.read()))) == ["package.json"])
        try shell("echo '{}' >package.json")
        _ = try tree.checkRoots()
        #expect(names(try tree.read()) == ["package.json"])
    }

    @Test func gitsLockTellsOfWork() throws {
        try shell("mkdir .git sub; ln -s /nowhere dangling")
        let locks = GitLocks(of: ["\(root)/sub"])
        #expect(!locks.isHeld)
        try shell("touch .git/index.lock")
        #expect(locks.isHeld)
        try shell("touch -d '2 minutes ago' .git/index.lock")
        #expect(!locks.isHeld)
        // A work tree beside the repository.
        try shell(
            "mkdir -p ../tree ../repository; echo 'gitdir: ../repository' >../tree/.git; touch ../repository/index.lock"
        )
        #expect(GitLocks(of: [place.path + "/tree"]).isHeld)
    }
}
