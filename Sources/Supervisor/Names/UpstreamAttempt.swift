internal import Glibc
internal import LinuxSystem
internal import Names
internal import SystemPackage
internal import Vocabulary

/// A server for names that the environment does not have.
struct Upstream: Hashable, Sendable {
    var server: NameServer
    /// The container from inside of which it is asked; `nil` for the host.
    var container: String?

    /// The address with port 53.
    fileprivate var socketAddress: SocketAddress {
        SocketAddress(server.address, port: 53, scope: server.zone.map { if_nametoindex($0) } ?? 0)
    }
}

/// One question to one server, on a socket of its own: its port and its id are hard to guess (RFC 5452).
final class UpstreamAttempt {
    enum Outcome {
        /// Nothing yet.
        case waiting
        case answered([UInt8])
        case failed
    }

    /// The number of the server.
    let server: Int
    let socket: SharedDescriptor
    let transport: Transport
    var token: EventLoop.Token?
    private let query: Query
    private let id: UInt16
    private var stream = MessageStream()

    /// Sends the question, or begins the connection for it.
    ///
    /// - Parameter namespace: the one to ask from; `nil` for that of the host.
    init(
        _ query: Query, to upstream: Upstream, server: Int, by transport: Transport, in namespace: SharedDescriptor?
    ) throws(SystemError) {
        let address = upstream.socketAddress
        let make = { () throws(SystemError) -> SharedDescriptor in SharedDescriptor(try address.makeSocket(transport)) }
        if let namespace {
            socket = try NetworkNamespace.run(in: namespace.descriptor, make)
        } else {
            socket = try make()
        }
        self.server = server
        self.transport = transport
        self.query = query
        id = UInt16.random(in: 0...UInt16.max)
        let fd = socket.rawValue
        do throws(SystemError) {
            try systemCall("connect", "\(upstream.server.address)") { address.withRaw { connect(fd, $0, $1) } }
        } catch  where error.errno == .nowInProgress {
            // The connection is there when the socket becomes writable.
        }
        let question = query.forwarded(as: id)
        if transport == .tcp {
            stream.append(question)
        } else {
            try systemCall("send", "\(upstream.server.address)") {
                send(fd, question, question.count, Int32(MSG_NOSIGNAL))
            }
        }
    }

    /// What to watch for.
    var readiness: EventPoll.Readiness { stream.hasOutput ? [.readable, .writable] : .readable }

    func ready(_ buffer: inout [UInt8]) -> Outcome {
        transport == .tcp ? readyStream(&buffer) : readyDatagram(&buffer)
    }

    private func readyDatagram(_ buffer: inout [UInt8]) -> Outcome {
        let count = recv(socket.rawValue, &buffer, buffer.count, 0)
        guard count >= 0 else { return Errno.last == .wouldBlock ? .waiting : .failed }
        let bytes = Array(buffer[..<count])
        return query.isAnswered(by: bytes, to: id) ? .answered(bytes) : .waiting
    }

    private func readyStream(_ buffer: inout [UInt8]) -> Outcome {
        if SocketOption.takeError(socket.rawValue) != nil { return .failed }
        guard stream.flush(to: socket.rawValue),
            let messages = stream.receive(from: socket.rawValue, &buffer)
        else { return .failed }
        return messages.first { query.isAnswered(by: $0, to: id) }.map { .answered($0) } ?? .waiting
    }
}

/// A question that other servers are being asked.
final class ForwardedQuery {
    /// The way back.
    enum Client {
        case datagram(SocketAddress)
        case connection(UInt64)
    }

    let query: Query
    let container: String
    let client: Client
    /// The best first.
    let upstreams: [Upstream]
    var machine: Forwarding<ContinuousClock>
    var attempts: [UpstreamAttempt] = []
    /// What a server answered that has failed: the answer when no other one knows more.
    var failure: [UInt8]?

    init(_ query: Query, of container: String, for client: Client, _ upstreams: [Upstream]) {
        self.query = query
        self.container = container
        self.client = client
        self.upstreams = upstreams
        machine = Forwarding(serverCount: upstreams.count, now: .now)
    }
}
