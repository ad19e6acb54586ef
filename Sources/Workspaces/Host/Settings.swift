package import Images
internal import LinuxSystem
package import SystemPackage
package import Vocabulary

/// What the user has set for all environments: `settings.json` in `$XDG_CONFIG_HOME/trice` or `/etc/trice`; the first
/// file that exists counts. `TRICE_RUNTIME` and `--runtime` go before it.
package struct Settings: Sendable, Decodable {
    /// The OCI runtime by name or path; `nil` lets Trice choose.
    package var runtime: String?
    /// How registries are reached, as JSON; read by `trice-remote`.
    package var registries: String?
    /// The ranges that subnets of networks come from; `nil` for private ranges that the host does not reach yet.
    package var addressPools: [IPv4Network]?
    /// The host ports that are taken where a port is free to choose, or is taken and may move; `nil` lets Trice choose.
    package var usablePortRange: PortRange?
    /// How much seeds of volumes may be altogether; `nil` lets Trice choose, and 0 keeps none.
    package var seedLimit: Vocabulary.ByteCount?
    /// Image layouts in which images are looked for before their registries are asked; absolute paths.
    package var additionalStores: [FilePath]?
    /// The address of Debian's archive as it was at a moment, with `{date}` in place of that; `nil` where only the archive of
    /// today is asked.
    package var debianSnapshots: String?
    /// How much one layer may be.
    package var limits: ExtractionLimits?

    package init() {}

    /// The names of all settings, in the order of the manual page.
    static var names: [String] { CodingKeys.allCases.map(\.rawValue) }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case runtime, registries, limits, addressPools, usablePortRange, seedLimit, additionalStores, debianSnapshots
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        runtime = try container.decodeIfPresent(String.self, forKey: .runtime)
        limits = try container.decodeIfPresent(ExtractionLimits.self, forKey: .limits)
        addressPools = try container.decodeIfPresent([IPv4Network].self, forKey: .addressPools)
        usablePortRange = try container.decodeIfPresent(PortRange.self, forKey: .usablePortRange)
        seedLimit = try container.decodeIfPresent(Vocabulary.ByteCount.self, forKey: .seedLimit)
        additionalStores = try container.decodeIfPresent([String].self, forKey: .additionalStores)?
            .map { FilePath($0) }
        debianSnapshots = try container.decodeIfPresent(String.self, forKey: .debianSnapshots)
        registries = try container.decodeIfPresent(JSONValue.self, forKey: .registries).map { value in
            try JSONCoding.text(value)
        }
    }

    /// - Throws: `EngineError` that names the file when it cannot be read or has a key that is not known.
    package static func load(processEnvironment: [String: String]) throws -> Settings {
        let home = processEnvironment["HOME"] ?? "/"
        let base = processEnvironment.baseDirectory("XDG_CONFIG_HOME") ?? "\(home)/.config"
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
            let keys = try JSONCoding.decode([String: JSONValue].self, from: text).keys
            if let unknown = keys.sorted().first(where: { !names.contains($0) }) {
                throw EngineError(
                    .settings,
                    "\(path): unknown setting `\(unknown)`; there are: \(names.joined(separator: ", ")).")
            }
            let settings = try JSONCoding.decode(Settings.self, from: text)
            if let problem = settings.problem {
                throw EngineError(.settings, "\(path): \(problem).")
            }
            return settings
        } catch let error as EngineError {
            throw error
        } catch {
            throw EngineError(
                .settings,
                "\(path) is not a JSON object of settings, such as {\"runtime\": \"runc\"}.", causes: [error])
        }
    }
}

extension Settings {
    /// What a setting cannot be; `nil` where all are as they should be.
    private var problem: String? {
        if let relative = additionalStores?.first(where: { !$0.isAbsolute }) {
            return "`\(relative)` in the setting `additionalStores` is no absolute path, such as `/srv/images`"
        }
        guard let address = debianSnapshots else { return nil }
        let isPlain = address.allSatisfy { $0.isASCII && !$0.isWhitespace && $0 != "[" && $0 != "]" }
        let schemes = ["https://", "http://", "file:///"]
        guard isPlain, address.contains("{date}"), schemes.contains(where: address.hasPrefix) else {
            return "`debianSnapshots` is an address with `{date}` in place of a moment, such as "
                + "`https://snapshot.debian.org/archive/debian/{date}`, and not `\(address)`"
        }
        return nil
    }
}
