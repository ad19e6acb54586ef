internal import Glibc

/// A program `docker-credential-NAME` that keeps credentials elsewhere; docker's credential helper protocol.
struct CredentialHelper: Sendable {
    /// The name in the file: the program's name without `docker-credential-`.
    let name: String
    private let path: String
    private let environment: [String: String]
    private let timeout: Duration

    private static let missing = "credentials not found in native keychain"

    /// - Throws: `.helperFailed` where the program is not in `PATH`.
    init(_ name: String, environment: [String: String], timeout: Duration) throws(RegistryError) {
        self.name = name
        self.environment = environment
        self.timeout = timeout
        let program = "docker-credential-\(name)"
        let directories = (environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
        let candidates = name.contains("/") ? [] : directories.map { "\($0)/\(program)" }
        guard let found = candidates.first(where: { access($0, X_OK) == 0 }) else {
            throw RegistryError(
                .helperFailed,
                "The credential helper \(program) is not in PATH. Install it, or take '\(name)' out of the file with credentials."
            )
        }
        path = found
    }

    /// The helper's credentials for a server; `nil` when it has none. Blocks.
    func get(_ server: String) throws(RegistryError) -> Credentials? {
        let output = try run("get", input: server)
        guard output.isSuccess else {
            if output.text.trimmingBlanks == Self.missing { return nil }
            throw failure("give the credentials for \(server)", output)
        }
        guard case .success(let document) = JSONDocument.parse(Array(output.text.utf8)),
            let user = document["Username"]?.string, let secret = document["Secret"]?.string
        else {
            throw RegistryError(
                .helperFailed,
                "The credential helper docker-credential-\(name) did not answer with Username and Secret for \(server)."
            )
        }
        return user.isEmpty && secret.isEmpty ? nil : Credentials(user: user, secret: secret)
    }

    /// Blocks.
    func store(_ credentials: Credentials, for server: String) throws(RegistryError) {
        var document = JSONDocument.object([])
        document["ServerURL"] = .text(server)
        switch credentials {
        case .password(let user, let password):
            document["Username"] = .text(user)
            document["Secret"] = .text(password)
        case .identityToken(let token), .accessToken(let token):
            document["Username"] = .text(Credentials.tokenUser)
            document["Secret"] = .text(token)
        }
        let output = try run("store", input: document.text())
        guard output.isSuccess else { throw failure("store the credentials for \(server)", output) }
    }

    /// Whether there was something to erase. Blocks.
    func erase(_ server: String) throws(RegistryError) -> Bool {
        let known = try get(server) != nil
        guard known else { return false }
        let output = try run("erase", input: server)
        guard output.isSuccess else { throw failure("erase the credentials for \(server)", output) }
        return true
    }

    private func run(_ action: String, input: String) throws(RegistryError) -> HelperProcess.Output {
        do throws(HelperProcess.Failure) {
            return try HelperProcess.run(
                path, [action], environment: environment, input: Array(input.utf8), timeout: timeout)
        } catch {
            throw RegistryError(
                .helperFailed, "The credential helper \(path) could not be used: \(error.why).", cause: error)
        }
    }

    private func failure(_ what: String, _ output: HelperProcess.Output) -> RegistryError {
        let said = output.text.trimmingBlanks.prefix(300)
        return RegistryError(
            .helperFailed,
            "The credential helper docker-credential-\(name) could not \(what): \(said.isEmpty ? "it ended with \(output.status)" : "\(said)")."
        )
    }
}
