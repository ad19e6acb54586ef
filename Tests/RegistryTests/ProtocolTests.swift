import Testing

@testable import Registry

/// The parsers of what servers say.
@Suite(.timeLimit(.minutes(5))) struct ProtocolTests {
    private typealias Challenge = AuthenticationChallenge

    @Test func challengesAreRead() {
        let bearer =
            #"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push""#
        #expect(
            Challenge.parse([bearer]) == [
                Challenge(
                    scheme: "bearer",
                    parameters: [
                        "realm": "https://auth.docker.io/token", "service": "registry.docker.io",
                        "scope": "repository:a/b:pull,push",
                    ])
            ])
        #expect(
            Challenge.parse([#"Negotiate, Basic realm="a \"b\" \\ c, d" , BEARER Realm = x,error=invalid_token"#]) == [
                Challenge(scheme: "negotiate", parameters: [:]),
                Challenge(scheme: "basic", parameters: ["realm": #"a "b" \ c, d"#]),
                Challenge(scheme: "bearer", parameters: ["realm": "x", "error": "invalid_token"]),
            ])
        #expect(
            Challenge.parse(["Negotiate YWJj/+==, Basic realm=x", "Digest qop=auth"]).map(\.scheme)
                == ["negotiate", "basic", "digest"])
    }

    @Test(arguments: ["", ",,,", "=", "\"", "Basic realm=\"open", "Bearer realm=", "a=b", "Basic realm", "\u{0}"])
    func whatIsNoChallengeIsNoTrap(_ text: String) {
        #expect(Challenge.parse([text]).allSatisfy { $0.parameters.isEmpty })
    }

    @Test func retryAfterIsSecondsOrADate() {
        #expect(RetryAfter.parse("120", now: 0) == .seconds(120))
        #expect(RetryAfter.parse(" 0 ", now: 0) == .zero)
        #expect(RetryAfter.httpDate("Sun, 06 Nov 1994 08:49:37 GMT") == 784_111_777)
        #expect(RetryAfter.httpDate("Thu, 01 Jan 1970 00:00:00 GMT") == 0)
        #expect(RetryAfter.httpDate("Thu, 29 Feb 2024 23:59:59 GMT") == 1_709_251_199)
        #expect(RetryAfter.httpDate("Thu, 26 Nov 2026 07:00:00 GMT") == 1_795_676_400)
        #expect(RetryAfter.parse("Sun, 06 Nov 1994 08:49:37 GMT", now: 784_111_700) == .seconds(77))
        #expect(RetryAfter.parse("Sun, 06 Nov 1994 08:49:37 GMT", now: 784_111_800) == .zero)
        for bad in ["", "-1", "1.5", "soon", "Sun, 06 Nov 1994", "Sun, 41 Nov 1994 08:49:37 GMT"] {
            #expect(RetryAfter.parse(bad, now: 0) == nil, "\(bad)")
        }
    }

    @Test func rangesAreRead() {
        #expect(ContentRange("bytes 0-9/10")?.bytes == 0..<10)
        #expect(ContentRange("bytes 5-9/10")?.total == 10)
        #expect(ContentRange("bytes 5-9/*").map { $0.total == nil } == true)
        for bad in ["", "bytes */10", "bytes 9-5/10", "bytes 0-10/10", "items 0-1/2", "bytes 0-9223372036854775807/*"] {
            #expect(ContentRange(bad) == nil, "\(bad)")
        }
        #expect(UploadRange.received("0-999") == 1000)
        #expect(UploadRange.received("bytes=0-999") == 1000)
        #expect(UploadRange.received("0-0") == 0)
        #expect(UploadRange.received("1-2") == nil)
        #expect(UploadRange.received("0--1") == nil)
    }

    @Test func theNextPageIsFound() {
        #expect(LinkHeader.next(["</v2/a/tags/list?n=2&last=b>; rel=\"next\""]) == "/v2/a/tags/list?n=2&last=b")
        #expect(LinkHeader.next(["<a>; rel=prev, <b>; title=x; rel=\"last next\""]) == "b")
        #expect(LinkHeader.next(["<a>; rel=prev", "<c>;REL=next"]) == "c")
        #expect(LinkHeader.next(["<a", "a>; rel=next", "", "<a>"]) == nil)
    }

    @Test func errorDocumentsAreReadAndCut() {
        let registry = ErrorDocument(
            Array(#"{"errors":[{"code":"DENIED","message":"no\nway","detail":{}},{"code":"X"}]}"#.utf8))
        #expect(registry?.summary == "DENIED: no way; X")
        #expect(registry?.contains("DENIED") == true)
        #expect(ErrorDocument(Array(#"{"details":"wrong"}"#.utf8))?.summary == "wrong")
        #expect(ErrorDocument(Array("<html>".utf8)) == nil)
        #expect(ErrorDocument(Array("{}".utf8)) == nil)
        let long = ErrorDocument(Array(#"{"message":"\#(String(repeating: "x", count: 1000))"}"#.utf8))
        #expect(long?.summary.count == 300)
    }

    @Test func addressesAreReadAndResolved() throws {
        let address = try #require(WebAddress("https://Registry.Example:5000/v2/x?a=b#c"))
        #expect("\(address)" == "https://registry.example:5000/v2/x?a=b")
        #expect(address.resolving("/y")?.description == "https://registry.example:5000/y")
        #expect(address.resolving("y?z=1")?.description == "https://registry.example:5000/v2/y?z=1")
        #expect(address.resolving("?z=1")?.description == "https://registry.example:5000/v2/x?z=1")
        #expect(address.resolving("//other/y")?.description == "https://other/y")
        #expect(address.resolving("http://other:80/y")?.description == "http://other/y")
        #expect(address.resolving("ftp://other/y") == nil)
        #expect(address.resolving("/a b") == nil)
        #expect(address.adding("digest", "sha256:1/2").target == "/v2/x?a=b&digest=sha256%3A1%2F2")
        #expect(WebAddress("http://[::1]:5000")?.isLoopback == true)
        #expect(WebAddress("http://[::1]:5000").map { "\($0)" } == "http://[::1]:5000/")
        #expect(WebAddress("http://127.8.9.10/")?.isLoopback == true)
        #expect(WebAddress("http://128.0.0.1/")?.isLoopback == false)
        for bad in [
            "", "http://", "http://a:0/", "http://a:99999/", "http://u:p@a/", "http://a\nb/", "http://::1/", "x",
        ] {
            #expect(WebAddress(bad) == nil, "\(bad)")
        }
    }

    @Test func jsonKeepsWhatItDoesNotKnow() throws {
        let text = """
            {
            \t"z": 1.50e+3,
            \t"a": [
            \t\t"\\u00e9\\ud83d\\ude00\\n",
            \t\ttrue,
            \t\tnull
            \t],
            \t"empty": {},
            \t"n": -0
            }
            """
        var document = try JSONDocument.parse(Array(text.utf8)).get()
        #expect(document.text() == text)
        if case .array(let elements)? = document["a"] { #expect(elements.first?.string == "é😀\n") }
        document["new"] = .text("a\"b\\\u{1}")
        #expect(document.text().hasSuffix("\t\"new\": \"a\\\"b\\\\\\u0001\"\n}"))
        document["new"] = nil
        #expect(document.text() == text)
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\":}", "{\"a\" 1}", "nul", "01x", "\"\\x\"", "\"\\u12g4\"", "1 2", "{a:1}", "[\"\u{1}\"]",
        "-", ".5", "1e", "inf", "nan", String(repeating: "[", count: 100_000),
    ])
    func whatIsNoJSONIsRefused(_ text: String) {
        #expect(throws: JSONDocument.Malformed.self) { try JSONDocument.parse(Array(text.utf8)).get() }
    }
}
