import OCI
import Synchronization
import TestSupport
import Testing

@testable import Registry

/// Uploads as the specification has them, where docker-registry would begin anew.
@Suite(.timeLimit(.minutes(5))) struct UploadTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// A registry that keeps one upload, as the specification has it, and fails where the test says.
    private final class UploadRegistry: Sendable {
        struct State {
            var bytes: [UInt8] = []
            var failures: [Int: Int] = [:]
            var patches = 0
        }

        let state: Mutex<State>
        let minimum: Int

        /// - Parameter failures: by the number of the PATCH, from 1: how many of its bytes are kept before a 500.
        init(minimum: Int = 0, failures: [Int: Int] = [:]) {
            self.minimum = minimum
            state = Mutex(State(failures: failures))
        }

        func answer(_ request: ScriptedRequest) -> ScriptedReply {
            state.withLock { state in
                func reply(_ status: Int) -> ScriptedReply {
                    var headers: HTTPHeaders = ["Location": "uploads/one?state=\(state.bytes.count)"]
                    headers.add(name: "Range", value: "0-\(max(0, state.bytes.count - 1))")
                    if minimum > 0 { headers.add(name: "OCI-Chunk-Min-Length", value: "\(minimum)") }
                    return ScriptedReply(status, headers)
                }
                switch request.method {
                case .POST:
                    state.bytes = []
                    return ScriptedReply(
                        202, ["Location": "/v2/app/blobs/uploads/one?state=0", "OCI-Chunk-Min-Length": "\(minimum)"])
                case .GET: return reply(204)
                case .PATCH:
                    state.patches += 1
                    let start = request.headers.first(name: "Content-Range")?.prefix { $0 != "-" }
                    guard start == "\(state.bytes.count)", request.target.hasSuffix("?state=\(state.bytes.count)")
                    else { return reply(416) }
                    if let kept = state.failures.removeValue(forKey: state.patches) {
                        state.bytes += request.body.prefix(kept)
                        return ScriptedReply(500)
                    }
                    state.bytes += request.body
                    return reply(202)
                case .PUT:
                    state.bytes += request.body
                    // A digest that cannot be made is not the wanted one.
                    let wanted = (try? descriptor(state.bytes).digest).map { escaped("\($0)") } ?? ""
                    return request.target.hasSuffix("&digest=\(wanted)")
                        ? ScriptedReply(201) : ScriptedReply(400, [:], #"{"errors":[{"code":"DIGEST_INVALID"}]}"#.utf8)
                default: return ScriptedReply(404)
                }
            }
        }
    }

    @Test func anUploadGoesOnWhereTheRegistryIs() async throws {
        let bytes = noise(1_000_000)
        let upstream = UploadRegistry(failures: [2: 123_456, 4: 0])
        try await ScriptedServer.serving({ upstream.answer($0) }) { registry in
            try await withClient(directory) { client in
                try await client.upload(
                    try descriptor(bytes), to: Reference("\(registry.name)/app:1"), mode: .chunks(size: 400_000),
                    content: BlobContent(bytes))
                #expect(upstream.state.withLock { $0.bytes } == bytes)
                #expect(registry.count(.POST) == 1)
                let ranges = registry.requests.compactMap { $0.headers.first(name: "Content-Range") }
                // The second breaks after 123,456 bytes, the fourth before any.
                #expect(
                    ranges == [
                        "0-399999", "400000-799999", "523456-923455", "923456-999999", "923456-999999",
                    ])
            }
        }
    }

    @Test func chunksAreAsLargeAsTheRegistryWants() async throws {
        let bytes = noise(250_000)
        let upstream = UploadRegistry(minimum: 100_000)
        try await ScriptedServer.serving({ upstream.answer($0) }) { registry in
            try await withClient(directory) { client in
                try await client.upload(
                    try descriptor(bytes), to: Reference("\(registry.name)/app:1"), mode: .chunks(size: 10),
                    content: BlobContent(bytes))
                let ranges = registry.requests.compactMap { $0.headers.first(name: "Content-Range") }
                #expect(ranges == ["0-99999", "100000-199999", "200000-249999"])
            }
        }
    }

    @Test func anUploadThatCannotGoOnIsBegunAnew() async throws {
        let bytes = noise(1000)
        let upstream = UploadRegistry(failures: [1: 1])
        try await ScriptedServer.serving({ upstream.answer($0) }) { registry in
            try await withClient(directory) { client in
                // The registry has one byte and says `0-0`, which also means none.
                try await client.upload(
                    try descriptor(bytes), to: Reference("\(registry.name)/app:1"), mode: .chunks(size: 5000),
                    content: BlobContent(bytes))
                #expect(upstream.state.withLock { $0.bytes } == bytes)
                #expect(registry.count(.POST) == 2)
            }
        }
    }

    @Test func aRegistryThatRefusesBeforeItHasReadTheBodyGetsChunks() async throws {
        // More than the buffers of a connection hold.
        let bytes = noise(6_000_000)
        let upstream = UploadRegistry()
        let early = ScriptedServer.Early(reply: { request in
            request.method == .PUT && request.headers.first(name: "Content-Length") != "0"
                ? ScriptedReply(413, [:], [], .closing) : nil
        })
        try await ScriptedServer.serving(early: early, { upstream.answer($0) }) { registry in
            try await withClient(directory) { client in
                try await client.upload(
                    try descriptor(bytes), to: Reference("\(registry.name)/app:1"), content: BlobContent(bytes))
                #expect(upstream.state.withLock { $0.bytes } == bytes)
                #expect(registry.count(.PATCH) == 1)
            }
        }
    }

    /// An upload that waits for its content has its sending paused when the refusal comes.
    @Test func aRefusalEndsAnUploadThatWaitsForItsContent() async throws {
        let bytes = noise(1_000_000)
        let upstream = UploadRegistry()
        let early = ScriptedServer.Early(reply: { request in
            request.method == .PUT && request.headers.first(name: "Content-Length") != "0"
                ? ScriptedReply(413, [:], [], .closing) : nil
        })
        try await ScriptedServer.serving(early: early, { upstream.answer($0) }) { registry in
            let content = BlobContent { offset, count in
                if offset > 0, registry.count(.PATCH) == 0 { try await Task.sleep(for: .milliseconds(300)) }
                return Array(bytes[Int(offset)...].prefix(count))
            }
            try await withClient(directory) { client in
                try await client.upload(
                    try descriptor(bytes), to: Reference("\(registry.name)/app:1"), content: content)
                #expect(upstream.state.withLock { $0.bytes } == bytes)
            }
        }
    }

    @Test func aTokenThatEndsDuringAnUploadIsRenewedAndTheBodySentAgain() async throws {
        let bytes = noise(1_000_000)
        let upstream = UploadRegistry()
        let tokens = Mutex(0)
        try await ScriptedServer.serving({ request in
            let host = request.headers.first(name: "Host") ?? ""
            if request.path == "/token" {
                let number = tokens.withLock { count in
                    count += 1
                    return count
                }
                return ScriptedReply(200, [:], #"{"token":"t\#(number)","expires_in":300}"#.utf8)
            }
            let wanted = request.method == .PUT ? 2 : 1
            guard request.headers["Authorization"] == ["Bearer t\(wanted)"] else {
                return ScriptedReply(401, ["WWW-Authenticate": #"Bearer realm="http://\#(host)/token""#])
            }
            return upstream.answer(request)
        }) { registry in
            try await withClient(directory) { client in
                try await client.upload(
                    try descriptor(bytes), to: Reference("\(registry.name)/app:1"), content: BlobContent(bytes))
                #expect(upstream.state.withLock { $0.bytes } == bytes)
                #expect(registry.count(.PUT) == 2)
                #expect(tokens.withLock { $0 } == 2)
            }
        }
    }

    @Test func aMountThatIsRefusedLeavesNoUploadOpen() async throws {
        try await ScriptedServer.serving({ request in
            request.method == .POST ? ScriptedReply(202, ["Location": "/v2/app/blobs/uploads/one"]) : ScriptedReply(204)
        }) { registry in
            try await withClient(directory) { client in
                let isMounted = try await client.mount(
                    descriptor([1]), from: "other", to: Reference("\(registry.name)/app:1"))
                #expect(!isMounted)
                #expect(registry.requests.last?.method == .DELETE)
            }
        }
    }
}
