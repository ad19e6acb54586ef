internal import Glibc
internal import LinuxSystem
internal import SupervisorProtocol
internal import SystemPackage

/// One request to the supervisor and its answer, on a connection of its own.
struct SupervisorExchange: Sendable {
    private let directory: RunDirectory
    /// Milliseconds within which a supervisor that lives answers `hello`.
    private static let timeout = 5000

    init(_ directory: RunDirectory) {
        self.directory = directory
    }

    /// The answer to `hello`, as it came.
    ///
    /// - Throws: `SupervisorError` of code `notAnswering` after five seconds, `unreachable` when no supervisor lives.
    func hello() throws(SupervisorError) -> [UInt8] {
        try exchange(Envelope(FrozenRequest.hello(features: Feature.current)), []) { pid throws(SupervisorError) in
            throw notAnswering(pid)
        }
    }

    /// The answer to a request that may take its time.
    ///
    /// - Throws: as `hello`; a supervisor that answers that meanwhile is waited for.
    func send(
        _ message: some Encodable, _ descriptors: [Int32] = []
    ) throws(SupervisorError) -> [UInt8] {
        try exchange(message, descriptors) { _ throws(SupervisorError) in _ = try hello() }
    }

    /// - Parameter whenLate: called with the pid of the supervisor each time that the time is up.
    private func exchange(
        _ message: some Encodable, _ descriptors: [Int32], whenLate: (Int32?) throws(SupervisorError) -> Void
    ) throws(SupervisorError) -> [UInt8] {
        do {
            let socket = try connect()
            try socket.send(try Coding.encode(message), descriptors: descriptors)
            while true {
                switch try Self.receive(from: socket) {
                case .message(let bytes): return bytes
                case .end:
                    throw SupervisorError(
                        .unreachable, "The supervisor of `\(directory.path)` ended before it answered.")
                // The process that listens: the peer as it was when it began to.
                case .late: try whenLate((try? socket.peer())?.pid)
                }
            }
        } catch let error as SupervisorError {
            throw error
        } catch {
            throw failure(error)
        }
    }

    /// Sends a request that has many answers.
    func open(_ message: some Encodable) throws(SupervisorError) -> MessageSocket {
        do {
            let socket = try connect()
            try socket.send(try Coding.encode(message))
            return socket
        } catch let error as SupervisorError {
            throw error
        } catch {
            throw failure(error)
        }
    }

    private func failure(_ error: any Error) -> SupervisorError {
        if let error = error as? SystemError, error.isAbsence {
            return SupervisorError(.unreachable, "No supervisor of `\(directory.path)` answers.", cause: error)
        }
        return SupervisorError(.system, "Could not talk to the supervisor of `\(directory.path)`.", cause: error)
    }

    private enum Arrival {
        case message([UInt8])
        case end
        case late
    }

    private static func receive(from socket: borrowing MessageSocket) throws(SystemError) -> Arrival {
        do throws(SystemError) {
            guard let message = try socket.receive() else { return .end }
            return .message(message.bytes)
        } catch  where error.errno == .wouldBlock {
            return .late
        }
    }

    private func connect() throws -> MessageSocket {
        do throws(SystemError) {
            return try MessageSocket.connect(to: directory.socket, timeout: Self.timeout)
        } catch  where error.errno == .wouldBlock {
            throw notAnswering(nil)
        }
    }

    private func notAnswering(_ pid: Int32?) -> SupervisorError {
        let process = pid.map { "process \($0)" } ?? "the process that holds `\(directory.lock)`"
        let number = pid.map { "\($0)" } ?? "PID"
        return SupervisorError(
            .notAnswering,
            "The supervisor of `\(directory.path)`, \(process), has not answered for \(Self.timeout / 1000) s. If it was "
                + "stopped, continue it with `kill -CONT \(number)`; otherwise end it with `kill -KILL \(number)`: the "
                + "containers run on, and another one takes them over.")
    }
}

extension SystemError {
    /// Whether it means that no process is at the other end of a socket.
    fileprivate var isAbsence: Bool {
        [.noSuchFileOrDirectory, .connectionRefused, .connectionReset, .brokenPipe].contains(errno)
    }
}
