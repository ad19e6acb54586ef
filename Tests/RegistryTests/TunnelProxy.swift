import NIOCore
import NIOPosix
import Synchronization

/// An HTTP proxy that only knows CONNECT, demands a user, and leads every tunnel to one port of this machine.
final class TunnelProxy: Sendable {
    private let channel: any Channel
    fileprivate let authorization: String
    fileprivate let upstream: Int
    private let heads = Mutex<[String]>([])
    let port: Int

    /// What clients asked for, line by line.
    var requests: [String] { heads.withLock { $0 } }

    fileprivate func note(_ head: String) { heads.withLock { $0.append(head) } }

    /// - Parameter authorization: the value of `Proxy-Authorization` that opens the tunnel.
    static func tunnelling<Result>(
        to upstream: Int, authorization: String, _ body: (TunnelProxy) async throws -> Result
    ) async throws -> Result {
        let listener = Mutex<TunnelProxy?>(nil)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let proxy = listener.withLock({ $0 }) else { throw TestFailure("the proxy is not ready") }
                    try channel.pipeline.syncOperations.addHandler(Opening(proxy))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        guard let port = channel.localAddress?.port else { throw TestFailure("the proxy has no port") }
        let proxy = TunnelProxy(channel, port, upstream, authorization)
        listener.withLock { $0 = proxy }
        do {
            let result = try await body(proxy)
            try await channel.close()
            return result
        } catch {
            // The error of the test counts.
            try? await channel.close()
            throw error
        }
    }

    private init(_ channel: any Channel, _ port: Int, _ upstream: Int, _ authorization: String) {
        self.channel = channel
        self.port = port
        self.upstream = upstream
        self.authorization = authorization
    }
}

/// Reads the request, then passes bytes on.
private final class Opening: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let proxy: TunnelProxy
    private var head = ""
    private var peer: (any Channel)?

    init(_ proxy: TunnelProxy) { self.proxy = proxy }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        if let peer { return peer.writeAndFlush(buffer, promise: nil) }
        head += String(buffer: buffer)
        guard head.hasSuffix("\r\n\r\n") else { return }
        proxy.note(String(head.prefix { $0 != "\r\n" }))
        guard isAuthorized else {
            let reply = "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
            return context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: reply)), promise: nil)
        }
        let client = context.channel
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        ClientBootstrap(group: context.eventLoop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Returning(client))
                }
            }
            .connect(host: "127.0.0.1", port: proxy.upstream)
            .whenSuccess { channel in
                let (handler, context) = bound.value
                handler.peer = channel
                let reply = ByteBuffer(string: "HTTP/1.1 200 Connection established\r\n\r\n")
                context.writeAndFlush(handler.wrapOutboundOut(reply), promise: nil)
            }
    }

    private var isAuthorized: Bool {
        head.lowercased().contains("proxy-authorization: \(proxy.authorization.lowercased())\r\n")
    }

    func channelInactive(context: ChannelHandlerContext) { peer?.close(promise: nil) }
}

private final class Returning: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let client: any Channel

    init(_ client: any Channel) { self.client = client }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        client.writeAndFlush(unwrapInboundIn(data), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { client.close(promise: nil) }
}
