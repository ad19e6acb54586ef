import Dispatch
import Synchronization
import TestSupport

@testable import Registry

/// What a client asked.
struct ScriptedRequest: Sendable {
    var method: HTTPMethod
    /// With the query.
    var target: String
    var headers: HTTPHeaders
    var body: [UInt8] = []

    var path: String { String(target.prefix { $0 != "?" }) }
}

/// What it gets, and how the answer ends.
struct ScriptedReply: Sendable {
    enum Ending: Sendable {
        case complete
        /// The connection is closed after this many bytes of the body.
        case cut(after: Int)
        /// Nothing comes after this many bytes, and the connection stays.
        case stall(after: Int)
        /// The connection is closed without an answer.
        case hangUp
        /// This many bytes, each piece when the one before is in the kernel's hands.
        case flood(Int)
        /// The connection is closed after the answer.
        case closing
    }

    var status: Int
    var headers: HTTPHeaders = [:]
    var body: [UInt8] = []
    var ending = Ending.complete

    init(_ status: Int, _ headers: HTTPHeaders = [:], _ body: some Sequence<UInt8> = [], _ ending: Ending = .complete) {
        self.status = status
        self.headers = headers
        self.body = Array(body)
        self.ending = ending
    }
}

/// An HTTP server on the loopback that answers as the test says and remembers what it was asked.
final class ScriptedServer: Sendable {
    typealias Script = @Sendable (ScriptedRequest) throws -> ScriptedReply

    /// What is decided at the head of a request.
    struct Early: Sendable {
        /// After how many bytes of its body the connection is closed.
        var bodyLimit: @Sendable (ScriptedRequest) -> Int? = { _ in nil }
        /// An answer before its body, after which the connection is closed.
        var reply: @Sendable (ScriptedRequest) -> ScriptedReply? = { _ in nil }
    }

    private struct Log {
        var requests: [ScriptedRequest] = []
        var flooded = 0
    }

    let port: Int
    private let listener: SocketListener
    private let early: Early
    private let script: Script
    private let log = Mutex(Log())

    private init(_ early: Early, _ script: @escaping Script) throws {
        listener = try SocketListener()
        port = Int(listener.port)
        self.early = early
        self.script = script
    }

    var name: String { "127.0.0.1:\(port)" }
    /// How many bytes of floods the kernel has taken.
    var flooded: Int { log.withLock { $0.flooded } }
    var requests: [ScriptedRequest] { log.withLock { $0.requests } }

    /// How many requests there were of this kind.
    func count(_ method: HTTPMethod, _ isMeant: (ScriptedRequest) -> Bool = { _ in true }) -> Int {
        requests.count { $0.method == method && isMeant($0) }
    }

    /// Serves while `body` runs.
    static func serving<Result>(
        early: Early = Early(), _ script: @escaping Script,
        _ body: (ScriptedServer) async throws -> Result
    ) async throws -> Result {
        let server = try ScriptedServer(early, script)
        server.listener.start { [server] in server.serve($0) }
        defer { server.listener.stop() }
        return try await body(server)
    }
}

// MARK: - One connection

extension ScriptedServer {
    /// Answers requests until the client goes or the script ends the connection.
    private func serve(_ socket: Socket) {
        let input = SocketReader(socket)
        do {
            while try answer(input, socket) {}
        } catch {
            // The client, or the test, is not interested any more; what it misses, it says itself.
        }
    }

    /// Answers one request.
    ///
    /// - Returns: whether another one may come.
    private func answer(_ input: SocketReader, _ socket: Socket) throws -> Bool {
        guard let start = try input.line() else { return false }
        let words = start.split(separator: " ")
        guard words.count == 3, let method = HTTPMethod(rawValue: String(words[0])) else {
            // Such as the first words of TLS.
            try socket.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return false
        }
        var request = ScriptedRequest(method: method, target: String(words[1]), headers: try input.headers())
        if let reply = early.reply(request) {
            note(request)
            return try write(reply, to: request, socket, input)
        }
        let length = request.headers.first(name: "Content-Length").flatMap { Int($0) } ?? 0
        let limit = early.bodyLimit(request)
        request.body = try input.bytes(min(length, limit ?? length))
        note(request)
        if let limit, length >= limit { return false }
        return try write(try script(request), to: request, socket, input)
    }

    private func note(_ request: ScriptedRequest) { log.withLock { $0.requests.append(request) } }

    private func write(
        _ reply: ScriptedReply, to request: ScriptedRequest, _ socket: Socket, _ input: SocketReader
    ) throws -> Bool {
        if case .hangUp = reply.ending { return false }
        var headers = reply.headers
        if !headers.contains(name: "Content-Length"), !headers.contains(name: "Transfer-Encoding"),
            reply.status != 204
        {
            var length = reply.body.count
            if case .flood(let count) = reply.ending { length = count }
            headers.add(name: "Content-Length", value: "\(length)")
        }
        let lines = headers.fields.map { "\($0.name): \($0.value)\r\n" }.joined()
        var body = request.method == .HEAD ? [] : reply.body[...]
        switch reply.ending {
        case .cut(let count), .stall(let count): body = body.prefix(count)
        case .complete, .closing, .hangUp, .flood: break
        }
        try socket.send(Array("HTTP/1.1 \(reply.status) Scripted\r\n\(lines)\r\n".utf8) + body)
        switch reply.ending {
        case .complete: return true
        case .cut, .hangUp: return false
        case .closing:
            // A socket that is closed with bytes unread takes its answer back.
            socket.finishSending()
            try input.drain()
            return false
        case .stall: return true
        case .flood(let count):
            try flood(count, socket)
            return true
        }
    }

    private func flood(_ count: Int, _ socket: Socket) throws {
        var left = count
        while left > 0 {
            let piece = [UInt8](repeating: 7, count: min(left, 1 << 18))
            try socket.send(piece)
            log.withLock { $0.flooded += piece.count }
            left -= piece.count
        }
    }
}
