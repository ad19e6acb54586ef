internal import FoundationEssentials

/// The proof of identity for a registry.
package enum Credentials: Hashable, Sendable {
    case password(user: String, password: String)
    /// A token of an OAuth2 login that is exchanged for access tokens.
    case identityToken(String)
    /// A token that is sent unchanged.
    case accessToken(String)
}

extension Credentials {
    /// From the two fields of a credential helper: the user `<token>` marks an identity token.
    init(user: String, secret: String) {
        self = user == Self.tokenUser ? .identityToken(secret) : .password(user: user, password: secret)
    }

    /// The name under which docker's helpers keep an identity token.
    static let tokenUser = "<token>"

    /// What follows `Basic ` in a header.
    static func basic(user: String, password: String) -> String {
        Data("\(user):\(password)".utf8).base64EncodedString()
    }
}

extension Credentials: CustomStringConvertible, CustomDebugStringConvertible {
    /// Without the secret.
    package var description: String {
        switch self {
        case .password(let user, _): "the password of \(user)"
        case .identityToken: "an identity token"
        case .accessToken: "an access token"
        }
    }

    package var debugDescription: String { description }
}
