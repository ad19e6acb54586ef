/// How registries are reached: the part `registries` of a settings document.
///
/// ```json
/// {"registries": {"docker.io": {"mirrors": ["http://127.0.0.1:5000"]},
///                 "registry.lan:5000": {"insecure": true},
///                 "ghcr.io": {"ca": "/etc/ssl/lan.pem"}}}
/// ```
package struct RegistrySettings: Hashable, Sendable {
    /// The settings of one registry.
    package struct Entry: Hashable, Sendable {
        /// Tried in this order before the registry itself when something is read; `http` or `https` URLs.
        package var mirrors: [String] = []
        /// Whether plain HTTP and unknown certificates are allowed. Unset, this machine (`localhost`) may speak plain
        /// HTTP and no other host.
        package var insecure: Bool?
        /// The path of a PEM file with certificates to trust besides the system's.
        package var ca: String?

        package init(mirrors: [String] = [], insecure: Bool? = nil, ca: String? = nil) {
            self.mirrors = mirrors
            self.insecure = insecure
            self.ca = ca
        }
    }

    /// By the registry's name as references have it: `HOST[:PORT]`, such as `docker.io`.
    package var registries: [String: Entry]
    /// Directories with a subdirectory `HOST[:PORT]` for each registry: `*.crt` in it is trusted, `NAME.cert` with
    /// `NAME.key` shown to the server; containers-certs.d(5). All are read. Not part of the document.
    package var certificateDirectories = ["/etc/docker/certs.d", "/etc/containers/certs.d"]

    package init(registries: [String: Entry] = [:]) {
        self.registries = registries
    }
}

extension RegistrySettings: Codable {
    private enum CodingKeys: String, CodingKey { case registries }

    /// Ignores other members of the document.
    ///
    /// - Throws: `DecodingError`, also for a mirror that is not a URL.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(registries: try container.decodeIfPresent([String: Entry].self, forKey: .registries) ?? [:])
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(registries, forKey: .registries)
    }
}

extension RegistrySettings.Entry: Codable {
    private struct AnyKey: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    private enum CodingKeys: String, CodingKey, CaseIterable { case mirrors, insecure, ca }

    package init(from decoder: any Decoder) throws {
        let known = CodingKeys.allCases.map(\.rawValue)
        for key in try decoder.container(keyedBy: AnyKey.self).allKeys where !known.contains(key.stringValue) {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath + [key],
                    debugDescription: "`\(key.stringValue)` is not known; known are \(known.joined(separator: ", "))."))
        }
        let container = try decoder.container(keyedBy: CodingKeys.self)
        mirrors = try container.decodeIfPresent([String].self, forKey: .mirrors) ?? []
        insecure = try container.decodeIfPresent(Bool.self, forKey: .insecure)
        ca = try container.decodeIfPresent(String.self, forKey: .ca)
        for mirror in mirrors where WebAddress(mirror) == nil {
            throw DecodingError.dataCorruptedError(
                forKey: .mirrors, in: container,
                debugDescription: "`\(mirror)` is not a URL such as https://mirror.example:5000.")
        }
    }
}
