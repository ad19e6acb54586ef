import Synchronization
import TestSupport

@testable import Registry

/// What goes wrong with one answer or request.
enum Fault: Sendable {
    /// The connection is closed in the middle of the answer.
    case truncate(after: Int)
    /// One byte of the answer is another.
    case corrupt(at: Int)
    /// Nothing more comes in the middle of the answer.
    case stall(after: Int)
    /// The server itself is not asked.
    case answer(Int, HTTPHeaders = [:])
    /// The connection is closed without an answer.
    case hangUp
    /// The server does not see that a part only is wanted.
    case ignoreRange
    /// The connection is closed in the middle of the request's body.
    case breakRequest(after: Int)
}

/// Stands before a registry and spoils chosen requests: the first that is meant by the first fault, and so on.
final class FaultProxy: Sendable {
    private let faults: Mutex<[Fault]>
    private let isMeant: @Sendable (ScriptedRequest) -> Bool
    private let upstream: UInt16

    private init(_ faults: [Fault], _ upstream: UInt16, _ isMeant: @escaping @Sendable (ScriptedRequest) -> Bool) {
        self.faults = Mutex(faults)
        self.isMeant = isMeant
        self.upstream = upstream
    }

    /// Runs `body` with the proxy before a server on the loopback.
    static func spoiling<Result>(
        _ upstream: UInt16, _ faults: [Fault], where isMeant: @escaping @Sendable (ScriptedRequest) -> Bool,
        _ body: (ScriptedServer) async throws -> Result
    ) async throws -> Result {
        let proxy = FaultProxy(faults, upstream, isMeant)
        return try await ScriptedServer.serving(
            early: ScriptedServer.Early(bodyLimit: { proxy.requestLimit($0) }), { try proxy.answer($0) }, body)
    }

    private func requestLimit(_ request: ScriptedRequest) -> Int? {
        guard isMeant(request) else { return nil }
        return faults.withLock { faults in
            guard case .breakRequest(let count)? = faults.first else { return nil }
            faults.removeFirst()
            return count
        }
    }

    private func answer(_ request: ScriptedRequest) throws -> ScriptedReply {
        let fault = isMeant(request) ? faults.withLock { $0.isEmpty ? nil : $0.removeFirst() } : nil
        var forwarded = request
        switch fault {
        case .answer(let status, let headers): return ScriptedReply(status, headers)
        case .hangUp: return ScriptedReply(200, [:], [], .hangUp)
        case .ignoreRange: forwarded.headers.remove(name: "Range")
        default: break
        }
        var reply = try forward(forwarded)
        switch fault {
        case .truncate(let count): reply.ending = .cut(after: count)
        case .stall(let count): reply.ending = .stall(after: count)
        case .corrupt(let position): reply.body[position] ^= 1
        default: break
        }
        return reply
    }

    private func forward(_ request: ScriptedRequest) throws -> ScriptedReply {
        let socket = try Socket(connecting: .tcp, to: TestSupport.Endpoint("127.0.0.1", upstream), timeout: 30)
        // `Host` stays: what the server names itself then leads here again.
        var headers = request.headers
        for name in ["Content-Length", "Connection", "Transfer-Encoding"] { headers.remove(name: name) }
        if request.method.hasBody { headers.add(name: "Content-Length", value: "\(request.body.count)") }
        let lines = headers.fields.map { "\($0.name): \($0.value)\r\n" }.joined()
        // HTTP/1.0 has no chunks: the answer ends with the connection.
        let head = "\(request.method.rawValue) \(request.target) HTTP/1.0\r\n\(lines)\r\n"
        try socket.send(Array(head.utf8) + (request.method.hasBody ? request.body : []))
        let input = SocketReader(socket)
        guard let words = try input.line()?.split(separator: " "), words.count > 1, let status = Int(words[1]) else {
            throw TestFailure("the registry does not answer")
        }
        var answered = try input.headers()
        for name in ["Transfer-Encoding", "Connection"] { answered.remove(name: name) }
        return ScriptedReply(status, answered, request.method == .HEAD ? [] : try input.rest())
    }
}
