import Foundation
import Testing

@testable import Registry

@Suite(.timeLimit(.minutes(5))) struct SettingsTests {
    private func decode(_ text: String) throws -> RegistrySettings {
        try JSONDecoder().decode(RegistrySettings.self, from: Data(text.utf8))
    }

    @Test func aDocumentIsReadAndWritten() throws {
        let text =
            #"{"other":1,"registries":{"docker.io":{"mirrors":["http://127.0.0.1:5000/base"]},"lan:5000":{"insecure":true,"ca":"/ca.pem"}}}"#
        let settings = try decode(text)
        #expect(settings.registries["docker.io"]?.mirrors == ["http://127.0.0.1:5000/base"])
        #expect(settings.registries["lan:5000"] == .init(insecure: true, ca: "/ca.pem"))
        #expect(try JSONDecoder().decode(RegistrySettings.self, from: JSONEncoder().encode(settings)) == settings)
        #expect(try decode("{}") == RegistrySettings())
    }

    @Test(arguments: [
        #"{"registries":{"a":{"mirror":["http://b"]}}}"#, #"{"registries":{"a":{"mirrors":["b"]}}}"#,
        #"{"registries":{"a":{"insecure":"yes"}}}"#, #"{"registries":[]}"#,
    ])
    func aDocumentWithAMistakeIsRefused(_ text: String) {
        #expect(throws: DecodingError.self) { try decode(text) }
    }

    @Test func placesAreInTheirOrder() throws {
        let settings = try decode(
            #"{"registries":{"docker.io":{"mirrors":["http://127.0.0.1:5000/base/","https://m"]},"m":{"ca":"/m.pem"}}}"#
        )
        let places = try settings.places(of: "docker.io")
        #expect(places.map(\.name) == ["127.0.0.1:5000", "m", "docker.io"])
        #expect(places.map(\.isMirror) == [true, true, false])
        #expect(
            places.map { $0.addresses.map(\.description) } == [
                ["http://127.0.0.1:5000/base/"], ["https://m/"], ["https://registry-1.docker.io/"],
            ])
        #expect(places[1].ca == "/m.pem")
    }

    @Test(arguments: [
        ("ghcr.io", nil, ["https://ghcr.io/"]),
        ("localhost:5000", nil, ["https://localhost:5000/", "http://localhost:5000/"]),
        ("127.1.2.3", nil, ["https://127.1.2.3/", "http://127.1.2.3/"]),
        ("[::1]:5000", nil, ["https://[::1]:5000/", "http://[::1]:5000/"]),
        ("localhost:5000", false, ["https://localhost:5000/"]), ("lan", true, ["https://lan/", "http://lan/"]),
    ])
    func plainHTTPIsForThisMachineAndInsecureRegistries(_ name: String, _ insecure: Bool?, _ addresses: [String]) throws
    {
        let settings = RegistrySettings(registries: [name: .init(insecure: insecure)])
        #expect(try settings.registry(name).addresses.map(\.description) == addresses)
    }

    // MARK: Proxies

    private func proxy(_ url: String, _ environment: [String: String]) throws -> String? {
        let address = try #require(WebAddress(url))
        return try ProxySettings(environment: environment).proxy(for: address).map { proxy in
            let user = proxy.user.map { "\($0):\(proxy.password ?? "")@" } ?? ""
            return "\(proxy.kind) \(user)\(proxy.host):\(proxy.port)"
        }
    }

    @Test func proxiesAreByScheme() throws {
        let both = ["HTTPS_PROXY": "http://secure:3128", "http_proxy": "plain:8080", "https_proxy": "http://other"]
        #expect(try proxy("https://a/", both) == "http secure:3128")
        #expect(try proxy("http://a/", both) == "http plain:8080")
        #expect(try proxy("https://a/", ["http_proxy": "plain:8080"]) == nil)
        #expect(try proxy("https://a/", ["ALL_PROXY": "socks5://s"]) == "socks s:1080")
        #expect(try proxy("https://a/", ["all_proxy": "http://a", "https_proxy": "http://b"]) == "http b:80")
        #expect(try proxy("https://a/", ["HTTPS_PROXY": "http://ann:p%40ss@[::2]:1/"]) == "http ann:p@ss@::2:1")
        #expect(try proxy("https://localhost:5000/", both) == nil)
        #expect(try proxy("http://127.0.0.2/", both) == nil)
        #expect(try proxy("http://[::1]/", both) == nil)
        #expect(try proxy("https://a/", ["HTTPS_PROXY": ""]) == nil)
    }

    @Test(arguments: ["https://p", "ftp://p", "http://", "http://p:x", "socks5://u:p@h"])
    func aProxyThatCannotBeUsedIsNamedWithoutItsPassword(_ url: String) throws {
        do {
            _ = try ProxySettings(environment: ["HTTPS_PROXY": url])
            Issue.record("no error")
        } catch {
            #expect(error.code == .invalidSettings)
            #expect(error.message.contains("HTTPS_PROXY") && !error.message.contains("u:p@"))
        }
    }

    @Test(arguments: [
        ("example.com", "example.com", true), ("example.com", "a.example.com", true),
        ("example.com", "badexample.com", false), (".example.com", "example.com", false),
        (".example.com", "a.example.com", true), ("*.example.com", "a.example.com", true),
        ("*.example.com", "example.com", false), ("EXAMPLE.com", "Example.COM", true), ("*", "anything", true),
        ("example.com:443", "example.com", true), ("example.com:80", "example.com", false),
        ("10.0.0.0/8", "10.1.2.3", true), ("10.0.0.0/8", "11.1.2.3", false), ("10.0.0.0/8", "name10", false),
        ("192.168.1.1", "192.168.1.1", true), ("192.168.1.1:443", "192.168.1.1", true),
        ("192.168.1.1:80", "192.168.1.1", false), ("fd00::/8", "fd12::1", true), ("fd00::/8", "fe80::1", false),
        ("172.16.0.0/12", "172.31.255.255", true), ("172.16.0.0/12", "172.32.0.0", false),
        ("0.0.0.0/0", "1.2.3.4", true),
        (" a , ,b ", "b", true), ("", "a", false),
    ])
    func exceptionsAreAsGoHasThem(_ list: String, _ host: String, _ isExcepted: Bool) {
        #expect(ProxyExceptions(list).contains(host: host, port: 443) == isExcepted)
    }

    // MARK: Attempts

    @Test func pausesGrowToTheCeilingAndAttemptsEnd() {
        var policy = RetryPolicy()
        policy.attempts = 9
        let longest = (1...9).map { policy.delay(after: .connection, attempt: $0, jitter: 0) }
        #expect(
            longest == [
                .milliseconds(250), .milliseconds(500), .seconds(1), .seconds(2), .seconds(4), .seconds(8),
                .seconds(10),
                .seconds(10), nil,
            ])
        #expect(policy.delay(after: .connection, attempt: 1, jitter: 1) == .milliseconds(125))
        #expect(policy.delay(after: .connection, attempt: 2, isMirror: true, jitter: 0) == nil)
        #expect(policy.delay(after: .unreachable, attempt: 1, jitter: 0) != nil)
        #expect(policy.delay(after: .unreachable, attempt: 2, jitter: 0) == nil)
        #expect(RetryPolicy.none.delay(after: .connection, attempt: 1, jitter: 0) == nil)
    }

    @Test func whatAServerAsksForIsWaitedWithinLimits() {
        let policy = RetryPolicy()
        #expect(policy.delay(after: .status(retryAfter: .seconds(60)), attempt: 1, jitter: 1) == .seconds(60))
        #expect(policy.delay(after: .status(retryAfter: .seconds(61)), attempt: 1, jitter: 1) == nil)
        #expect(policy.delay(after: .status(retryAfter: nil), attempt: 1, jitter: 0) == .milliseconds(250))
    }

    @Test func progressGivesAllAttemptsBack() {
        var policy = RetryPolicy()
        policy.attempts = 2
        policy.progress = 100
        var attempts = Attempts(policy)
        #expect(attempts.delay(after: .connection) != nil)
        attempts.progressed(by: 60)
        attempts.progressed(by: 60)
        #expect(attempts.delay(after: .connection) != nil)
        attempts.progressed(by: 60)
        #expect(attempts.delay(after: .connection) == nil)
        #expect(attempts.delay(after: nil) == nil)
    }

    @Test func tokensAreKeptUntilShortlyBeforeTheirEnd() {
        let key = TokenCache.Key(realm: "r", service: "s", scopes: ["x"], owner: "o")
        var other = key
        other.owner = "p"
        let now = ContinuousClock.now
        var cache = TokenCache()
        cache.keep("t", for: key, lifetime: .seconds(60), now: now)
        #expect(cache.token(key, now: now + .seconds(53)) == "t")
        #expect(cache.token(key, now: now + .seconds(55)) == nil)
        #expect(cache.token(other, now: now) == nil)
        cache.forget(key)
        #expect(cache.token(key, now: now) == nil)
    }

    @Test func tokensAreReadFromAnswers() {
        func token(_ text: String) -> TokenRequest.Token? { TokenRequest.token(Array(text.utf8)) }
        #expect(token(#"{"token":"a","expires_in":300}"#) == .init(value: "a", lifetime: .seconds(300)))
        #expect(token(#"{"access_token":"b","token":""}"#) == .init(value: "b", lifetime: .seconds(60)))
        #expect(token(#"{"token":"c","expires_in":5}"#)?.lifetime == .seconds(60))
        #expect(token(#"{"token":"a\r\nX-Evil: 1"}"#) == nil)
        #expect(token("{}") == nil)
        #expect(token("no") == nil)
    }
}
