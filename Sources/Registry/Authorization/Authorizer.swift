/// Knows what each registry wants to see in `Authorization`, and gets it.
actor Authorizer {
    /// Gives the credentials for a registry and a repository.
    typealias Source = @Sendable (_ registry: String, _ repository: String) async throws(RegistryError) -> Credentials?

    private let source: Source
    private let transport: Transport
    private var credentials: [String: Credentials?] = [:]
    /// What an endpoint asked for last.
    private var demands: [Endpoint: Demand] = [:]
    private var tokens = TokenCache()

    /// What a server wants to see.
    private enum Demand: Hashable {
        case basic
        case bearer(realm: WebAddress, service: String, scope: String?)
    }

    init(transport: Transport, source: @escaping Source) {
        self.transport = transport
        self.source = source
    }

    /// What goes into the header of a first attempt; `nil` where the endpoint has not asked for anything yet.
    func authorization(
        for endpoint: Endpoint, _ scopes: [Scope], _ what: String
    ) async throws(RegistryError) -> String? {
        guard let demand = demands[endpoint] else { return nil }
        return try await value(demand, endpoint, scopes, what, rejected: nil)
    }

    /// What goes into the header after a 401; `nil` where there is nothing else to try.
    ///
    /// - Parameter rejected: the header that was not accepted; a token in it is replaced by a new one.
    func authorization(
        answering fields: [String], from address: WebAddress, for endpoint: Endpoint, _ scopes: [Scope],
        _ what: String, rejected: String?
    ) async throws(RegistryError) -> String? {
        let challenges = AuthenticationChallenge.parse(fields)
        if let bearer = challenges.first(where: { $0.scheme == "bearer" }) {
            guard let text = bearer.parameters["realm"], let realm = WebAddress(text) else {
                throw RegistryError(
                    .protocolViolation,
                    "Could not \(what): \(endpoint.name) asks for a token and does not say where to get one.")
            }
            // A password must not travel in plain text because a server says so.
            guard realm.scheme == .https || address.scheme == .http || realm.isLoopback || endpoint.isInsecure else {
                throw RegistryError(
                    .protocolViolation,
                    "Could not \(what): \(endpoint.name) wants the password sent unencrypted to \(realm.origin). If that is meant, set `insecure` for it in the settings."
                )
            }
            let demand = Demand.bearer(
                realm: realm, service: bearer.parameters["service"] ?? "", scope: bearer.parameters["scope"])
            demands[endpoint] = demand
            return try await value(demand, endpoint, scopes, what, rejected: rejected)
        }
        if challenges.contains(where: { $0.scheme == "basic" }) {
            demands[endpoint] = .basic
            let value = try await value(.basic, endpoint, scopes, what, rejected: nil)
            return value == rejected ? nil : value
        }
        return nil
    }

    /// Whether the endpoint wants to know who asks.
    func hasBeenAsked(by endpoint: Endpoint) -> Bool { demands[endpoint] != nil }

    /// Whether anything is known about who asks.
    func hasCredentials(for endpoint: Endpoint, _ scopes: [Scope]) async throws(RegistryError) -> Bool {
        try await lookUp(endpoint, scopes) != nil
    }
}

extension Authorizer {
    private func lookUp(_ endpoint: Endpoint, _ scopes: [Scope]) async throws(RegistryError) -> Credentials? {
        let repository = scopes.first?.repository ?? ""
        let key = "\(endpoint.name)/\(repository)"
        if let known = credentials[key] { return known }
        let found = try await source(endpoint.name, repository)
        credentials[key] = .some(found)
        return found
    }

    private func value(
        _ demand: Demand, _ endpoint: Endpoint, _ scopes: [Scope], _ what: String, rejected: String?
    ) async throws(RegistryError) -> String? {
        let credentials = try await lookUp(endpoint, scopes)
        if case .accessToken(let token)? = credentials {
            let value = "Bearer \(token)"
            return value == rejected ? nil : value
        }
        switch demand {
        case .basic:
            guard case .password(let user, let password)? = credentials else { return nil }
            return "Basic \(Credentials.basic(user: user, password: password))"
        case .bearer(let realm, let service, let scope):
            var wanted = Set(scopes.map(\.description))
            // What a registry names itself counts where the request has no repository.
            if wanted.isEmpty, let scope { wanted.formUnion(scope.split(separator: " ").map(String.init)) }
            let key = TokenCache.Key(
                realm: "\(realm)", service: service, scopes: wanted.sorted(), owner: endpoint.name)
            if let token = tokens.token(key, now: .now) {
                if "Bearer \(token)" != rejected { return "Bearer \(token)" }
                tokens.forget(key)
            }
            let request = TokenRequest(
                realm: realm, service: service, scopes: key.scopes, credentials: credentials)
            let token = try await fetch(request, endpoint, what)
            tokens.keep(token.value, for: key, lifetime: token.lifetime, now: .now)
            return "Bearer \(token.value)"
        }
    }

    private func fetch(
        _ request: TokenRequest, _ endpoint: Endpoint, _ what: String
    ) async throws(RegistryError) -> TokenRequest.Token {
        let host = request.realm.authority
        let response = try await transport.send(request.request, for: endpoint, what)
        let bytes = try await transport.collect(response.body, upTo: 1 << 20, from: host, what)
        switch response.status {
        case 200:
            guard let token = TokenRequest.token(bytes) else {
                throw RegistryError(
                    .protocolViolation, "Could not \(what): the token server \(host) answered without a token.")
            }
            return token
        case 400, 401, 403:
            throw refusal(of: request, endpoint, ErrorDocument(bytes), what)
        default:
            throw StatusFailure(
                status: response.status, headers: response.headers, document: ErrorDocument(bytes),
                host: "the token server \(host)"
            ).error(what)
        }
    }

    private func refusal(
        of request: TokenRequest, _ endpoint: Endpoint, _ document: ErrorDocument?, _ what: String
    ) -> RegistryError {
        let said = document.map { " (\($0.summary))" } ?? ""
        switch request.credentials {
        case .identityToken:
            return RegistryError(
                .tokenExpired,
                "Could not \(what): the token of the login to \(endpoint.name) is no longer accepted\(said). Log in again: trice login \(endpoint.name)"
            )
        case .password(let user, _):
            return RegistryError(
                .unauthorized,
                "Could not \(what): \(endpoint.name) does not accept the user `\(user)` with this password\(said). Log in again: trice login \(endpoint.name)"
            )
        case .accessToken, nil:
            return RegistryError(
                .unauthorized,
                "Could not \(what): \(endpoint.name) refuses this without a login\(said). Log in: trice login \(endpoint.name)"
            )
        }
    }
}
