import Testing

@testable import Registry

/// Parsers of foreign bytes get them spoilt: none may trap, and what they accept must be consistent.
@Suite(.timeLimit(.minutes(5))) struct FuzzTests {
    private static let seeds = [
        #"Bearer realm="https://a/token",service="s",scope="repository:a:pull", Basic realm="x\"y""#,
        #"Negotiate YWJj==, Digest a=b"#, "</v2/a/tags/list?n=1>; rel=\"next\", <x>; rel=prev",
        "bytes 0-99/100", "0-99", "Sun, 06 Nov 1994 08:49:37 GMT", "120", "https://[::1]:5000/v2/?a=b#c",
        #"{"errors":[{"code":"DENIED","message":"\u00e9\ud83d"}],"token":"t","expires_in":1e3}"#,
        #"{"auths":{"a":{"auth":"YTpi"}},"n":[1,-2.5e+3,true,null]}"#, "10.0.0.0/8,*.a.b:80,[::1]:5,fd00::/8",
    ]

    /// The same numbers every time.
    private struct Numbers: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }
    }

    private func spoil(_ seed: String, _ numbers: inout Numbers) -> [UInt8] {
        var bytes = Array(seed.utf8)
        for _ in 0..<Int.random(in: 1...4, using: &numbers) where !bytes.isEmpty {
            let position = Int.random(in: 0..<bytes.count, using: &numbers)
            switch Int.random(in: 0..<4, using: &numbers) {
            case 0: bytes[position] = UInt8.random(in: 0...255, using: &numbers)
            case 1: bytes.remove(at: position)
            case 2: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &numbers)], at: position)
            default: bytes = Array(bytes[..<position])
            }
        }
        return bytes
    }

    @Test(arguments: seeds.indices)
    func spoiltTextsAreRefusedOrRead(_ seed: Int) {
        var numbers = Numbers(state: UInt64(seed + 1))
        for _ in 0..<3000 {
            let bytes = spoil(Self.seeds[seed], &numbers)
            let text = String(decoding: bytes, as: UTF8.self)
            _ = AuthenticationChallenge.parse([text])
            _ = LinkHeader.next([text])
            _ = RetryAfter.parse(text, now: 0)
            _ = ProxyExceptions(text).contains(host: "a.b", port: 80)
            // A text that names no proxy is an error.
            _ = try? ProxySettings(environment: ["ALL_PROXY": text])
            _ = TokenRequest.token(bytes)
            #expect((ErrorDocument(bytes)?.summary.count ?? 0) <= 300)
            if let range = ContentRange(text) { #expect(!range.bytes.isEmpty) }
            if let received = UploadRange.received(text) { #expect(received >= 0) }
            if let address = WebAddress(text) {
                #expect(WebAddress("\(address)") == address)
                if let next = address.resolving(text) { #expect(WebAddress("\(next)") == next) }
            }
            if case .success(let document) = JSONDocument.parse(bytes) {
                #expect(JSONDocument.parse(Array(document.text().utf8)) == .success(document))
            }
        }
    }
}
