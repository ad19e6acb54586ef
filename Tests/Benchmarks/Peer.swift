import Foundation
import Glibc
import TestSupport

/// The other ends of what is measured, as modes of this program that run in a container's network namespace:
/// `serve PORT BYTES` answers TCP connections and UDP messages, `look-up ADDRESS PORT NAME COUNT` asks for names,
/// `fetch ADDRESS PORT BYTES` reads what such a server sends; the last two print nanoseconds.
enum Peer {
    /// - Returns: the exit code, or `nil` when the words are of no mode.
    static func run(_ words: [String]) throws -> Int32? {
        switch words.first {
        case "serve" where words.count == 3:
            guard let port = UInt16(words[1]), let bytes = Int(words[2]) else { return 64 }
            try serve(port, bytes)
        case "look-up" where words.count == 5:
            guard let port = UInt16(words[2]), let count = Int(words[4]) else { return 64 }
            print(try lookUp(words[3], at: Endpoint(words[1], port), count: count))
        case "fetch" where words.count == 4:
            guard let port = UInt16(words[2]), let bytes = Int(words[3]) else { return 64 }
            print(nanoseconds(try download(from: Endpoint(words[1], port), bytes: bytes)))
        default: return nil
        }
        return 0
    }

    /// This program as that peer in the network namespace of a process.
    static func command(_ words: String..., inNamespaceOf process: Int32) -> Command {
        Command("nsenter", ["--net=/proc/\(process)/ns/net", "/proc/\(getpid())/exe"] + words)
    }

    // MARK: - Client

    /// Asks for as many bytes as the server was told to send, and reads them; how long that took.
    static func download(from endpoint: Endpoint, bytes: Int) throws -> Duration {
        let start = ContinuousClock.now
        let socket = try RawSocket(SOCK_STREAM)
        try socket.connect(to: endpoint)
        try socket.send("b")
        var left = bytes
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while left > 0 {
            let count = recv(socket.descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { throw TestError("the transfer from port \(endpoint.port) ended early") }
            left -= count
        }
        return ContinuousClock.now - start
    }

    /// New connections one after the other, each with one byte to and fro; how long all took.
    static func connections(_ count: Int, to endpoint: Endpoint) throws -> Duration {
        let start = ContinuousClock.now
        var byte: UInt8 = 0
        for _ in 0..<count {
            let socket = try RawSocket(SOCK_STREAM)
            try socket.connect(to: endpoint)
            try socket.send("s")
            guard recv(socket.descriptor, &byte, 1, 0) == 1 else {
                throw TestError("a connection to port \(endpoint.port) had no answer")
            }
        }
        return ContinuousClock.now - start
    }

    /// Look-ups of an IPv4 address one after the other; what all took in nanoseconds.
    private static func lookUp(_ name: String, at endpoint: Endpoint, count: Int) throws -> Int64 {
        // RFC 1035, section 4.1: one question, recursion desired, type A, class IN.
        var query: [UInt8] = [0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]
        for label in name.split(separator: ".") { query += [UInt8(label.utf8.count)] + Array(label.utf8) }
        query += [0, 0, 1, 0, 1]
        let socket = try RawSocket(SOCK_DGRAM)
        try socket.connect(to: endpoint)
        var answer = [UInt8](repeating: 0, count: 4096)
        let start = ContinuousClock.now
        for number in 0..<count {
            query[0] = UInt8(number >> 8 & 255)
            query[1] = UInt8(number & 255)
            guard send(socket.descriptor, query, query.count, 0) == query.count,
                recv(socket.descriptor, &answer, answer.count, 0) >= query.count, answer[0...1] == query[0...1]
            else { throw TestError("no answer about \(name) from \(endpoint.address): \(TestError.reason())") }
        }
        return nanoseconds(ContinuousClock.now - start)
    }

    private static func nanoseconds(_ duration: Duration) -> Int64 {
        duration.components.seconds * 1_000_000_000 + duration.components.attoseconds / 1_000_000_000
    }

    // MARK: - Server

    /// One connection at a time, for ever; `b` is answered with many bytes, anything else with one.
    private static func serve(_ port: UInt16, _ bytes: Int) throws {
        let stream = try RawSocket(SOCK_STREAM)
        let datagrams = try RawSocket(SOCK_DGRAM)
        try stream.bind(to: port)
        try datagrams.bind(to: port)
        listen(stream.descriptor, 128)
        let block = [UInt8](repeating: 120, count: 256 << 10)
        var message = [UInt8](repeating: 0, count: 4096)
        while true {
            var both = [
                pollfd(fd: stream.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: datagrams.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            poll(&both, 2, -1)
            if both[1].revents != 0 { datagrams.echo(&message) }
            guard both[0].revents != 0 else { continue }
            let client = RawSocket(owning: accept(stream.descriptor, nil, nil))
            guard recv(client.descriptor, &message, 1, 0) == 1 else { continue }
            var left = message[0] == 98 ? bytes : 1
            while left > 0 {
                let count = send(client.descriptor, block, min(left, block.count), Int32(MSG_NOSIGNAL))
                if count <= 0 { break }
                left -= count
            }
        }
    }
}

/// A socket without what tests need, closed with its owner.
final class RawSocket {
    let descriptor: Int32

    init(_ kind: __socket_type) throws {
        descriptor = socket(AF_INET, Int32(kind.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw TestError("cannot open a socket: \(TestError.reason())") }
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    init(owning descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    private func withAddress(
        _ address: in_addr, _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var all = sockaddr_in()
        all.sin_family = sa_family_t(AF_INET)
        all.sin_port = port.bigEndian
        all.sin_addr = address
        return withUnsafePointer(to: all) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }

    func connect(to endpoint: Endpoint) throws {
        var address = in_addr()
        inet_pton(AF_INET, endpoint.address, &address)
        guard withAddress(address, endpoint.port, { Glibc.connect(descriptor, $0, $1) }) == 0 else {
            throw TestError("cannot connect to \(endpoint.address):\(endpoint.port): \(TestError.reason())")
        }
    }

    func bind(to port: UInt16) throws {
        var isOn: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &isOn, socklen_t(MemoryLayout<Int32>.size))
        guard withAddress(in_addr(), port, { Glibc.bind(descriptor, $0, $1) }) == 0 else {
            throw TestError("cannot serve port \(port): \(TestError.reason())")
        }
        // A server waits for as long as nobody asks.
        var limit = timeval()
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    func send(_ text: String) throws {
        let bytes = Array(text.utf8)
        guard Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw TestError("cannot send: \(TestError.reason())")
        }
    }

    /// Sends one message back to where it came from.
    func echo(_ buffer: inout [UInt8]) {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { peer in
                let count = recvfrom(descriptor, &buffer, buffer.count, 0, peer, &length)
                if count > 0 { _ = sendto(descriptor, buffer, count, 0, peer, length) }
            }
        }
    }
}
