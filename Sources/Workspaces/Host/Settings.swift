internal import FoundationEssentials
package import Images
internal import LinuxSystem
internal import SystemPackage

/// What the user has set for all environments: `settings.json` in `$XDG_CONFIG_HOME/trice` or `/etc/trice`; the first
/// file that exists counts. `TRICE_RUNTIME` and `--runtime` go before it.
package struct Settings: Sendable, Decodable {
    /// The OCI runtime by name or path; `nil` lets Trice choose.
    package var runtime: String?
    /// How registries are reached, as JSON; read by `trice-remote`.
    package var registries: String?
    /// How much one layer may be.
    package var limits: ExtractionLimits?

    package init() {}

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case runtime, registries, limits
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        runtime = try container.decodeIfPresent(String.self, forKey: .runtime)
        limits = try container.decodeIfPresent(ExtractionLimits.self, forKey: .limits)
        registries = try container.decodeIfPresent(JSONValue.self, forKey: .registries).map { value in
            String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
        }
    }

    /// - Throws: `EngineError` that names the file when it cannot be read or has a key that is not known.
    package static func load(processEnvironment: [String: String]) throws -> Settings {
        let home = processEnvironment["HOME"] ?? "/"
        let base = processEnvironment["XDG_CONFIG_HOME"] ?? "\(home)/.config"
        var settings = Settings()
        for path in ["\(base)/trice/settings.json", "/etc/trice/settings.json"] {
            guard let text = try Files.text(FilePath(path)) else { continue }
            settings = try decode(text, path: path)
            break
        }
        if let name = processEnvironment["TRICE_RUNTIME"], !name.isEmpty { settings.runtime = name }
        return settings
    }

    private static func decode(_ text: String, path: String) throws(EngineError) -> Settings {
        do {
            let data = Data(text.utf8)
            let keys = try JSONDecoder().decode([String: JSONValue].self, from: data).keys
            let known = CodingKeys.allCases.map(\.rawValue)
            if let unknown = keys.sorted().first(where: { !known.contains($0) }) {
                throw EngineError(
                    .settings,
                    "\(path): unknown setting `\(unknown)`; there are: \(known.joined(separator: ", ")).")
            }
            return try JSONDecoder().decode(Settings.self, from: data)
        } catch let error as EngineError {
            throw error
        } catch {
            throw EngineError(
                .settings,
                "\(path) is not a JSON object of settings, such as {\"runtime\": \"runc\"}.", causes: [error])
        }
    }
}
