package import Images
internal import OCI
internal import Registry
internal import SystemPackage
internal import Vocabulary

/// Carries out one request that takes a registry, between the registry and the stores on this machine.
package struct Transfer: Sendable {
    let request: RemoteRequest
    let environment: [String: String]
    let emit: @Sendable (RemoteEvent) -> Void

    /// - Parameters:
    ///   - environment: the variables that name proxies and credential files.
    ///   - emit: receives the events, on any thread; the last one is `done` or `failed`.
    package init(
        _ request: RemoteRequest, environment: [String: String], emit: @escaping @Sendable (RemoteEvent) -> Void
    ) {
        self.request = request
        self.environment = environment
        self.emit = emit
    }

    /// Makes the transfer, and sends its progress and its end to the parent process.
    package func run() async {
        do {
            let client = try RegistryClient(
                settings: settings(), credentials: CredentialStore(environment: environment), environment: environment)
            do {
                try await perform(client)
            } catch {
                await client.shutdown()
                throw error
            }
            await client.shutdown()
            emit(.done)
        } catch {
            emit(.failed(RemoteFailure(error)))
        }
    }

    private func perform(_ client: RegistryClient) async throws {
        switch request.work {
        case .pull(let reference):
            emit(.image(try await PullTransfer(client: client, store: try store(), emit: emit).pull(reference)))
        case .pullArtifact(let reference, let type):
            let transfer = PullTransfer(client: client, store: try store(), emit: emit)
            emit(.image(try await transfer.pull(reference, artifactType: type)))
        case .push(let descriptor, let reference):
            try await PushTransfer(client: client, content: try store().content, emit: emit)
                .push(descriptor, to: reference)
        case .resolve(let references):
            await resolve(references, client)
        case .login(let registry, let user, let password):
            try await logIn(registry, user, password, client)
        case .logout(let registry):
            try await logOut(registry)
        case .download(let address, let directory):
            let file = try await Download(client: client).download(address, into: FilePath(directory))
            emit(.file(name: file.name, digest: file.digest))
        }
    }

    private func store() throws(ImageError) -> ImageStore {
        try ImageStore(FilePath(request.stateDirectory), limits: request.limits, platform: request.platform)
    }

    private func settings() throws -> RegistrySettings {
        guard let text = request.registries else { return RegistrySettings() }
        do {
            return RegistrySettings(
                registries: try JSONCoding.decode([String: RegistrySettings.Entry].self, from: text))
        } catch {
            throw RemoteFailure(
                code: "invalidSettings",
                message: "The `registries` of settings.json cannot be used: \(Self.reason(error)) They look like "
                    + "{\"docker.io\": {\"mirrors\": [\"https://mirror.lan\"]}, \"registry.lan:5000\": {\"insecure\": true}}."
            )
        }
    }

    private static func reason(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "\(error)." }
        switch error {
        case .dataCorrupted(let context), .typeMismatch(_, let context), .valueNotFound(_, let context),
            .keyNotFound(_, let context):
            let place = context.codingPath.map(\.stringValue).joined(separator: ".")
            return "at `\(place)`: \(context.debugDescription)"
        @unknown default: return "\(error)."
        }
    }
}

// MARK: - Small work

extension Transfer {
    private func resolve(_ references: [Reference], _ client: RegistryClient) async {
        await withTaskGroup(of: Void.self) { group in
            for reference in references {
                group.addTask {
                    do {
                        emit(.resolved(reference, try await client.resolve(reference)))
                    } catch {
                        emit(.unresolved(reference, RemoteFailure(error)))
                    }
                }
            }
        }
    }

    private func logIn(_ registry: String, _ user: String, _ password: String, _ client: RegistryClient) async throws {
        let credentials = Credentials.password(user: user, password: password)
        let outcome = try await client.checkLogin(registry, credentials)
        let location = try await CredentialStore(environment: environment).store(credentials, for: registry)
        emit(.message("logged in to \(registry) as \(user)"))
        if outcome == .notAsked {
            emit(.message("\(registry) answers everybody, so the password could not be checked"))
        }
        emit(.message("the password is kept in \(location)" + (location.isUnencrypted ? ", unencrypted" : "")))
    }

    private func logOut(_ registry: String) async throws {
        guard let location = try await CredentialStore(environment: environment).erase(registry) else {
            return emit(.message("there was no password for \(registry)"))
        }
        emit(.message("the password for \(registry) is gone from \(location)"))
    }
}

extension RemoteFailure {
    /// Any error of the modules below, in the form that can be sent.
    init(_ error: any Error) {
        switch error {
        case let failure as RemoteFailure: self = failure
        case let error as RegistryError:
            self.init(
                code: error.code == .unreachable ? Self.unreachable : "registry", message: error.message,
                causes: Self.causes(error.cause))
        case let error as ImageError:
            self.init(code: "image", message: error.message, causes: Self.causes(error.cause))
        default: self.init(code: "other", message: "\(error)")
        }
    }

    private static func causes(_ cause: (any Error)?) -> [String] {
        guard let cause else { return [] }
        let next: (any Error)? =
            switch cause {
            case let error as RegistryError: error.cause
            case let error as ImageError: error.cause
            default: nil
            }
        return ["\(cause)"] + causes(next)
    }
}
