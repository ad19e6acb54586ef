internal import LinuxSystem
internal import Synchronization

/// Sends single requests and gives their answers as they are: no redirects, no credentials, no second attempt.
///
/// Proxies, certificates and time limits are settled here.
final class Transport: Sendable {
    /// How long an answer may take once the request is sent.
    enum RequestTimeout: Hashable {
        case usual
        /// A registry that is given the end of a blob may have to copy or to hash all of it first.
        case commit
    }

    private enum State {
        case idle
        case running(TransferLoop)
        case shutDown
    }

    private let proxies: ProxySettings
    private let certificates: Certificates
    private let timeouts: RegistryTimeouts
    private let userAgent: String
    private let state = Mutex(State.idle)
    private let configurations = Mutex<[Endpoint: TLSOptions]>([:])

    init(proxies: ProxySettings, certificates: Certificates, timeouts: RegistryTimeouts, userAgent: String) {
        self.proxies = proxies
        self.certificates = certificates
        self.timeouts = timeouts
        self.userAgent = userAgent
    }

    /// Closes all connections; what is sent later fails.
    func shutdown() async {
        let loop = state.withLock { state -> TransferLoop? in
            defer { state = .shutDown }
            guard case .running(let loop) = state else { return nil }
            return loop
        }
        await loop?.shutdown()
    }

    /// Sends a request and waits for the head of its answer.
    ///
    /// - Parameters:
    ///   - endpoint: whose certificates and settings count, also where the address is a token server's or a mirror's.
    ///   - what: completes "Could not …".
    func send(
        _ request: HTTPRequest, for endpoint: Endpoint, _ what: String, timeout: RequestTimeout = .usual
    ) async throws(RegistryError) -> HTTPResponse {
        let address = request.address
        let proxy = proxies.proxy(for: address)
        var order = TransferOrder(
            request: request, proxy: proxy, connect: timeouts.connect, stall: timeouts.stall,
            answer: timeout == .usual ? timeouts.stall : timeouts.commit)
        order.request.headers.add(name: "User-Agent", value: userAgent)
        if address.scheme == .https { order.tls = try configuration(for: endpoint) }
        guard let loop = try loop(what) else { throw RegistryError.cancelled(what) }
        do throws(TransportFailure) {
            return try await perform(order, on: loop)
        } catch {
            throw error.error(what, address, for: endpoint, proxy: proxy.map { "\($0.host):\($0.port)" })
        }
    }

    private func perform(_ order: TransferOrder, on loop: TransferLoop) async throws(TransportFailure) -> HTTPResponse {
        let stream = TransferStream(loop)
        let body = ResponseBody(stream)
        loop.post(.start(order, stream))
        guard case .content(let content)? = order.request.body else {
            return HTTPResponse(head: try await stream.head(), body: body)
        }
        async let sending: Void = stream.send(content)
        let head = try await stream.head()
        if head.status >= 300 { stream.refuseContent() }
        await sending
        return HTTPResponse(head: head, body: body)
    }

    /// Replaces `piece` by the next one of a body; `false` at its end.
    func next(
        _ piece: inout [UInt8], of body: ResponseBody, from address: WebAddress, for endpoint: Endpoint, _ what: String
    ) async throws(RegistryError) -> Bool {
        do throws(TransportFailure) {
            return try await body.next(&piece)
        } catch {
            throw error.error(what, address, for: endpoint, proxy: nil)
        }
    }

    /// A whole small body.
    ///
    /// - Throws: `.tooLarge` beyond the limit.
    func collect(
        _ body: ResponseBody, upTo limit: Int, from host: String, _ what: String
    ) async throws(RegistryError) -> [UInt8] {
        var bytes: [UInt8] = []
        var piece: [UInt8] = []
        do throws(TransportFailure) {
            while try await body.next(&piece), bytes.count <= limit { bytes += piece }
        } catch {
            guard error.kind != .cancelled else { throw RegistryError.cancelled(what) }
            throw RegistryError(
                .connectionBroken, "Could not \(what): the connection to \(host) broke. Try again.", cause: error,
                retry: .connection)
        }
        guard bytes.count <= limit else {
            throw RegistryError(
                .tooLarge,
                "Could not \(what): \(host) answered with more than \(limit >> 20) MiB. Check what it serves.")
        }
        return bytes
    }
}

extension Transport {
    private func configuration(for endpoint: Endpoint) throws(RegistryError) -> TLSOptions {
        if let known = configurations.withLock({ $0[endpoint] }) { return known }
        let made = try certificates.options(for: endpoint)
        configurations.withLock { $0[endpoint] = made }
        return made
    }

    /// The loop, started by the first request; `nil` after the shutdown.
    private func loop(_ what: String) throws(RegistryError) -> TransferLoop? {
        do throws(SystemError) {
            return try state.withLock { (state) throws(SystemError) -> TransferLoop? in
                switch state {
                case .running(let loop): return loop
                case .shutDown: return nil
                case .idle:
                    let loop = try TransferLoop()
                    state = .running(loop)
                    return loop
                }
            }
        } catch {
            throw RegistryError(.connectionBroken, "Could not \(what): \(error)", cause: error)
        }
    }
}

/// How long a registry may be silent.
package struct RegistryTimeouts: Hashable, Sendable {
    /// Until a connection stands.
    package var connect: Duration = .seconds(10)
    /// Until the next bytes come or can be sent.
    package var stall: Duration = .seconds(30)
    /// Until a registry that has got all of a blob answers.
    package var commit: Duration = .seconds(300)

    package init() {}
}
