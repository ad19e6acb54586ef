/// Names that files with credentials usually have: such files never become part of what is given to others unasked.
package enum CredentialNames {
    private static let names: Set<String> = [
        ".netrc", ".pgpass", ".my.cnf", ".npmrc", ".pypirc", ".htpasswd", ".git-credentials", ".dockercfg",
        ".dockerconfigjson", ".vault-token", "kubeconfig", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "auth.json",
    ]
    private static let extensions: Set<String> = [
        "pem", "key", "p12", "pfx", "jks", "keystore", "kdbx", "ppk", "asc", "gpg", "age",
    ]
    private static let words: Set<String> = [
        "secret", "secrets", "password", "passwords", "passwd", "passphrase", "token", "tokens", "credential",
        "credentials",
    ]
    private static let directories: Set<String> = [".ssh", ".aws", ".gnupg", ".docker", ".kube", ".azure", "secrets"]
    /// What says that a file only shows the form of another.
    private static let examples: Set<String> = ["example", "sample", "template", "dist", "defaults"]

    /// Whether a path, by its names alone, may have credentials.
    package static func match(_ path: String) -> Bool {
        let parts = path.lowercased().split(separator: "/").map(String.init)
        guard let name = parts.last else { return false }
        if parts.dropLast().contains(where: directories.contains) { return true }
        let pieces = name.split { !$0.isLetter && !$0.isNumber }.map(String.init)
        if pieces.contains(where: examples.contains) { return false }
        if name == ".env" || name.hasPrefix(".env.") || name.hasSuffix(".env") { return true }
        if names.contains(name) || pieces.contains(where: words.contains) { return true }
        guard let dot = name.lastIndex(of: ".") else { return false }
        return extensions.contains(String(name[name.index(after: dot)...]))
    }

    /// Whether a variable, by its name alone, may be a credential.
    package static func match(variable name: String) -> Bool {
        let name = name.uppercased()
        return ["PASSW", "PASSPHRASE", "SECRET", "TOKEN", "CREDENTIAL", "API_KEY", "APIKEY", "PRIVATE_KEY"]
            .contains { name.contains($0) } && !name.hasSuffix("_FILE")
    }
}
