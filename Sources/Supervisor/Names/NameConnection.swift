internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// Messages over a connection: each has its length before it; RFC 1035, section 4.2.2, and RFC 7766.
struct MessageStream {
    private var input: [UInt8] = []
    private var output: [UInt8] = []
    /// A peer that reads nothing is not written for without end.
    private static let outputLimit = 1 << 20

    var hasOutput: Bool { !output.isEmpty }
    var isOverfull: Bool { output.count > Self.outputLimit }

    mutating func append(_ message: [UInt8]) {
        output += [UInt8(truncatingIfNeeded: message.count >> 8), UInt8(truncatingIfNeeded: message.count)]
        output += message
    }

    /// Reads what there is.
    ///
    /// - Returns: the messages that are complete; `nil` at the end of the connection.
    mutating func receive(from socket: Int32, _ buffer: inout [UInt8]) -> [[UInt8]]? {
        let count = recv(socket, &buffer, buffer.count, 0)
        guard count > 0 else { return count < 0 && Errno.last == .wouldBlock ? [] : nil }
        input += buffer[..<count]
        var messages: [[UInt8]] = []
        while input.count >= 2 {
            let length = Int(input[0]) << 8 | Int(input[1])
            guard input.count >= 2 + length else { break }
            messages.append(Array(input[2..<2 + length]))
            input.removeFirst(2 + length)
        }
        return messages
    }

    /// Writes what the socket takes.
    ///
    /// - Returns: `false` when the connection has failed.
    mutating func flush(to socket: Int32) -> Bool {
        while !output.isEmpty {
            let count = send(socket, output, output.count, Int32(MSG_NOSIGNAL))
            guard count > 0 else { return Errno.last == .wouldBlock }
            output.removeFirst(count)
        }
        return true
    }
}

/// A client's connection to the resolver.
final class NameConnection {
    let socket: SharedDescriptor
    var token: EventLoop.Token?
    var stream = MessageStream()
    /// When it is closed, unless something comes before.
    var deadline: ContinuousClock.Instant

    /// How long a connection without questions stays open; RFC 7766, section 6.2.3.
    static let idleLimit = Duration.seconds(10)

    init(_ socket: SharedDescriptor) {
        self.socket = socket
        deadline = .now.advanced(by: Self.idleLimit)
    }
}
