import Dispatch
import Synchronization
import TestSupport

@testable import Registry

/// Takes connections on a free port of the loopback, each on a thread of its own.
final class SocketListener: Sendable {
    private struct State {
        var connections: [ObjectIdentifier: Socket] = [:]
        var isStopped = false
    }

    let port: UInt16
    private let socket: Socket
    private let state = Mutex(State())

    init() throws {
        socket = try Socket(binding: .tcp, to: TestSupport.Endpoint("127.0.0.1", 0))
        port = try socket.port
    }

    /// Takes connections until `stop`; each is closed when `serve` returns.
    func start(_ serve: @escaping @Sendable (Socket) -> Void) {
        DispatchQueue(label: "listener \(port)").async { [self] in
            // The listener has been shut down when none can be taken.
            while let connection = try? socket.accept() {
                let isStopped = state.withLock { state in
                    if !state.isStopped { state.connections[ObjectIdentifier(connection)] = connection }
                    return state.isStopped
                }
                if isStopped { return }
                DispatchQueue(label: "connection of \(port)").async { [self] in
                    serve(connection)
                    state.withLock { $0.connections[ObjectIdentifier(connection)] = nil }
                }
            }
        }
    }

    /// Takes no more connections and ends those that there are.
    func stop() {
        socket.shutDown()
        let connections = state.withLock { state in
            state.isStopped = true
            return Array(state.connections.values)
        }
        for connection in connections { connection.shutDown() }
    }
}

/// Reads a message of HTTP/1 from a socket.
final class SocketReader {
    private let socket: Socket
    private var buffer: [UInt8] = []
    private var position = 0

    init(_ socket: Socket) { self.socket = socket }

    /// Reads more; `false` at the end.
    private func fill() throws -> Bool {
        buffer.removeFirst(position)
        position = 0
        let more = try socket.receive()
        buffer += more
        return !more.isEmpty
    }

    /// A line without its end; `nil` where there is none any more.
    func line() throws -> String? {
        while true {
            if let end = buffer[position...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = buffer[position..<end]
                position = end + 1
                return String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
            }
            // What begins TLS has no lines.
            if position < buffer.count, buffer[position] < 0x20 { return "" }
            guard try fill() else { return nil }
        }
    }

    /// The fields up to the empty line.
    func headers() throws -> HTTPHeaders {
        var headers = HTTPHeaders()
        while let line = try line(), !line.isEmpty {
            guard let colon = line.firstIndex(of: ":") else { throw TestFailure("no field: \(line)") }
            headers.add(
                name: String(line[..<colon]), value: line[line.index(after: colon)...].trimmingBlanks)
        }
        return headers
    }

    /// So many bytes.
    func bytes(_ count: Int) throws -> [UInt8] {
        while buffer.count - position < count {
            guard try fill() else { throw TestFailure("the message ends too early") }
        }
        defer { position += count }
        return Array(buffer[position..<position + count])
    }

    /// All that comes.
    func rest() throws -> [UInt8] {
        while try fill() {}
        return buffer
    }

    /// Reads and forgets all that comes.
    func drain() throws {
        while try fill() { position = buffer.count }
    }
}
