import Foundation
import OCI
import Synchronization
import TestSupport
import Testing

@testable import Registry

/// The token flow, against a registry and a token server in one.
@Suite(.timeLimit(.minutes(5))) struct TokenTests {
    let directory: TemporaryDirectory
    static let manifest = Array(
        """
        {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":\
        "application/vnd.oci.image.config.v1+json","digest":\
        "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2},"layers":[]}
        """.utf8)

    init() throws { directory = try TemporaryDirectory() }

    /// A registry that gives its manifest for the newest token only, and counts tokens from 1.
    private final class TokenRegistry: Sendable {
        let issued = Mutex(0)
        /// Whether every token is refused for the request after the next.
        let validity: Int
        let uses = Mutex(0)
        /// The `Authorization` or the body that the token server insists on.
        let secret: String?

        init(validity: Int = .max, secret: String? = nil) {
            self.validity = validity
            self.secret = secret
        }

        func answer(_ request: ScriptedRequest) -> ScriptedReply {
            if request.path == "/token" { return token(request) }
            let newest = issued.withLock { $0 }
            let isGood = request.headers["Authorization"] == ["Bearer token-\(newest)"] && newest > 0
            let uses = uses.withLock { uses in
                uses = isGood ? uses + 1 : 0
                return uses
            }
            guard isGood, uses <= validity else {
                let host = request.headers.first(name: "Host") ?? ""
                return ScriptedReply(
                    401,
                    [
                        "WWW-Authenticate":
                            #"Bearer realm="http://\#(host)/token",service="the service",scope="repository:x:pull""#
                    ], Array(#"{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}"#.utf8))
            }
            switch request.method {
            case .POST: return ScriptedReply(201, ["Location": "/v2/done"])
            default:
                return ScriptedReply(200, ["Content-Type": MediaType.manifest.rawValue], TokenTests.manifest)
            }
        }

        private func token(_ request: ScriptedRequest) -> ScriptedReply {
            if let secret {
                let shown =
                    (request.headers.first(name: "Authorization") ?? "") + String(decoding: request.body, as: UTF8.self)
                guard shown.contains(secret) else {
                    return ScriptedReply(401, [:], Array(#"{"details":"incorrect username or password"}"#.utf8))
                }
            }
            let number = issued.withLock { number in
                number += 1
                return number
            }
            uses.withLock { $0 = 0 }
            return ScriptedReply(200, [:], Array(#"{"token":"token-\#(number)","expires_in":300}"#.utf8))
        }
    }

    @Test func anAnonymousTokenIsFetchedOnceForAScope() async throws {
        let registry = TokenRegistry()
        try await ScriptedServer.serving({ registry.answer($0) }) { server in
            try await withClient(directory) { client in
                _ = try await client.manifest(of: Reference("\(server.name)/a/b:1"))
                _ = try await client.manifest(of: Reference("\(server.name)/a/b:2"))
                let asked = server.requests.filter { $0.path == "/token" }.map(\.target)
                #expect(asked == ["/token?service=the%20service&scope=repository%3Aa%2Fb%3Apull"])
                #expect(server.requests.count == 4)
            }
        }
    }

    @Test func aTokenThatIsRefusedIsRenewedOnce() async throws {
        let registry = TokenRegistry(validity: 1)
        try await ScriptedServer.serving({ registry.answer($0) }) { server in
            try await withClient(directory) { client in
                _ = try await client.manifest(of: Reference("\(server.name)/a:1"))
                _ = try await client.manifest(of: Reference("\(server.name)/a:2"))
                #expect(server.count(.GET) { $0.path == "/token" } == 2)
            }
        }
    }

    @Test func aTokenThatIsNeverGoodIsNotAskedForAgainAndAgain() async throws {
        let registry = TokenRegistry(validity: 0)
        try await ScriptedServer.serving({ registry.answer($0) }) { server in
            try await withClient(directory) { client in
                let error = try await registryError {
                    _ = try await client.manifest(of: Reference("\(server.name)/a:1"))
                }
                #expect(error.code == .unauthorized)
                #expect(error.message.contains("trice login \(server.name)"))
                #expect(server.count(.GET) { $0.path == "/token" } == 1)
            }
        }
    }

    @Test func aPasswordGoesToTheTokenServerAndNotToTheRegistry() async throws {
        let basic = "Basic \(Data("ann:se:cret".utf8).base64EncodedString())"
        let registry = TokenRegistry(secret: basic)
        try await ScriptedServer.serving({ registry.answer($0) }) { server in
            try await withClient(directory, auths: [server.name: "ann:se:cret"]) { client in
                _ = try await client.manifest(of: Reference("\(server.name)/a:1"))
                #expect(
                    server.requests.filter { $0.path == "/token" }.allSatisfy { $0.target.hasSuffix("&account=ann") })
                #expect(
                    server.requests.filter { $0.path != "/token" }.allSatisfy {
                        !$0.headers["Authorization"].contains(basic)
                    })
                let accepted = try await client.checkLogin(server.name, .password(user: "ann", password: "se:cret"))
                #expect(accepted == .accepted)
                let wrong = try await registryError {
                    _ = try await client.checkLogin(server.name, .password(user: "ann", password: "wrong"))
                }
                #expect(wrong.code == .unauthorized)
                #expect(wrong.message.contains("`ann`") && wrong.message.contains("incorrect username or password"))
            }
        }
    }

    @Test func anIdentityTokenIsExchanged() async throws {
        let registry = TokenRegistry(secret: "refresh_token=r%2B1")
        try await ScriptedServer.serving({ registry.answer($0) }) { server in
            try await withClient(directory) { client in
                try directory.write(
                    "home/.docker/config.json", #"{"auths":{"\#(server.name)":{"identitytoken":"r+1"}}}"#)
                _ = try await client.manifest(of: Reference("\(server.name)/a:1"))
                let request = try #require(server.requests.first { $0.path == "/token" })
                #expect(request.method == .POST)
                #expect(
                    String(decoding: request.body, as: UTF8.self)
                        == "grant_type=refresh_token&service=the%20service&client_id=trice&scope=repository%3Aa%3Apull&refresh_token=r%2B1"
                )
            }
            try await withClient(directory) { client in
                try directory.write(
                    "home/.docker/config.json", #"{"auths":{"\#(server.name)":{"identitytoken":"old"}}}"#)
                let error = try await registryError {
                    _ = try await client.manifest(of: Reference("\(server.name)/a:1"))
                }
                #expect(error.code == .tokenExpired)
            }
        }
    }

    @Test func aMountAsksForBothRepositories() async throws {
        let registry = TokenRegistry()
        try await ScriptedServer.serving({ registry.answer($0) }) { server in
            try await withClient(directory) { client in
                #expect(try await client.mount(try descriptor([]), from: "from", to: Reference("\(server.name)/to:1")))
                let asked = try #require(server.requests.first { $0.path == "/token" })
                #expect(asked.target.contains("scope=repository%3Afrom%3Apull&scope=repository%3Ato%3Apull%2Cpush"))
                let post = try #require(server.requests.last { $0.method == .POST })
                #expect(post.target.hasPrefix("/v2/to/blobs/uploads/?mount=sha256%3A"))
                #expect(post.target.hasSuffix("&from=from"))
            }
        }
    }

    @Test func aTokenServerThatIsBusyIsAskedAgain() async throws {
        let registry = TokenRegistry()
        let failures = Mutex(2)
        try await ScriptedServer.serving({ request in
            let fails =
                request.path == "/token"
                && failures.withLock { left in
                    left -= 1
                    return left >= 0
                }
            return fails ? ScriptedReply(503) : registry.answer(request)
        }) { server in
            try await withClient(directory) { client in
                _ = try await client.manifest(of: Reference("\(server.name)/a:1"))
                #expect(server.count(.GET) { $0.path == "/token" } == 3)
            }
        }
    }
}
