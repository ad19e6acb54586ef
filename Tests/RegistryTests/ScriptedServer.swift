import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

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
    typealias Script = @Sendable (ScriptedRequest) async throws -> ScriptedReply

    private let channel: any Channel
    private let log: Log

    fileprivate final class Log: Sendable {
        let requests = Mutex<[ScriptedRequest]>([])
        let flooded = Mutex(0)
    }

    let port: Int

    /// What is decided at the head of a request.
    struct Early: Sendable {
        /// After how many bytes of its body the connection is closed.
        var bodyLimit: @Sendable (ScriptedRequest) -> Int? = { _ in nil }
        /// An answer before its body, after which the connection is closed.
        var reply: @Sendable (ScriptedRequest) -> ScriptedReply? = { _ in nil }
    }

    private init(_ early: Early, _ script: @escaping Script) async throws {
        let log = Log()
        self.log = log
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
                    try channel.pipeline.syncOperations.addHandler(Handler(log: log, early: early, script: script))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        guard let port = channel.localAddress?.port else { throw TestFailure("the server has no port") }
        self.port = port
    }

    var name: String { "127.0.0.1:\(port)" }
    /// How many bytes of floods the kernel has taken.
    var flooded: Int { log.flooded.withLock { $0 } }
    var requests: [ScriptedRequest] { log.requests.withLock { $0 } }

    /// How many requests there were of this kind.
    func count(_ method: HTTPMethod, _ isMeant: (ScriptedRequest) -> Bool = { _ in true }) -> Int {
        requests.count { $0.method == method && isMeant($0) }
    }

    /// Serves while `body` runs.
    static func serving<Result>(
        early: Early = Early(), _ script: @escaping Script,
        _ body: (ScriptedServer) async throws -> Result
    ) async throws -> Result {
        let server = try await ScriptedServer(early, script)
        do {
            let result = try await body(server)
            try await server.channel.close()
            return result
        } catch {
            // The error of the test counts.
            try? await server.channel.close()
            throw error
        }
    }
}

/// One connection: collects a request, asks the script, writes the reply.
private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let log: ScriptedServer.Log
    private let early: ScriptedServer.Early
    private let script: ScriptedServer.Script
    private var request: ScriptedRequest?
    private var left: Int?

    init(
        log: ScriptedServer.Log, early: ScriptedServer.Early, script: @escaping ScriptedServer.Script
    ) {
        self.log = log
        self.early = early
        self.script = script
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            let request = ScriptedRequest(method: head.method, target: head.uri, headers: head.headers)
            if let reply = early.reply(request) {
                log.requests.withLock { $0.append(request) }
                return write(reply, to: request, context)
            }
            self.request = request
            left = early.bodyLimit(request)
        case .body(let buffer):
            request?.body += Array(buffer: buffer)
            if let left, let count = request?.body.count, count >= left, let request {
                log.requests.withLock { $0.append(request) }
                self.request = nil
                context.close(promise: nil)
            }
        case .end:
            guard let request else { return }
            self.request = nil
            log.requests.withLock { $0.append(request) }
            let script = script
            let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
            context.eventLoop.makeFutureWithTask { try await script(request) }.whenComplete { result in
                let (handler, context) = bound.value
                switch result {
                case .success(let reply): handler.write(reply, to: request, context)
                case .failure: context.close(promise: nil)
                }
            }
        }
    }

    private func write(_ reply: ScriptedReply, to request: ScriptedRequest, _ context: ChannelHandlerContext) {
        if case .hangUp = reply.ending { return context.close(promise: nil) }
        var headers = reply.headers
        if !headers.contains(name: "Content-Length"), !headers.contains(name: "Transfer-Encoding"),
            reply.status != 204
        {
            var length = reply.body.count
            if case .flood(let count) = reply.ending { length = count }
            headers.add(name: "Content-Length", value: "\(length)")
        }
        let head = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: reply.status), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        var body = request.method == .HEAD ? [] : reply.body[...]
        switch reply.ending {
        case .cut(let count), .stall(let count): body = body.prefix(count)
        case .complete, .closing, .hangUp, .flood: break
        }
        if !body.isEmpty {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
        }
        switch reply.ending {
        case .complete: context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        case .cut, .hangUp:
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            let written = context.eventLoop.makePromise(of: Void.self)
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer()))), promise: written)
            written.futureResult.whenComplete { _ in bound.value.close(promise: nil) }
        case .closing:
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            let written = context.eventLoop.makePromise(of: Void.self)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
            written.futureResult.whenComplete { _ in bound.value.close(promise: nil) }
        case .stall: context.flush()
        case .flood(let count): flood(count, context)
        }
    }

    private func flood(_ left: Int, _ context: ChannelHandlerContext) {
        guard left > 0 else { return context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil) }
        let piece = ByteBuffer(repeating: 7, count: min(left, 1 << 18))
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        let written = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(piece))), promise: written)
        written.futureResult.whenSuccess {
            let (handler, context) = bound.value
            handler.log.flooded.withLock { $0 += piece.readableBytes }
            handler.flood(left - piece.readableBytes, context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
