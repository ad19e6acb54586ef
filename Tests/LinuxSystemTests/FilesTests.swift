import CLinux
import Glibc
import LinuxSystem
import SystemPackage
import TestSupport
import Testing

/// Whole-file and whole-tree operations, in a directory of the test's own.
@Suite(.timeLimit(.minutes(2)), .serialized) struct FilesTests {
    private func withDirectory(
        in parent: String = TemporaryDirectory.parent, _ body: (FilePath) throws -> Void
    ) throws {
        let temporary = try TemporaryDirectory(in: parent)
        defer { #expect(throws: Never.self) { try temporary.cleanUp() } }
        let directory = FilePath(temporary.path)
        try body(directory)
    }

    /// Where very many files may lie: a disk needs much longer for them.
    private var memory: String { access("/dev/shm", W_OK) == 0 ? "/dev/shm" : TemporaryDirectory.parent }

    private func mode(_ path: FilePath) throws -> UInt32? { try Files.status(path)?.mode }

    @Test func aFIFOIsWrittenToAndStays() throws {
        try withDirectory { directory in
            let path = directory.appending("fifo")
            try #require(mkfifo(path.string, 0o600) == 0)
            // A reader, without which opening it would wait.
            let reader = try OwnedDescriptor.open(path, O_RDWR)
            try Files.writeWhole(path) { try #require(write($0, "whole", 5) == 5) }
            #expect(try Files.status(path)?.kind == .fifo)
            var bytes = [UInt8](repeating: 0, count: 16)
            #expect(read(reader.rawValue, &bytes, bytes.count) == 5 && bytes.starts(with: "whole".utf8))
            try Files.writeWhole(directory.appending("file")) { try #require(write($0, "x", 1) == 1) }
            #expect(try Files.names(in: directory).sorted() == ["fifo", "file"])
        }
    }

    @Test func theUmaskDoesNotChangeModesThatAreAskedFor() throws {
        try withDirectory { directory in
            let previous = umask(0o077)
            defer { umask(previous) }
            try Files.createDirectory(directory.appending("a/b"), mode: 0o755)
            try Files.write("x".utf8, to: directory.appending("file"), mode: 0o644)
            #expect(try mode(directory.appending("a")) == 0o755)
            #expect(try mode(directory.appending("a/b")) == 0o755)
            #expect(try mode(directory.appending("file")) == 0o644)
            try Files.createDirectory(directory.appending("own/b"), keepsUmask: true)
            try Files.write("x".utf8, to: directory.appending("own/file"), keepsUmask: true)
            #expect(try mode(directory.appending("own")) == 0o700)
            #expect(try mode(directory.appending("own/b")) == 0o700)
            #expect(try mode(directory.appending("own/file")) == 0o600)
        }
    }

    @Test func aDirectoryThatExistsKeepsItsMode() throws {
        try withDirectory { directory in
            try Files.createDirectory(directory.appending("a"), mode: 0o711)
            try Files.createDirectory(directory.appending("a/b"), mode: 0o755)
            try Files.createDirectory(directory.appending("a"), mode: 0o755)
            #expect(try mode(directory.appending("a")) == 0o711)
        }
    }

    /// Deeper than any path may be long, and than any stack of calls: a container can make such a tree.
    @Test func aTreeOfTwentyFiveThousandLevelsIsRemoved() throws {
        try withDirectory(in: memory) { directory in
            let root = directory.appending("deep")
            try Files.createDirectory(root)
            var current = try OwnedDescriptor.open(root, CL_O_PATH | O_DIRECTORY)
            for _ in 0..<25_000 {
                try #require(mkdirat(current.rawValue, "d", 0o755) == 0)
                current = try current.openBeneath("d", CL_O_PATH | O_DIRECTORY)
            }
            _ = consume current
            try Files.removeTree(root)
            #expect(!Files.exists(root))
        }
    }

    @Test func aDirectoryWithManyNamesIsRemovedSoon() throws {
        try withDirectory(in: memory) { directory in
            let root = directory.appending("wide")
            try Files.createDirectory(root)
            let opened = try OwnedDescriptor.open(root, CL_O_PATH | O_DIRECTORY)
            for number in 0..<50_000 { try #require(mkfifoat(opened.rawValue, "\(number)", 0o600) == 0) }
            let start = ContinuousClock.now
            try Files.removeTree(root)
            #expect(!Files.exists(root))
            // Work that grows with the square of the number takes minutes.
            #expect(ContinuousClock.now - start < .seconds(20))
        }
    }

    @Test func namesThatAreNotTextAndLinksAreRemovedAndTargetsStay() throws {
        try withDirectory { directory in
            let root = directory.appending("tree")
            try Files.createDirectory(root.appending("a"))
            try Files.write("kept".utf8, to: directory.appending("target"))
            try Files.createSymbolicLink(root.appending("a/link"), to: directory.appending("target").string)
            try Files.createSymbolicLink(root.appending("loop"), to: root.string)
            let a = try OwnedDescriptor.open(root.appending("a"), CL_O_PATH | O_DIRECTORY)
            let name: [CChar] = [-1, -2, 0]
            try #require(mkdirat(a.rawValue, name, 0o755) == 0)
            try Files.removeTree(root)
            #expect(!Files.exists(root))
            #expect(try Files.text(directory.appending("target")) == "kept")
        }
    }

    @Test(.enabled("a mount point needs root") { try Requirement.met(.root) })
    func whatCannotBeRemovedIsNamedAndTheRestGoes() throws {
        try withDirectory { directory in
            let root = directory.appending("tree")
            try Files.createDirectory(root.appending("a/mounted"))
            try Files.createDirectory(root.appending("b/c"))
            try #require(root.appending("a/mounted").withPlatformString { mount("none", $0, "tmpfs", 0, nil) } == 0)
            defer { root.appending("a/mounted").withPlatformString { _ = umount2($0, 0) } }
            let error = #expect(throws: SystemError.self) { try Files.removeTree(root) }
            #expect(error?.errno == .improperLink)
            #expect(error.map { "\($0)" }?.contains("a/mounted") == true, "\(error.map { "\($0)" } ?? "")")
            #expect(Files.exists(root.appending("a/mounted")))
            #expect(!Files.exists(root.appending("b")))
        }
    }
}
