import Glibc

/// A host and a port as numbers, IPv4 or IPv6.
package struct Endpoint: Hashable, Sendable {
    package var address: String
    package var port: UInt16

    package init(_ address: String, _ port: UInt16) {
        self.address = address
        self.port = port
    }

    var isVersion6: Bool { address.contains(":") }

    fileprivate func withSocketAddress<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) throws -> R) throws -> R {
        if isVersion6 {
            var socketAddress = sockaddr_in6()
            socketAddress.sin6_family = sa_family_t(AF_INET6)
            socketAddress.sin6_port = port.bigEndian
            guard inet_pton(AF_INET6, address, &socketAddress.sin6_addr) == 1 else {
                throw TestError("\(address) is no IPv6 address")
            }
            return try withUnsafePointer(to: socketAddress) {
                try $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    try body($0, socklen_t(MemoryLayout<sockaddr_in6>.size))
                }
            }
        }
        var socketAddress = sockaddr_in()
        socketAddress.sin_family = sa_family_t(AF_INET)
        socketAddress.sin_port = port.bigEndian
        guard inet_pton(AF_INET, address, &socketAddress.sin_addr) == 1 else {
            throw TestError("\(address) is no IPv4 address")
        }
        return try withUnsafePointer(to: socketAddress) {
            try $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                try body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}

/// A blocking socket with a time limit, closed with its owner.
package final class Socket: Sendable {
    package enum Kind: Sendable { case tcp, udp }

    private let descriptor: Int32

    private init(kind: Kind, isVersion6: Bool) throws {
        let type = Int32(kind == .tcp ? SOCK_STREAM.rawValue : SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        descriptor = socket(isVersion6 ? AF_INET6 : AF_INET, type, 0)
        guard descriptor >= 0 else { throw TestError("cannot open a socket: \(TestError.reason())") }
    }

    private init(owning descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Connects; every later read and write takes at most `timeout` seconds.
    package convenience init(connecting kind: Kind, to endpoint: Endpoint, timeout: Int = 3) throws {
        try self.init(kind: kind, isVersion6: endpoint.isVersion6)
        limit(seconds: timeout)
        let result = try endpoint.withSocketAddress { connect(descriptor, $0, $1) }
        guard result == 0 else {
            throw TestError("cannot connect to \(endpoint.address) port \(endpoint.port): \(TestError.reason())")
        }
    }

    /// Binds (and listens, for TCP) on an address of the host.
    package convenience init(binding kind: Kind, to endpoint: Endpoint) throws {
        try self.init(kind: kind, isVersion6: endpoint.isVersion6)
        var on: Int32 = 1
        if endpoint.isVersion6 {
            setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &on, socklen_t(MemoryLayout<Int32>.size))
        }
        let result = try endpoint.withSocketAddress { bind(descriptor, $0, $1) }
        guard result == 0, kind == .udp || listen(descriptor, 128) == 0 else {
            throw TestError("cannot bind \(endpoint.address) port \(endpoint.port): \(TestError.reason())")
        }
    }

    /// The port that it is bound to.
    package var port: UInt16 {
        get throws {
            var address = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let port = try withUnsafeMutableBytes(of: &address) { bytes -> UInt16 in
                guard let base = bytes.baseAddress,
                    getsockname(descriptor, base.assumingMemoryBound(to: sockaddr.self), &length) == 0
                else { throw TestError("a socket has no name: \(TestError.reason())") }
                // IPv4 and IPv6 have the port in one place.
                return bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self)
            }
            return UInt16(bigEndian: port)
        }
    }

    /// Waits for a connection, whose reads and writes take as long as they take.
    /// - Throws: Also when this socket has been shut down.
    package func accept() throws -> Socket {
        while true {
            let accepted = Glibc.accept(descriptor, nil, nil)
            guard accepted >= 0 else {
                if errno == EINTR || errno == ECONNABORTED { continue }
                throw TestError("no connection: \(TestError.reason())")
            }
            _ = fcntl(accepted, F_SETFD, FD_CLOEXEC)
            return Socket(owning: accepted)
        }
    }

    /// Ends what others wait for on this socket: connections, reads and writes.
    package func shutDown() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// Says that nothing more will be sent.
    package func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    private func limit(seconds: Int) {
        var time = timeval(tv_sec: seconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, size)
    }

    package func send(_ text: String) throws { try send(Array(text.utf8)) }

    package func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.send(descriptor, buffer.baseAddress?.advanced(by: sent), buffer.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count >= 0 || errno == EINTR else { throw TestError("cannot send: \(TestError.reason())") }
            sent += max(count, 0)
        }
    }

    /// One read; empty at the end of the stream.
    package func receive() throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count >= 0 else { throw TestError("no answer: \(TestError.reason())") }
        return Array(buffer[..<count])
    }

    /// Everything until the other side closes.
    package func receiveAll() throws -> String {
        var bytes: [UInt8] = []
        while true {
            let more = try receive()
            if more.isEmpty { return String(decoding: bytes, as: UTF8.self) }
            bytes += more
        }
    }

    /// Sends one message and returns the answer.
    package static func exchange(_ text: String, kind: Kind, with endpoint: Endpoint) throws -> String {
        let socket = try Socket(connecting: kind, to: endpoint)
        try socket.send(text)
        return String(decoding: try socket.receive(), as: UTF8.self)
    }
}

/// The answer of a web server.
package struct Response: Sendable {
    package var status: Int
    package var body: String

    /// Sends a request over a plain socket, without a client's caches, retries or proxies.
    package static func get(_ path: String = "/", from endpoint: Endpoint) throws -> Response {
        try request("GET \(path) HTTP/1.0\r\nHost: localhost\r\n\r\n", of: endpoint)
    }

    /// Repeats the request until an answer meets the condition; also while no server listens yet.
    package static func eventually(
        _ path: String = "/", from endpoint: Endpoint, _ condition: (Response) -> Bool = { $0.status == 200 }
    ) -> Bool {
        TestSupport.eventually { (try? get(path, from: endpoint)).map(condition) ?? false }
    }

    package static func post(_ body: String, path: String, to endpoint: Endpoint) throws -> Response {
        let head = "POST \(path) HTTP/1.0\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
        return try request(head + body, of: endpoint)
    }

    private static func request(_ text: String, of endpoint: Endpoint) throws -> Response {
        let socket = try Socket(connecting: .tcp, to: endpoint)
        try socket.send(text)
        let answer = try socket.receiveAll()
        let words = answer.prefix { $0 != "\r\n" && $0 != "\n" }.split(separator: " ")
        guard words.count >= 2, words[0].hasPrefix("HTTP/"), let status = Int(words[1]) else {
            throw TestError("this is no answer of a web server: \(answer.debugDescription)")
        }
        let head = answer.range(of: "\r\n\r\n") ?? answer.startIndex..<answer.startIndex
        return Response(status: status, body: String(answer[head.upperBound...]))
    }
}

extension String {
    /// The first occurrence of `other`, character by character, since `\r\n` is one character.
    fileprivate func range(of other: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(other) { return start..<index(start, offsetBy: other.count) }
            start = index(after: start)
        }
        return nil
    }
}
