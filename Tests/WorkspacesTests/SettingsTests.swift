import LinuxSystem
import SystemPackage
import Testing
import Workspaces

@Suite(.timeLimit(.minutes(1))) struct SettingsTests {
    /// Loads settings from a file of their own, which is removed afterwards.
    private func load(_ text: String, _ variables: [String: String] = [:]) throws -> Settings {
        let base = FilePath("/tmp/trice-settings-\(UInt64.random(in: 0...UInt64.max))")
        try Files.createDirectory(base.appending("trice"))
        try Files.write(Array(text.utf8), to: base.appending("trice/settings.json"))
        let loaded = Result {
            try Settings.load(processEnvironment: ["XDG_CONFIG_HOME": base.string].merging(variables) { $1 })
        }
        try Files.removeTree(base)
        return try loaded.get()
    }

    @Test func aRuntimeAndRegistriesAreRead() throws {
        let settings = try load(#"{"runtime": "runc", "registries": {"mirror": true}}"#)
        #expect(settings.runtime == "runc")
        #expect(settings.registries == #"{"mirror":true}"#)
    }

    @Test func aVariableGoesBeforeTheFile() throws {
        #expect(try load(#"{"runtime": "runc"}"#, ["TRICE_RUNTIME": "crun"]).runtime == "crun")
        #expect(try load(#"{"runtime": "runc"}"#, ["TRICE_RUNTIME": ""]).runtime == "runc")
    }

    @Test func anUnknownSettingIsNamedWithTheFile() throws {
        let error = #expect(throws: EngineError.self) { try load(#"{"runtme": "runc"}"#) }
        let message = try #require(error).message
        #expect(message.contains("trice/settings.json: unknown setting `runtme`"))
        #expect(message.contains("runtime"))
    }

    @Test(arguments: ["[]", "{", "\"crun\"", #"{"runtime": 1}"#]) func whatIsNoObjectOfSettingsIsRefused(
        text: String
    ) throws {
        let error = #expect(throws: EngineError.self) { try load(text) }
        #expect(try #require(error).code == .settings)
    }
}
