import LinuxSystem
import Snapshots
import SystemPackage
import TestSupport
import Testing
import Vocabulary

/// The exchange of directories, stopped at every point and begun again.
@Suite(.timeLimit(.minutes(1))) struct RestoreJournalTests {
    private struct Scene {
        let temporary: TemporaryDirectory
        var root: FilePath { FilePath(temporary.path) }
        var journal: RestoreJournal

        init() throws {
            temporary = try TemporaryDirectory(mode: 0o755)
            let root = FilePath(temporary.path)
            journal = RestoreJournal(environmentID: "shop-1a2b3c4d", name: "base", work: root.appending("work"))
            for name in ["a", "b", "c"] {
                try Files.createDirectory(root.appending("work/new/\(name)"))
                try Files.write("new".utf8, to: root.appending("work/new/\(name)/file"))
                try Files.createDirectory(root.appending("place/\(name)"))
                try Files.write("old".utf8, to: root.appending("place/\(name)/file"))
                journal.moves.append(
                    .init(
                        staged: root.appending("work/new/\(name)").string,
                        target: root.appending("place/\(name)").string,
                        trash: root.appending("work/old/\(name)").string))
            }
            try Files.createDirectory(root.appending("place/gone"))
            journal.moves.append(
                .init(
                    staged: nil, target: root.appending("place/gone").string,
                    trash: root.appending("work/old/gone").string)
            )
        }

        func content(_ name: String) throws -> String? { try Files.text(root.appending("place/\(name)/file")) }
    }

    @Test func theNewTakesThePlaceOfTheOld() throws {
        let scene = try Scene()
        try scene.journal.takeOldAway()
        try scene.journal.place()
        for name in ["a", "b", "c"] { #expect(try scene.content(name) == "new") }
        #expect(!Files.exists(scene.root.appending("place/gone")))
        #expect(try Files.text(scene.root.appending("work/old/a/file")) == "old")
    }

    /// A killed command has exchanged some of the names, and another one has begun to use a free one.
    @Test(arguments: 0...3) func anInterruptedExchangeIsFinished(placed: Int) throws {
        let scene = try Scene()
        try scene.journal.takeOldAway()
        for move in scene.journal.moves.prefix(placed) {
            guard let staged = move.staged else { continue }
            try Files.rename(FilePath(staged), to: FilePath(move.target))
        }
        for move in scene.journal.moves.dropFirst(placed).prefix(1) where move.staged != nil {
            try Files.createDirectory(FilePath(move.target))
        }
        for _ in 1...2 {
            try scene.journal.takeOldAway()
            try scene.journal.place()
            for name in ["a", "b", "c"] { #expect(try scene.content(name) == "new", "\(name)") }
        }
    }

    @Test func itIsReadAsItWasWritten() throws {
        let scene = try Scene()
        let file = scene.root.appending("journals/shop")
        #expect(try RestoreJournal.read(file) == nil)
        try scene.journal.write(to: file)
        #expect(try RestoreJournal.read(file) == scene.journal)
    }
}
