import NIOHTTP1
import OCI
import Synchronization
import Testing

@testable import Registry

/// What registries may do and docker-registry does not.
@Suite(.timeLimit(.minutes(5))) struct ScriptedTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test func aRedirectToAnotherHostDoesNotGetThePassword() async throws {
        let bytes = noise(100_000)
        let blob = try descriptor(bytes)
        try await ScriptedServer.serving({ request in
            ScriptedReply(200, [:], bytes)
        }) { store in
            let elsewhere = "http://\(store.name)/store/blob?signature=abc"
            try await ScriptedServer.serving({ request in
                guard request.headers.contains(name: "Authorization") else {
                    return ScriptedReply(401, ["WWW-Authenticate": #"Basic realm="test""#])
                }
                return request.path.hasSuffix("/here")
                    ? ScriptedReply(307, ["Location": elsewhere]) : ScriptedReply(302, ["Location": "/v2/here"])
            }) { registry in
                try await withClient(directory, auths: [registry.name: "ann:secret"]) { client in
                    let read = try await client.bytes(blob, of: Reference("\(registry.name)/app:1"), verify: true)
                    #expect(read == bytes)
                    #expect(store.requests.map(\.target) == ["/store/blob?signature=abc"])
                    #expect(store.requests.allSatisfy { !$0.headers.contains(name: "Authorization") })
                    // On the registry itself a redirect keeps it.
                    #expect(registry.requests.last?.headers.contains(name: "Authorization") == true)
                }
            }
        }
    }

    @Test func redirectsInCirclesEnd() async throws {
        try await ScriptedServer.serving({ _ in ScriptedReply(302, ["Location": "/v2/again"]) }) { registry in
            try await withClient(directory) { client in
                let error = try await registryError {
                    _ = try await client.manifest(of: Reference("\(registry.name)/app:1"))
                }
                #expect(error.code == .protocolViolation)
                #expect(registry.requests.count == 11)
            }
        }
    }

    @Test func allPagesOfTagsAreRead() async throws {
        try await ScriptedServer.serving({ request in
            switch request.target {
            case "/v2/app/tags/list?n=1000":
                return ScriptedReply(
                    200, ["Link": #"</v2/app/tags/list?last=b&n=2>; rel="next""#],
                    #"{"name":"app","tags":["a","b"]}"#.utf8)
            case "/v2/app/tags/list?last=b&n=2":
                return ScriptedReply(200, ["Link": "<list?last=c>;rel=next"], #"{"name":"app","tags":["c"]}"#.utf8)
            case "/v2/app/tags/list?last=c": return ScriptedReply(200, [:], #"{"name":"app","tags":null}"#.utf8)
            default: return ScriptedReply(404)
            }
        }) { registry in
            try await withClient(directory) { client in
                let tags = try await client.tags(of: Reference("\(registry.name)/app:1"))
                #expect(tags == ["a", "b", "c"])
            }
        }
    }

    @Test func aRegistryWhoseHeadSaysNothingIsAskedForTheManifest() async throws {
        try await ScriptedServer.serving({ request in
            request.method == .HEAD
                ? ScriptedReply(405) : ScriptedReply(200, ["Content-Type": "application/json"], TokenTests.manifest)
        }) { registry in
            try await withClient(directory) { client in
                let found = try await client.resolve(Reference("\(registry.name)/app:1"))
                #expect(found == (try descriptor(TokenTests.manifest, .manifest)))
            }
        }
    }

    struct Bad: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var type: String?
        var body: String
        var code: RegistryError.Code
    }

    @Test(arguments: [
        Bad(
            testDescription: "schema 1", type: "application/vnd.docker.distribution.manifest.v1+prettyjws",
            body: #"{"schemaVersion":1}"#, code: .unknownManifestType),
        Bad(testDescription: "a web page", type: "text/html", body: "<html></html>", code: .notARegistry),
        Bad(
            testDescription: "an index as a manifest", type: MediaType.manifest.rawValue,
            body: #"{"schemaVersion":2,"manifests":[]}"#, code: .protocolViolation),
        Bad(testDescription: "no type at all", type: nil, body: "{}", code: .unknownManifestType),
        Bad(
            testDescription: "too much", type: MediaType.manifest.rawValue,
            body: "{\"x\":\"" + String(repeating: "y", count: RegistryClient.maximumManifestSize) + "\"}",
            code: .tooLarge),
    ])
    func whatIsNoManifestIsRefused(_ bad: Bad) async throws {
        try await ScriptedServer.serving({ _ in
            ScriptedReply(200, bad.type.map { ["Content-Type": $0] } ?? [:], bad.body.utf8)
        }) { registry in
            try await withClient(directory) { client in
                let error = try await registryError {
                    _ = try await client.manifest(of: Reference("\(registry.name)/app:1"))
                }
                #expect(error.code == bad.code)
            }
        }
    }

    @Test func aDigestThatIsNotTheReferencesIsFound() async throws {
        try await ScriptedServer.serving({ _ in
            ScriptedReply(200, ["Content-Type": MediaType.manifest.rawValue], TokenTests.manifest)
        }) { registry in
            try await withClient(directory) { client in
                let other = try descriptor([1]).digest
                let error = try await registryError {
                    _ = try await client.manifest(of: Reference("\(registry.name)/app@\(other)"))
                }
                #expect(error.code == .digestMismatch)
                #expect(error.message.contains("\(other)"))
            }
        }
    }

    @Test func aConsumerThatWaitsHoldsTheServerUp() async throws {
        let size = 200 << 20
        let blob = Descriptor(.layer, try descriptor([]).digest, size: Int64(size))
        try await ScriptedServer.serving({ _ in ScriptedReply(200, [:], [], .flood(size)) }) { registry in
            try await withClient(directory) { client in
                var sent: [Int] = []
                let error = try await registryError {
                    try await client.blob(blob, of: Reference("\(registry.name)/app:1")) { _ in
                        for _ in 0..<2 {
                            try await Task.sleep(for: .milliseconds(300))
                            sent.append(registry.flooded)
                        }
                        throw TestFailure("enough")
                    }
                }
                #expect(error.code == .callerFailed)
                // What the kernel's buffers hold, and no more as time goes by.
                #expect(sent.count == 2 && sent.first == sent.last && sent.allSatisfy { $0 < 32 << 20 })
            }
        }
    }

    @Test func manyTasksFindTheWayToPlainHTTPAtOnce() async throws {
        try await ScriptedServer.serving({ _ in
            ScriptedReply(200, ["Content-Type": MediaType.manifest.rawValue], TokenTests.manifest)
        }) { registry in
            try await withClient(directory, retry: .none) { client in
                let reference = try Reference("\(registry.name)/app:1")
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<40 { group.addTask { _ = try await client.manifest(of: reference) } }
                    try await group.waitForAll()
                }
                #expect(registry.count(.GET) == 40)
            }
        }
    }

    @Test func aCancelledTaskStops() async throws {
        try await ScriptedServer.serving({ _ in ScriptedReply(200, [:], noise(1000), .stall(after: 10)) }) { registry in
            try await withClient(directory) { client in
                let task = Task {
                    try await registryError {
                        _ = try await client.bytes(descriptor(noise(1000)), of: Reference("\(registry.name)/app:1"))
                    }
                }
                while registry.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
                task.cancel()
                #expect(try await task.value.code == .cancelled)
            }
        }
    }

    @Test func theProxyOfTheEnvironmentIsUsedButNotForThisMachine() async throws {
        let proxyPort = try RegistryServer.freePort()
        let environment = [
            "HTTPS_PROXY": "http://127.0.0.1:\(proxyPort)", "HTTP_PROXY": "http://127.0.0.1:\(proxyPort)",
        ]
        try await ScriptedServer.serving({ _ in
            ScriptedReply(200, ["Content-Type": MediaType.manifest.rawValue], TokenTests.manifest)
        }) { registry in
            try await withClient(directory, environment: environment) { client in
                _ = try await client.manifest(of: Reference("\(registry.name)/app:1"))
                let error = try await registryError {
                    _ = try await client.manifest(of: Reference("registry.invalid/app:1"))
                }
                #expect(error.code == .unreachable)
                #expect(error.message.contains("127.0.0.1:\(proxyPort)"))
            }
        }
    }

    @Test func aHostWithoutAnAddressIsNamed() async throws {
        try await withClient(directory, retry: .none) { client in
            let error = try await registryError {
                _ = try await client.manifest(of: Reference("registry.invalid/app:1"))
            }
            #expect(error.code == .unreachable)
            #expect(error.message.contains("registry.invalid has no address"))
        }
    }
}
