/// One question to a token server: GET with a password or without any, POST (OAuth2) with an identity token;
/// distribution's "Token Authentication" and "OAuth2 Token Authentication".
struct TokenRequest: Sendable {
    let realm: WebAddress
    let service: String
    let scopes: [String]
    let credentials: Credentials?

    /// What the server gave.
    struct Token: Hashable {
        var value: String
        var lifetime: Duration
    }

    private static let client = "trice"

    var request: HTTPRequest {
        if case .identityToken(let token)? = credentials { return exchange(token) }
        var address = realm
        if !service.isEmpty { address = address.adding("service", service) }
        for scope in scopes { address = address.adding("scope", scope) }
        var request = HTTPRequest(address)
        if case .password(let user, let password)? = credentials {
            request.address = address.adding("account", user)
            request.headers.add(
                name: "Authorization", value: "Basic \(Credentials.basic(user: user, password: password))")
        }
        return request
    }

    private func exchange(_ token: String) -> HTTPRequest {
        var request = HTTPRequest(realm)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        let form = [
            ("grant_type", "refresh_token"), ("service", service), ("client_id", Self.client),
            ("scope", scopes.joined(separator: " ")), ("refresh_token", token),
        ]
        let text = form.map { "\($0)=\(escaped($1))" }.joined(separator: "&")
        request.body = .bytes(Array(text.utf8))
        return request
    }

    /// Reads the answer; `nil` where it has no token.
    static func token(_ bytes: [UInt8]) -> Token? {
        guard case .success(let document) = JSONDocument.parse(bytes),
            let value = [document["token"]?.string, document["access_token"]?.string].compactMap({ $0 })
                .first(where: { !$0.isEmpty }),
            value.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
        else { return nil }
        var lifetime = TokenCache.defaultLifetime
        if case .literal(let number)? = document["expires_in"], let seconds = Double(number), seconds > 0 {
            // Less than a minute is not meant, says the specification.
            lifetime = max(lifetime, .seconds(min(seconds, 86_400)))
        }
        return Token(value: value, lifetime: lifetime)
    }
}
