internal import FoundationEssentials
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// A JSON file with credentials, shared with docker and podman: `auths`, `credHelpers`, `credsStore`;
/// containers-auth.json(5).
struct CredentialFile: Sendable {
    let path: String
    private(set) var document: JSONDocument

    /// Reads the file; a missing file counts as empty.
    ///
    /// - Throws: `.invalidSettings` when it cannot be read or is not JSON.
    init(_ path: String) throws(RegistryError) {
        self.path = path
        do {
            let bytes = Array(try Data(contentsOf: URL(filePath: path)))
            if bytes.allSatisfy({ [0x20, 0x09, 0x0a, 0x0d].contains($0) }) {
                document = .object([])
                return
            }
            document = try JSONDocument.parse(bytes).get()
        } catch let error as JSONDocument.Malformed {
            throw RegistryError(
                .invalidSettings,
                "Could not read credentials from \(path): at byte \(error.offset) \(error.what). Mend or remove the file.",
                cause: error)
        } catch let error as CocoaError where error.code == .fileReadNoSuchFile {
            document = .object([])
        } catch {
            throw RegistryError(
                .invalidSettings, "Could not read credentials from \(path). Check who may read the file.", cause: error)
        }
        guard case .object = document else {
            throw RegistryError(
                .invalidSettings, "Could not read credentials from \(path): it is not a JSON object. Mend or remove it."
            )
        }
    }

    var isEmpty: Bool { document.members.isEmpty }

    /// The helper for exactly this key.
    func helper(for key: String) -> String? {
        guard let name = document["credHelpers"]?[key]?.string, !name.isEmpty else { return nil }
        return name
    }

    /// The helper for registries without a helper of their own.
    var store: String? {
        guard let name = document["credsStore"]?.string, !name.isEmpty else { return nil }
        return name
    }

    /// The entry of the file under a key; an empty entry counts as missing.
    func credentials(for key: String) throws(RegistryError) -> Credentials? {
        guard let entry = document["auths"]?[key] else { return nil }
        if !entry.members.isEmpty { try checkMode() }
        if let token = entry["identitytoken"]?.string, !token.isEmpty { return .identityToken(token) }
        if let token = entry["registrytoken"]?.string, !token.isEmpty { return .accessToken(token) }
        if let encoded = entry["auth"]?.string, !encoded.isEmpty {
            let text = Data(base64Encoded: encoded, options: .ignoreUnknownCharacters)
                .flatMap { String(validating: $0, as: UTF8.self) }
            guard let text, let colon = text.firstIndex(of: ":") else {
                throw RegistryError(
                    .invalidSettings,
                    "Could not read the credentials for \(key) in \(path): `auth` must be the base64 of USER:PASSWORD. Log in again."
                )
            }
            // Old versions of docker padded the password with NULs.
            let password = text[text.index(after: colon)...].filter { $0 != "\0" }
            return .password(user: String(text[..<colon]), password: String(password))
        }
        if let user = entry["username"]?.string, let password = entry["password"]?.string, !user.isEmpty {
            return .password(user: user, password: password)
        }
        return nil
    }
}

extension CredentialFile {
    /// - Throws: `.invalidSettings` for a file that other users can read.
    private func checkMode() throws(RegistryError) {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o077 != 0 else { return }
        throw RegistryError(
            .invalidSettings,
            "The credentials in \(path) are not used: other users may read or change the file (mode "
                + "\(String(status.st_mode & 0o777, radix: 8))). Close it: `chmod 600 \(path)`.")
    }
}

// MARK: - Changing

extension CredentialFile {
    /// Sets an entry in `auths`; the rest of the file does not change.
    mutating func set(_ credentials: Credentials, for key: String) {
        var entry = JSONDocument.object([])
        switch credentials {
        case .password(let user, let password):
            entry["auth"] = .text(Credentials.basic(user: user, password: password))
        case .identityToken(let token):
            entry["auth"] = .text(Credentials.basic(user: Credentials.tokenUser, password: ""))
            entry["identitytoken"] = .text(token)
        case .accessToken(let token):
            entry["registrytoken"] = .text(token)
        }
        setEntry(entry, for: key)
    }

    /// Notes that a helper has the credentials, as docker does.
    mutating func setEmpty(for key: String) { setEntry(.object([]), for: key) }

    private mutating func setEntry(_ entry: JSONDocument, for key: String) {
        var entries = document["auths"] ?? .object([])
        entries[key] = entry
        document["auths"] = entries
    }

    /// Removes entries; `false` when there were none.
    mutating func remove(_ keys: [String]) -> Bool {
        guard var entries = document["auths"] else { return false }
        let before = entries.members.count
        for key in keys { entries[key] = nil }
        document["auths"] = entries
        return entries.members.count != before
    }

    /// Writes the file in one step, for its owner's eyes only. A symbolic link is followed, so that it stays one.
    func write() throws(RegistryError) {
        var target = path
        if let resolved = realpath(path, nil) {
            target = String(cString: resolved)
            free(resolved)
        }
        let directory = FilePath(target).removingLastComponent()
        do {
            if !directory.isEmpty { try Files.createDirectory(directory, mode: 0o700, keepsUmask: true) }
        } catch {
            throw RegistryError(
                .invalidSettings, "Could not write credentials to \(path): its directory cannot be made.", cause: error)
        }
        do {
            try Files.write(
                Array((document.text() + "\n").utf8), to: FilePath(target), mode: 0o600, isDurable: true,
                keepsUmask: true)
        } catch {
            throw RegistryError(
                .invalidSettings, "Could not write credentials to \(path): \(error.call) failed: \(error.errno).",
                cause: error)
        }
    }
}
