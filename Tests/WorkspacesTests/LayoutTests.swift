import SystemPackage
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
        let bare = Layout(environment: ["HOME": "/home/ada"], userID: 1000)
        #expect(bare.state == "/home/ada/.local/share/trice")
        #expect(bare.run == "/home/ada/.local/share/trice/run")
        let named = Layout(environment: ["XDG_DATA_HOME": "/data", "XDG_RUNTIME_DIR": "/run/user/1000"], userID: 1000)
        #expect(named.state == "/data/trice")
        #expect(named.run == "/run/user/1000/trice")
    }

    @Test func variablesMoveBothRootsAndEmptyOnesDoNot() {
        let moved = Layout(environment: ["TRICE_STATE_DIRECTORY": "/s", "TRICE_RUN_DIRECTORY": "/r"], userID: 0)
        #expect(moved.durableDatabase == "/s/trice.db")
        #expect(moved.runtimeDatabase == "/r/run.db")
        #expect(Layout(environment: ["TRICE_STATE_DIRECTORY": ""], userID: 0).state == "/var/lib/trice")
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
}
