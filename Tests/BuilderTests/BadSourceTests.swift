import Builder
import Glibc
import SystemPackage
import TestSupport
import Testing

/// What is wrong with a source is said in one sentence that names it.
@Suite(.timeLimit(.minutes(5))) struct BadSourceTests {
    @Test func missingContext() throws {
        let fixture = try Fixture()
        let error = try buildError { _ = try SourceTree(context: fixture.directory.appending("nothing")) }
        #expect(error.code == .contextMissing)
        #expect(error.message.contains("\(fixture.directory)/nothing"))
        try fixture.run("touch file")
        let other = try buildError { _ = try SourceTree(context: fixture.context.appending("file")) }
        #expect(other.code == .contextMissing && other.message.contains("no directory"))
    }

    @Test func missingSourceNamesTheNearest() throws {
        let fixture = try Fixture()
        try fixture.run("mkdir -p src; touch src/main.c Makefile")
        let near = try buildError { _ = try fixture.select("src/mian.c") }
        #expect(near.code == .sourceMissing)
        #expect(
            near.message
                == "Could not copy `src/mian.c` from the context: it is not there. The nearest name there is `src/main.c`."
        )
        #expect(try buildError { _ = try fixture.select("sorc/main.c") }.message.contains("`src/main.c`"))
        #expect(try buildError { _ = try fixture.select("makefile") }.message.contains("`Makefile`"))
        #expect(try buildError { _ = try fixture.select("elsewhere") }.message.hasSuffix("it is not there."))
        #expect(try buildError { _ = try fixture.select("Makefile/x") }.code == .sourceMissing)
    }

    @Test func outsideOfTheContext() throws {
        let fixture = try Fixture()
        try fixture.run("touch ../secret inside")
        let error = try buildError { _ = try fixture.select("../secret") }
        #expect(error.code == .sourceOutside && error.message.contains("`../secret`"))
        // Docker takes what leads out of a name away, so this is a path of the context.
        #expect(try fixture.paths(of: fixture.select("../inside")) == ["inside"])
        #expect(try fixture.paths(of: fixture.select("/inside")) == ["inside"])
    }

    @Test(.enabled("needs root to change owners") { try Requirement.met(.root) }) func linksOutOfTheContext() throws {
        let fixture = try Fixture()
        try fixture.run(
            "touch ../secret; ln -s /etc/hostname absolute; ln -s ../secret relative; ln -s .. up; ln -s l2 l1; ln -s l1 l2"
        )
        for (source, target) in [("absolute", "/etc/hostname"), ("relative", "../secret"), ("up/secret", "..")] {
            let error = try buildError { _ = try fixture.select(source) }
            #expect(error.code == .sourceOutside, "\(error)")
            #expect(error.message.contains("`\(source)`") && error.message.contains("`\(target)`"))
        }
        #expect(try buildError { _ = try fixture.select("l1") }.message.contains("`l1`"))
        // As part of a directory a link is only a link.
        #expect(try fixture.copy(["."], to: "/d/").contains("d/absolute l 777 0:0 /etc/hostname"))
    }

    @Test(.enabled("needs root to change owners") { try Requirement.met(.root) }) func linksInsideAreFollowed() throws {
        let fixture = try Fixture()
        try fixture.run("mkdir real; echo hi > real/f; ln -s real/f link; ln -s /real dir; ln -s nowhere broken")
        #expect(try fixture.copy(["link"], to: "/x/") == "x d 755 0:0\nx/link f 644 0:0\n")
        #expect(try fixture.read("x/link") == "hi\n")
        #expect(try fixture.copy(["dir"], to: "/y").contains("y/f f 644 0:0"))
        let error = try buildError { _ = try fixture.select("broken") }
        #expect(error.code == .sourceMissing && error.message.contains("`nowhere`"))
    }

    @Test(.enabled("needs root to give its rights up on one thread") { try Requirement.met(.root) })
    func unreadableFile() throws {
        let fixture = try Fixture()
        try fixture.run("chmod 755 .. .; touch secret; chmod 600 secret; mkdir closed; chmod 700 closed")
        let tree = try fixture.tree()
        for source in ["secret", "closed"] {
            let error = try withoutPrivilege {
                try buildError { _ = try tree.select(FileRequest(sources: [source]), Patterns.language) }
            }
            #expect(error.code == .sourceUnreadable && error.message.contains("`\(source)`"), "\(error)")
        }
    }

    @Test func hugeContext() throws {
        let fixture = try Fixture()
        try fixture.run("mkdir d; for i in 1 2 3 4 5; do touch d/$i; done")
        let tree = try SourceTree(context: fixture.context, maximumEntries: 5)
        let error = try buildError { _ = try tree.select(FileRequest(sources: ["."]), Patterns.language) }
        #expect(error.code == .contextTooLarge && error.message.contains("`d`"))
    }
}
