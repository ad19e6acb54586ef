import LinuxSystem
import SystemPackage
import TestSupport
import Testing
import Vocabulary
import Workspaces

@Suite(.timeLimit(.minutes(1))) struct LayoutTests {
    @Test func rootUsesTheDirectoriesOfTheSystem() {
        let layout = Layout(environment: ["HOME": "/root", "XDG_DATA_HOME": "/elsewhere"], userID: 0)
        #expect(layout.state == "/var/lib/trice")
        #expect(layout.run == "/run/trice")
    }

    @Test func aUserHasDirectoriesOfTheirOwn() {
        // A number that no user of a machine has.
        let bare = Layout(environment: ["HOME": "/home/ada"], userID: 4_294_967_000)
        #expect(bare.state == "/home/ada/.local/share/trice")
        #expect(bare.run == "/home/ada/.local/share/trice/run")
        let named = Layout(
            environment: ["XDG_DATA_HOME": "/data", "XDG_RUNTIME_DIR": "/nonexistent"], userID: 4_294_967_000)
        #expect(named.state == "/data/trice")
        #expect(named.run == "/data/trice/run")
    }

    @Test func variablesMoveBothRootsAndEmptyOnesDoNot() {
        let moved = Layout(environment: ["TRICE_STATE_DIRECTORY": "/s", "TRICE_RUN_DIRECTORY": "/r"], userID: 0)
        #expect(moved.durableDatabase == "/s/trice.db")
        #expect(moved.runtimeDatabase == "/r/run.db")
        #expect(Layout(environment: ["TRICE_STATE_DIRECTORY": ""], userID: 0).state == "/var/lib/trice")
    }

    /// XDG Base Directory Specification: "If an implementation encounters a relative path … it should consider the path invalid
    /// and ignore it."
    @Test(arguments: ["data", "./data", "../data", "~/data", ""]) func aRelativeBaseDirectoryCountsAsNotSet(
        _ path: String
    ) throws {
        let variables = ["HOME": "/home/dev", "XDG_RUNTIME_DIR": path, "XDG_DATA_HOME": path, "XDG_CONFIG_HOME": path]
        let layout = Layout(environment: variables, userID: 4_294_967_000)
        #expect(layout.state == "/home/dev/.local/share/trice")
        #expect(layout.run == "/home/dev/.local/share/trice/run")
        #expect(variables.baseDirectory("XDG_CONFIG_HOME") == nil)
        #expect(["XDG_CONFIG_HOME": "/etc/xdg"].baseDirectory("XDG_CONFIG_HOME") == "/etc/xdg")
    }

    /// The directories of Trice's own variables are not ignored: who sets one wants no other.
    @Test(arguments: ["TRICE_STATE_DIRECTORY", "TRICE_RUN_DIRECTORY", "HOME"]) func aRelativePlaceIsRefused(
        _ variable: String
    ) throws {
        var variables = ["HOME": "/home/dev"]
        variables[variable] = "here"
        let layout = Layout(environment: variables, userID: 4_294_967_000)
        #expect {
            try Host.checkDirectories(of: layout)
        } throws: {
            "\($0)".contains("is not absolute") && "\($0)".contains("`here") && "\($0)".contains(variable)
        }
    }

    @Test func whatBelongsToAnEnvironmentLiesBelowItExceptTheLock() {
        let layout = Layout(environment: ["TRICE_STATE_DIRECTORY": "/s", "TRICE_RUN_DIRECTORY": "/r"], userID: 0)
        let id: EnvironmentID = "shop-1a2b3c4d"
        #expect(layout.containerState("web-1", of: id).starts(with: layout.environmentState(id)))
        #expect(layout.entryRecord("web-1", of: id).starts(with: layout.environmentRun(id)))
        #expect(!layout.lock(of: id).starts(with: layout.environmentRun(id)))
        #expect(layout.volumes(of: id) == "/s/volumes/shop-1a2b3c4d")
    }

    @Test func anEnvironmentIsItsNameAndItsDirectory() throws {
        let one = try EnvironmentID(projectName: "shop", directory: "/nowhere/a")
        let other = try EnvironmentID(projectName: "shop", directory: "/nowhere/b")
        #expect(one != other)
        #expect(try one == EnvironmentID(projectName: "shop", directory: "/nowhere/a"))
        #expect(one.text.hasSuffix(EnvironmentID.suffix(of: "/nowhere/a")))
        #expect(one.text.wholeMatch(of: /shop-[0-9a-f]{8}/) != nil)
    }

    /// As su(1) leaves it.
    @Test(.enabled("only root can give a directory away") { try Requirement.met(.root) })
    func aBaseDirectoryOfAnotherUserCountsAsNotSet() throws {
        let base = try TemporaryDirectory()
        let variables = ["HOME": "/home/dev", "XDG_RUNTIME_DIR": base.path]
        #expect(Layout(environment: variables, userID: 4_294_967_000).run == "/home/dev/.local/share/trice/run")
        try Files.changeOwner(FilePath(base.path), user: 4_294_967_000, group: 4_294_967_000)
        #expect(Layout(environment: variables, userID: 4_294_967_000).run == FilePath(base.path).appending("trice"))
    }
}
