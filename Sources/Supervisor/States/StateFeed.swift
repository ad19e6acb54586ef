internal import LinuxSystem
package import SupervisorProtocol
internal import SystemPackage
internal import Vocabulary

/// What a supervisor tells of its containers, for as long as this is kept.
package final class StateFeed {
    /// What a look at the connection finds.
    package enum Arrival: Sendable {
        /// These containers have changed, the first ones first.
        case changes([ContainerStatus])
        /// The supervisor tells no more: it has ended, or this client read too slowly.
        case end
    }

    /// All containers as they were when the supervisor began to tell.
    package let first: [ContainerStatus]
    private let socket: MessageSocket

    private init(first: [ContainerStatus], socket: consuming MessageSocket) {
        self.first = first
        self.socket = socket
    }

    /// Readable when there is something to look at.
    package var descriptor: Int32 { socket.descriptor.rawValue }

    /// All that has come since the last look; does not wait.
    package func look() throws(SupervisorError) -> [Arrival] {
        var arrivals: [Arrival] = []
        while true {
            switch try Self.receive(from: socket) {
            case .nothing: return arrivals
            case .end: return arrivals + [.end]
            case .response(.containers(let statuses)): arrivals.append(.changes(statuses))
            case .response: throw SupervisorClient.unexpected
            }
        }
    }

    private enum Message {
        case response(Response)
        case nothing
        case end
    }

    private static func receive(from socket: borrowing MessageSocket) throws(SupervisorError) -> Message {
        do {
            guard let message = try socket.receive() else { return .end }
            return .response(try Coding.decode(Response.self, message.bytes))
        } catch let error as SystemError where error.errno == .wouldBlock {
            return .nothing
        } catch let error as SystemError where error.errno == .connectionReset {
            return .end
        } catch {
            throw SupervisorError(.system, "Could not read what the supervisor tells of its containers.", cause: error)
        }
    }

    /// Asks for the feed and waits for its beginning.
    fileprivate static func open(_ directory: RunDirectory) throws(SupervisorError) -> StateFeed {
        let socket = try SupervisorExchange(directory).open(Envelope(Request.follow))
        var statuses: [ContainerStatus] = []
        while case .response(let response) = try receive(from: socket) {
            switch response {
            case .containers(let some): statuses += some
            case .failed(let code, let text): throw SupervisorError(SupervisorError.Code(name: code), text)
            case .done:
                do throws(SystemError) {
                    try socket.descriptor.setNonblocking()
                } catch {
                    throw SupervisorError(.system, "Could not follow the supervisor's containers.", cause: error)
                }
                return StateFeed(first: statuses, socket: socket)
            default: throw SupervisorClient.unexpected
            }
        }
        throw SupervisorError(.unreachable, "The supervisor of `\(directory.path)` ended before it answered.")
    }
}

extension SupervisorClient {
    /// Has the supervisor tell of its containers from now on.
    ///
    /// - Throws: code `unreachable` when it has ended, `unsupported` when it is too old.
    package func follow() throws(SupervisorError) -> StateFeed {
        guard features.contains(.states) else { throw lacks(.states) }
        return try StateFeed.open(directory)
    }

    /// Has those that follow look at a container again, after a pause for instance.
    package func announce(_ name: String) throws(SupervisorError) {
        try expectDone(.announce(name: name))
    }
}
