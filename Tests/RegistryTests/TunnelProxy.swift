import Dispatch
import Synchronization
import TestSupport

@testable import Registry

/// An HTTP proxy that only knows CONNECT, demands a user, and leads every tunnel to one port of this machine.
final class TunnelProxy: Sendable {
    private let listener: SocketListener
    private let authorization: String
    private let upstream: UInt16
    private let heads = Mutex<[String]>([])

    var port: Int { Int(listener.port) }

    /// What clients asked for, line by line.
    var requests: [String] { heads.withLock { $0 } }

    /// - Parameter authorization: the value of `Proxy-Authorization` that opens the tunnel.
    static func tunnelling<Result>(
        to upstream: UInt16, authorization: String, _ body: (TunnelProxy) async throws -> Result
    ) async throws -> Result {
        let proxy = try TunnelProxy(upstream, authorization)
        proxy.listener.start { [proxy] socket in
            // A tunnel that breaks shows in the test by what does not come through.
            try? proxy.serve(socket)
        }
        defer { proxy.listener.stop() }
        return try await body(proxy)
    }

    private init(_ upstream: UInt16, _ authorization: String) throws {
        listener = try SocketListener()
        self.upstream = upstream
        self.authorization = authorization
    }

    private func serve(_ client: Socket) throws {
        let input = SocketReader(client)
        while let line = try input.line() {
            let headers = try input.headers()
            heads.withLock { $0.append(line) }
            guard headers.first(name: "Proxy-Authorization") == authorization else {
                try client.send("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
                continue
            }
            let server = try Socket(connecting: .tcp, to: TestSupport.Endpoint("127.0.0.1", upstream), timeout: 60)
            try client.send("HTTP/1.1 200 Connection established\r\n\r\n")
            return tunnel(client, server)
        }
    }

    /// Passes bytes on in both directions until one side ends.
    private func tunnel(_ client: Socket, _ server: Socket) {
        let back = DispatchGroup()
        DispatchQueue(label: "tunnel").async(group: back) { Self.copy(from: server, to: client) }
        Self.copy(from: client, to: server)
        back.wait()
    }

    private static func copy(from source: Socket, to target: Socket) {
        // A side that is gone ends the tunnel.
        while let bytes = try? source.receive(), !bytes.isEmpty {
            guard (try? target.send(bytes)) != nil else { break }
        }
        source.shutDown()
        target.shutDown()
    }
}
