internal import Envfile
internal import FoundationEssentials
internal import LinuxSystem
internal import SystemPackage
internal import Workspaces

/// Where secrets of this host and of a project lie; each is read so that it is recognised, not to be shown.
struct KnownSecrets {
    let request: ProjectRequest
    /// The project's directory.
    let directory: String?

    /// Adds all that is found. A file that cannot be read has nothing that the report could show.
    func add(to blanking: inout SecretBlanking, tree: Value?, variables: [String: String]) {
        for (name, value) in request.processEnvironment where Self.soundsSecret(name) { blanking.add(value) }
        // Those of `.env`; of the process's the names decide, because PATH or HOME are in every path.
        for (name, value) in variables where request.processEnvironment[name] != value {
            // The name of the project, which the reader sets.
            if name != "COMPOSE_PROJECT_NAME" { blanking.add(value) }
        }
        for path in credentialFiles { addCredentials(of: path, to: &blanking) }
        if let tree { addFiles(of: tree, to: &blanking) }
    }

    private static func soundsSecret(_ name: String) -> Bool {
        let name = name.uppercased()
        return ["PASS", "SECRET", "TOKEN", "KEY", "CRED", "AUTH"].contains { name.contains($0) }
            && name != "SSH_AUTH_SOCK"
            && name != "REGISTRY_AUTH_FILE"
    }

    // MARK: - Registries

    /// containers-auth.json(5).
    private var credentialFiles: [String] {
        let variables = request.processEnvironment
        let home = variables["HOME"] ?? "/"
        return [
            variables["REGISTRY_AUTH_FILE"],
            variables.baseDirectory("XDG_RUNTIME_DIR").map { "\($0)/containers/auth.json" },
            "\(variables.baseDirectory("XDG_CONFIG_HOME") ?? "\(home)/.config")/containers/auth.json",
            "\(variables["DOCKER_CONFIG"] ?? "\(home)/.docker")/config.json",
        ].compactMap(\.self)
    }

    private func addCredentials(of path: String, to blanking: inout SecretBlanking) {
        guard let text = contents(of: path),
            let document = try? JSONDecoder().decode(CredentialDocument.self, from: Data(text.utf8))
        else { return }
        for entry in (document.auths ?? [:]).values {
            for secret in [entry.auth, entry.password, entry.identitytoken, entry.registrytoken].compactMap(\.self) {
                blanking.add(secret)
            }
            // USER:PASSWORD
            guard let auth = entry.auth, let decoded = Data(base64Encoded: auth) else { continue }
            let pair = String(decoding: decoded, as: UTF8.self)
            blanking.add(pair)
            if let colon = pair.firstIndex(of: ":") { blanking.add(String(pair[pair.index(after: colon)...])) }
        }
    }

    private struct CredentialDocument: Decodable {
        struct Entry: Decodable {
            var auth, password, identitytoken, registrytoken: String?
        }

        var auths: [String: Entry]?
    }

    // MARK: - The project

    /// The files of secrets and variables that an Envfile names.
    private func addFiles(of tree: Value, to blanking: inout SecretBlanking) {
        for section in ["secrets", "configs"] {
            for (_, definition) in tree[section]?.entries ?? [] {
                if let file = definition["file"]?.text, let text = contents(of: file) { blanking.add(text) }
                if let name = definition["environment"]?.text, let value = request.processEnvironment[name] {
                    blanking.add(value)
                }
            }
        }
        let services = (tree["services"]?.entries ?? []) + (tree["jobs"]?.entries ?? [])
        for (_, service) in services {
            for item in service["env_file"]?.items ?? [] {
                guard let path = item.text ?? item["path"]?.text, let text = contents(of: path) else { continue }
                for line in text.split(whereSeparator: \.isNewline) {
                    guard let equals = line.firstIndex(of: "=") else { continue }
                    blanking.add(String(line[line.index(after: equals)...]))
                }
            }
        }
    }

    /// The text of a small file; `nil` for one that is not there, or too large for a secret.
    private func contents(of path: String) -> String? {
        let file = FilePath(directory ?? "/").pushing(FilePath(path))
        guard let status = (try? Files.status(file)) ?? nil, status.kind == .regular, status.size < 1 << 20 else {
            return nil
        }
        return (try? Files.text(file)) ?? nil
    }
}

extension Value {
    fileprivate subscript(key: String) -> Value? {
        guard case .map(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    fileprivate var entries: [(String, Value)] {
        guard case .map(let members) = self else { return [] }
        return members.map { ($0.key, $0.value) }
    }

    /// The items of a list; what is no list is its only item.
    fileprivate var items: [Value] {
        guard case .list(let items) = self else { return [self] }
        return items
    }

    fileprivate var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }
}
