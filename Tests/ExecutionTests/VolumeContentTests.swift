import Glibc
import LinuxSystem
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import Execution

/// How a volume gets its first content.
@Suite(.timeLimit(.minutes(1))) struct VolumeContentTests {
    private struct Odd: Error {}

    private let temporary: TemporaryDirectory
    private let volume: FilePath

    init() throws {
        temporary = try TemporaryDirectory()
        volume = FilePath(temporary.path).appending("data")
        try Files.createDirectory(volume)
    }

    private func fill(_ directory: FilePath, _ names: some Sequence<Int> = 0..<3) throws {
        for name in names { try Files.write("\(name)".utf8, to: directory.appending("\(name)")) }
    }

    private var names: [String] { get throws { try Files.names(in: volume) } }

    @Test func contentComesWithTheModeOfItsDirectory() throws {
        try VolumeContent(volume).fillIfEmpty { side in
            try fill(side)
            #expect(side.withPlatformString { chmod($0, 0o2770) } == 0)
            return true
        }
        #expect(try names == ["0", "1", "2"])
        #expect(try Files.status(volume)?.mode == 0o2770)
        #expect(try Files.names(in: FilePath(temporary.path)) == [".lock", "data"])
    }

    @Test func whatHasContentIsLeftAlone() throws {
        try Files.write("mine".utf8, to: volume.appending("0"))
        try VolumeContent(volume).fillIfEmpty { _ in
            Issue.record("it was filled")
            return true
        }
        #expect(try Files.text(volume.appending("0")) == "mine")
    }

    @Test func whereThereIsNoContentNothingStays() throws {
        try VolumeContent(volume).fillIfEmpty { _ in false }
        #expect(throws: Odd.self) {
            try VolumeContent(volume).fillIfEmpty { side in
                try fill(side)
                throw Odd()
            }
        }
        #expect(try names.isEmpty)
        #expect(try Files.names(in: FilePath(temporary.path)) == [".lock", "data"])
    }

    /// What a process left that was killed while it copied.
    @Test func halfACopyIsThrownAway() throws {
        let side = FilePath(temporary.path).appending(".copying-data")
        try Files.createDirectory(side)
        try fill(side, [7])
        try VolumeContent(volume).fillIfEmpty { side in
            #expect(try Files.names(in: side).isEmpty)
            try fill(side)
            return true
        }
        #expect(try names == ["0", "1", "2"])
    }

    /// What a process left that was killed while it moved the names.
    @Test func aMoveThatWasInterruptedIsFinished() throws {
        let side = FilePath(temporary.path).appending(".copied-data")
        try Files.createDirectory(side)
        try fill(side, [1, 2])
        try fill(volume, [0])
        try VolumeContent(volume).fillIfEmpty { _ in
            Issue.record("it was copied again")
            return true
        }
        #expect(try names == ["0", "1", "2"])
        #expect(!Files.exists(side))
    }

    /// A container that runs on the empty volume may make links in it, to let the copy write elsewhere.
    @Test func aLinkInTheVolumeIsNotFollowed() throws {
        let outside = FilePath(temporary.path).appending("outside")
        try Files.createDirectory(outside)
        try VolumeContent(volume).fillIfEmpty { side in
            try Files.createDirectory(side.appending("sub"))
            try fill(side.appending("sub"))
            try Files.createSymbolicLink(volume.appending("sub"), to: outside.string)
            return true
        }
        #expect(try Files.names(in: outside).isEmpty)
        #expect(try Files.status(volume.appending("sub"))?.kind == .symbolicLink)
    }

    @Test func severalAtOnceFillItOnceAndSeeAllOfIt() throws {
        let copies = Mutex(0)
        _ = try inParallel(Array(0..<8)) { (_: Int) throws(any Error) -> Int in
            try VolumeContent(volume).fillIfEmpty { side in
                copies.withLock { $0 += 1 }
                try fill(side, 0..<200)
                return true
            }
            #expect(try names.count == 200)
            return 0
        }
        #expect(copies.withLock { $0 } == 1)
    }

    @Test func removingTakesWhatAFillHasLeft() throws {
        for name in [".copying-data", ".copied-data"] {
            try Files.createDirectory(FilePath(temporary.path).appending(name).appending("x"))
        }
        try VolumeContent(volume).remove()
        #expect(try Files.names(in: FilePath(temporary.path)).isEmpty)
    }
}
