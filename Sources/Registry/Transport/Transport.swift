internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL
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

    private struct ClientKey: Hashable {
        var proxy: ProxySettings.Proxy?
        var timeout: RequestTimeout
    }

    private enum State {
        case running([ClientKey: HTTPClient])
        case shutDown
    }

    private let proxies: ProxySettings
    private let certificates: Certificates
    private let timeouts: RegistryTimeouts
    private let userAgent: String
    private let state = Mutex(State.running([:]))
    private let configurations = Mutex<[Endpoint: TLSConfiguration]>([:])

    init(proxies: ProxySettings, certificates: Certificates, timeouts: RegistryTimeouts, userAgent: String) {
        self.proxies = proxies
        self.certificates = certificates
        self.timeouts = timeouts
        self.userAgent = userAgent
    }

    /// Closes all connections; what is sent later fails.
    func shutdown() async throws(RegistryError) {
        let clients = state.withLock { state in
            defer { state = .shutDown }
            guard case .running(let clients) = state else { return [HTTPClient]() }
            return Array(clients.values)
        }
        var failure: (any Error)?
        for client in clients {
            do { try await client.shutdown() } catch { failure = error }
        }
        if let failure {
            throw RegistryError(
                .connectionBroken, "Could not close the connections to the registries.", cause: failure)
        }
    }

    /// Sends a request and waits for the head of its answer.
    ///
    /// - Parameters:
    ///   - endpoint: whose certificates and settings count, also where the address is a token server's or a mirror's.
    ///   - what: completes "Could not …".
    func send(
        _ request: HTTPClientRequest, to address: WebAddress, for endpoint: Endpoint, _ what: String,
        timeout: RequestTimeout = .usual
    ) async throws(RegistryError) -> HTTPClientResponse {
        var request = request
        request.headers.replaceOrAdd(name: "User-Agent", value: userAgent)
        if address.scheme == .https { request.tlsConfiguration = try configuration(for: endpoint) }
        let proxy = proxies.proxy(for: address)
        guard let client = client(ClientKey(proxy: proxy, timeout: timeout)) else {
            throw RegistryError.cancelled(what)
        }
        do {
            return try await client.execute(request, deadline: .distantFuture)
        } catch {
            throw TransportFailure(error).error(
                what, address, for: endpoint, proxy: proxy.map { "\($0.host):\($0.port)" })
        }
    }

    /// The next piece of a body; `nil` at its end.
    func next(
        _ iterator: inout HTTPClientResponse.Body.AsyncIterator, from address: WebAddress, for endpoint: Endpoint,
        _ what: String
    ) async throws(RegistryError) -> ByteBuffer? {
        do {
            return try await iterator.next(isolation: #isolation)
        } catch {
            throw TransportFailure(error).error(what, address, for: endpoint, proxy: nil)
        }
    }

    /// A whole small body.
    ///
    /// - Throws: `.tooLarge` beyond the limit.
    func collect(
        _ body: HTTPClientResponse.Body, upTo limit: Int, from host: String, _ what: String
    ) async throws(RegistryError) -> [UInt8] {
        do {
            return Array(buffer: try await body.collect(upTo: limit))
        } catch is NIOTooManyBytesError {
            throw RegistryError(
                .tooLarge,
                "Could not \(what): \(host) answered with more than \(limit >> 20) MiB. Check what it serves.")
        } catch {
            let failure = TransportFailure(error)
            guard failure.kind != .cancelled else { throw RegistryError.cancelled(what) }
            throw RegistryError(
                .connectionBroken, "Could not \(what): the connection to \(host) broke. Try again.", cause: failure,
                retry: .connection)
        }
    }
}

extension Transport {
    private func configuration(for endpoint: Endpoint) throws(RegistryError) -> TLSConfiguration {
        if let known = configurations.withLock({ $0[endpoint] }) { return known }
        let made = try certificates.configuration(for: endpoint)
        configurations.withLock { $0[endpoint] = made }
        return made
    }

    /// The client for a way; `nil` after the shutdown.
    private func client(_ key: ClientKey) -> HTTPClient? {
        state.withLock { state in
            guard case .running(var clients) = state else { return nil }
            if let known = clients[key] { return known }
            let made = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: configuration(key))
            clients[key] = made
            state = .running(clients)
            return made
        }
    }

    private func configuration(_ key: ClientKey) -> HTTPClient.Configuration {
        var timeout = HTTPClient.Configuration.Timeout(
            connect: TimeAmount(timeouts.connect),
            read: TimeAmount(key.timeout == .usual ? timeouts.stall : timeouts.commit))
        timeout.write = TimeAmount(timeouts.stall)
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow, timeout: timeout)
        // Each blob has a connection of its own; the window of an HTTP/2 stream would only slow it down.
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.proxy = key.proxy.map { proxy in
            switch proxy.kind {
            case .socks: return .socksServer(host: proxy.host, port: Int(proxy.port))
            case .http:
                let authorization = proxy.user.map {
                    HTTPClient.Authorization.basic(username: $0, password: proxy.password ?? "")
                }
                return .server(host: proxy.host, port: Int(proxy.port), authorization: authorization)
            }
        }
        return configuration
    }
}

/// How long a registry may be silent.
public struct RegistryTimeouts: Hashable, Sendable {
    /// Until a connection stands.
    public var connect: Duration = .seconds(10)
    /// Until the next bytes come or can be sent.
    public var stall: Duration = .seconds(30)
    /// Until a registry that has got all of a blob answers.
    public var commit: Duration = .seconds(300)

    public init() {}
}
