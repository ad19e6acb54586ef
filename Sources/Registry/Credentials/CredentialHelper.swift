internal import LinuxSystem
internal import SystemPackage

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
        let search = ProgramSearch(path: environment["PATH"])
        guard !name.contains("/"), let found = search.find(program) else {
            throw RegistryError(
                .helperFailed,
                "The credential helper \(program) is not in PATH. Install it, or take `\(name)` out of the file with credentials."
            )
        }
        path = found.string
    }

    /// The helper's credentials for a server; `nil` when it has none. Blocks.
    func get(_ server: String) throws(RegistryError) -> Credentials? {
        let output = try run("get", input: server)
        guard output.status.isSuccess else {
            if output.text.trimmingBlanks == Self.missing { return nil }
            throw failure("give the credentials for \(server)", output)
        }
        guard case .success(let document) = JSONDocument.parse(output.standardOutput),
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
        guard output.status.isSuccess else { throw failure("store the credentials for \(server)", output) }
    }

    /// Whether there was something to erase. Blocks.
    func erase(_ server: String) throws(RegistryError) -> Bool {
        let known = try get(server) != nil
        guard known else { return false }
        let output = try run("erase", input: server)
        guard output.status.isSuccess else { throw failure("erase the credentials for \(server)", output) }
        return true
    }

    /// More is no answer of a helper.
    private static let maximumOutput = 1 << 20

    /// Runs the helper to its end; it inherits standard error, on which it may ask the user.
    private func run(_ action: String, input: String) throws(RegistryError) -> ProcessOutput {
        do throws(SystemError) {
            // Under sudo it is a program of the caller's, with the caller's files.
            let words = (SudoCaller.current?.prefix ?? []) + [path, action]
            return try ProcessOutput.of(
                ChildProcess.Command(
                    words[0], Array(words.dropFirst()), environment: environment.map { "\($0.key)=\($0.value)" },
                    descriptors: [2: 2]),
                input: Array(input.utf8), limits: .init(timeout: timeout, maximumOutput: Self.maximumOutput))
        } catch {
            let why =
                switch error.errno {
                case .timedOut: "it did not end in time and was stopped"
                case .fileTooLarge: "it said more than 1 MiB"
                default: "\(error.call) failed: \(error.errno)"
                }
            throw RegistryError(.helperFailed, "The credential helper \(path) could not be used: \(why).", cause: error)
        }
    }

    private func failure(_ what: String, _ output: ProcessOutput) -> RegistryError {
        let said = output.text.trimmingBlanks.prefix(300)
        let ending =
            switch output.status {
            case .exited(let code): "code \(code)"
            case .signaled(let signal): "signal \(signal)"
            }
        return RegistryError(
            .helperFailed,
            "The credential helper docker-credential-\(name) could not \(what): \(said.isEmpty ? "it ended with \(ending)" : "\(said)")."
        )
    }
}

extension ProcessOutput {
    fileprivate var text: String { String(decoding: standardOutput, as: UTF8.self) }
}
