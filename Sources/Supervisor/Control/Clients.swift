internal import Glibc
internal import LinuxSystem
internal import SupervisorProtocol
internal import SystemPackage

/// A connection to a client that waits for its response.
private final class Client {
    let socket: MessageSocket
    var token: EventLoop.Token?
    /// Whether its request has come: whatever comes later is its departure.
    var isServed = false

    init(_ socket: consuming MessageSocket) {
        self.socket = socket
    }
}

/// The control socket and its connections: reads one request from each, and sends the response.
final class Clients {
    /// What a request leads to; a thrown `SupervisorError` is the answer.
    typealias Handler = (IncomingRequest, [SharedDescriptor], UInt64) throws -> Void

    private let loop: EventLoop
    private let listener: MessageSocket
    private var clients: [UInt64: Client] = [:]
    /// 0 is no client.
    private var lastID: UInt64 = 0
    private var serve: Handler = { _, _, _ in }
    private var leave: (UInt64) -> Void = { _ in }

    /// Listens at the path.
    init(at path: FilePath, on loop: EventLoop) throws {
        self.loop = loop
        listener = try MessageSocket.listen(at: path)
        try listener.descriptor.setNonblocking()
        _ = try loop.watch(listener.descriptor.rawValue) { [unowned self] _ in try acceptAll() }
    }

    /// - Parameter left: called for a client that leaves before it was answered.
    func begin(serving: @escaping Handler, left: @escaping (UInt64) -> Void) {
        serve = serving
        leave = left
    }

    /// Sends the response and closes the connection; a client that has left is fine.
    func answer(_ id: UInt64, _ response: Response) {
        send(response, to: id)
    }

    func answer(_ id: UInt64, _ response: FrozenResponse) {
        send(response, to: id)
    }

    private func send(_ response: some Encodable, to id: UInt64) {
        guard let client = clients[id] else { return }
        Journal.perform("answer a client") { try client.socket.send(try Coding.encode(response)) }
        drop(id)
    }

    /// Sends one of many responses; a client that does not read them loses its connection.
    func tell(_ id: UInt64, _ response: Response) {
        guard let client = clients[id] else { return }
        do {
            try client.socket.send(try Coding.encode(response))
        } catch {
            gone(id)
        }
    }

    private func acceptAll() throws {
        while let client = try accept() {
            let peer = try client.socket.peer()
            // Closing without a word is the answer to strangers; the socket's mode keeps them out already.
            guard peer.user == 0 || peer.user == geteuid() else { continue }
            try client.socket.descriptor.setNonblocking()
            lastID += 1
            let id = lastID
            client.token = try loop.watch(client.socket.descriptor.rawValue) { [unowned self] _ in ready(id) }
            clients[id] = client
        }
    }

    private func accept() throws(SystemError) -> Client? {
        do throws(SystemError) {
            return Client(try listener.accept())
        } catch  where error.errno == .wouldBlock || error.errno == .connectionAbort {
            return nil
        }
    }

    private func ready(_ id: UInt64) {
        guard let client = clients[id] else { return }
        if client.isServed { return gone(id) }
        do {
            guard let message = try client.socket.receive() else { return gone(id) }
            let descriptors = message.descriptors.map { SharedDescriptor(OwnedDescriptor(owning: $0)) }
            client.isServed = true
            if let token = client.token { try loop.change(token, to: .peerEnded) }
            try serve(try IncomingRequest(message.bytes), descriptors, id)
        } catch let error as SupervisorError {
            answer(id, Response(error))
        } catch let error as SystemError where error.errno == .wouldBlock {
            return
        } catch {
            answer(id, Response(SupervisorError(.system, "Could not serve the request", cause: error)))
        }
    }

    private func gone(_ id: UInt64) {
        leave(id)
        drop(id)
    }

    private func drop(_ id: UInt64) {
        loop.unwatch(clients[id]?.token)
        clients[id] = nil
    }
}
