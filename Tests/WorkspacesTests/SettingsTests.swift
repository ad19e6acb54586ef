import TestSupport
import Testing
import Vocabulary
import Workspaces

@Suite(.timeLimit(.minutes(1))) struct SettingsTests {
    /// Loads settings from a file of their own, which is removed afterwards.
    private func load(_ text: String, _ variables: [String: String] = [:]) throws -> Settings {
        let base = try TemporaryDirectory()
        try base.write("trice/settings.json", text)
        return try Settings.load(processEnvironment: ["XDG_CONFIG_HOME": base.path].merging(variables) { $1 })
    }

    @Test func aRuntimeAndRegistriesAreRead() throws {
        let settings = try load(#"{"runtime": "runc", "registries": {"mirror": true}}"#)
        #expect(settings.runtime == "runc")
        #expect(settings.registries == #"{"mirror":true}"#)
    }

    @Test func aRangeOfPortsIsRead() throws {
        let range = try load(#"{"usablePortRange": "20000-20999"}"#).usablePortRange
        #expect(range?.count == 1000)
        #expect(throws: EngineError.self) { try load(#"{"usablePortRange": "9-5"}"#) }
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
