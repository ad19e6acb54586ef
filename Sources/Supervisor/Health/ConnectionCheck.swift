internal import Glibc
internal import LinuxSystem
internal import SystemPackage
internal import Vocabulary

/// A connection to a port of the container, made inside its network; for `http` with a request and the first line of
/// the answer.
final class ConnectionCheck: HealthCheckRun {
    private let namespace: SharedDescriptor
    private let loop: EventLoop
    private let path: String?
    private let finish: (CheckOutcome) -> Void
    private var rest: [SocketAddress]
    private var socket: SharedDescriptor?
    private var token: EventLoop.Token?
    private var isConnected = false
    private var answer: [UInt8] = []
    /// Why the address before was of no use.
    private var problem = "no address takes connections"

    /// How much of an answer is looked at for its first line, in bytes.
    private static let answerLimit = 1024

    /// - Parameters:
    ///   - path: of the request; `nil` for a connection alone.
    ///   - addresses: which are tried after the loopback.
    ///   - finish: is never called before `begin`, and at most once.
    init(
        port: UInt16, path: String?, addresses: [IPAddress], in namespace: SharedDescriptor, on loop: EventLoop,
        finish: @escaping (CheckOutcome) -> Void
    ) {
        self.namespace = namespace
        self.loop = loop
        self.path = path
        self.finish = finish
        rest = ([.v4(.loopback), .v6(.loopback)] + addresses).map { SocketAddress($0, port: port) }
    }

    func begin() { tryNext() }

    func kill() { end(false, "it took too long") }

    func close() {
        loop.unwatch(token)
        token = nil
        socket = nil
        rest = []
    }

    private func end(_ isSuccess: Bool, _ text: String) {
        close()
        finish(CheckOutcome(isSuccess: isSuccess, code: nil, output: text))
    }

    private func tryNext() {
        loop.unwatch(token)
        token = nil
        socket = nil
        guard !rest.isEmpty else { return end(false, problem) }
        let address = rest.removeFirst()
        do throws(SystemError) {
            let opened = SharedDescriptor(
                try NetworkNamespace.run(in: namespace.descriptor) { () throws(SystemError) in
                    try address.makeSocket(.tcp)
                })
            socket = opened
            let code = address.withRaw { Glibc.connect(opened.rawValue, $0, $1) == 0 ? nil : Errno.last }
            guard code == nil || code == .nowInProgress else {
                problem = "\(code ?? .ioError)"
                return tryNext()
            }
            token = try loop.watch(opened.rawValue, .writable) { [unowned self] _ in ready() }
        } catch {
            problem = "\(error.errno)"
            tryNext()
        }
    }

    private func ready() {
        guard let socket else { return }
        if isConnected { return read(socket) }
        if let error = SocketOption.takeError(socket.rawValue) {
            problem = "\(error)"
            return tryNext()
        }
        guard let path else { return end(true, "") }
        isConnected = true
        do throws(SystemError) {
            // A new connection has room for so little.
            try socket.descriptor.write(
                "GET \(path) HTTP/1.1\r\nHost: localhost\r\nUser-Agent: trice\r\nConnection: close\r\n\r\n".utf8)
            if let token { try loop.change(token, to: .readable) }
        } catch {
            end(false, "\(error.errno)")
        }
    }

    private func read(_ socket: SharedDescriptor) {
        let part: [UInt8]
        do throws(SystemError) {
            part = try socket.descriptor.read(atMost: Self.answerLimit)
        } catch {
            if error.errno == .wouldBlock { return }
            return end(false, "\(error.errno)")
        }
        answer += part
        if let line = HTTPStatusLine(in: answer) {
            end(line.isSuccess, "the answer is \(line.text)")
        } else if part.isEmpty || answer.count >= Self.answerLimit {
            end(false, "the answer is no HTTP")
        }
    }
}

/// The first line of an answer; RFC 9112 section 4.
struct HTTPStatusLine: Sendable, Hashable {
    let code: Int
    let text: String

    /// From 200 to 399.
    var isSuccess: Bool { (200..<400).contains(code) }

    /// `nil` while the line is not complete, and for what is not such a line.
    init?(in bytes: [UInt8]) {
        guard let end = bytes.firstIndex(of: 10) else { return nil }
        let line = String(decoding: bytes[..<end], as: UTF8.self)
        let parts = line.split(whereSeparator: \.isWhitespace)
        guard parts.count >= 2, parts[0].hasPrefix("HTTP/"), parts[1].count == 3, let code = Int(parts[1]) else {
            return nil
        }
        self.code = code
        text = parts.dropFirst().joined(separator: " ")
    }
}
