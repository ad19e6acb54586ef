internal import Synchronization

/// A request to a registry before it is known how the registry is reached.
struct Call {
    enum Target {
        /// Below the registry's address, beginning with `/v2/`.
        case path(String)
        /// What the registry named itself, such as the place of an upload.
        case address(WebAddress)
    }

    /// Completes "Could not …".
    var what: String
    var method: HTTPMethod = .GET
    var target: Target
    var headers: HTTPHeaders = [:]
    var body: HTTPRequest.Body?
    var scopes: [Scope]
    /// The statuses that are an answer and not a failure.
    var accepts: Set<Int> = [200]
    var timeout = Transport.RequestTimeout.usual
}

/// What a call came to.
struct Answer {
    var status: Int
    var headers: HTTPHeaders
    var body: ResponseBody
    /// Who answered at last.
    var address: WebAddress
}

/// Makes calls: chooses between HTTPS and HTTP, shows credentials, follows redirects, and turns failures into errors.
struct Exchange: Sendable {
    let transport: Transport
    let authorizer: Authorizer
    private let routes = Routes()

    /// Which address of an endpoint answered; it stays with that one.
    private final class Routes: Sendable {
        let addresses = Mutex<[Endpoint: WebAddress]>([:])
    }

    private static let maximumRedirects = 10
    private static let maximumErrorBody = 1 << 16

    init(transport: Transport, authorizer: Authorizer) {
        self.transport = transport
        self.authorizer = authorizer
    }

    /// Makes a call once.
    ///
    /// - Throws: also for an answer that the call does not accept. What may pass is marked for another attempt.
    func perform(_ call: Call, at endpoint: Endpoint) async throws(RegistryError) -> Answer {
        let known = routes.addresses.withLock { $0[endpoint] }
        var candidates = (known.map { [$0] } ?? endpoint.addresses)[...]
        while true {
            guard let base = candidates.popFirst() else {
                throw RegistryError(.unreachable, "Could not \(call.what): \(endpoint.name) has no address.")
            }
            do throws(RegistryError) {
                return try await follow(call, base, endpoint)
            } catch {
                guard (error.cause as? TransportFailure)?.allowsPlain == true else { throw error }
                // Another task may have found the way meanwhile.
                if let found = routes.addresses.withLock({ $0[endpoint] }) {
                    guard found != base else { throw error }
                    candidates = [found]
                } else if candidates.isEmpty {
                    throw error
                }
            }
        }
    }

    private func follow(_ call: Call, _ base: WebAddress, _ endpoint: Endpoint) async throws(RegistryError) -> Answer {
        var call = call
        var address: WebAddress
        switch call.target {
        case .path(let path):
            address = base
            address.target = (base.target.hasSuffix("/") ? String(base.target.dropLast()) : base.target) + path
        case .address(let named): address = named
        }
        var authorization = try await authorizer.authorization(for: endpoint, call.scopes, call.what)
        var hasAsked = false
        var redirects = 0
        while true {
            let isAtHome = address.hasSameOrigin(as: base)
            let response = try await send(call, address, endpoint, isAtHome ? authorization : nil)
            routes.addresses.withLock { $0[endpoint] = base }
            let status = response.status
            if call.accepts.contains(status) {
                return Answer(status: status, headers: response.headers, body: response.body, address: address)
            }
            if let location = redirection(response, &call) {
                redirects += 1
                guard redirects <= Self.maximumRedirects else {
                    throw RegistryError(
                        .protocolViolation, "Could not \(call.what): \(endpoint.name) redirects in circles.")
                }
                _ = await errorBody(response)
                address = try Self.target(location, from: address, endpoint, call.what)
                continue
            }
            let bytes = await errorBody(response)
            if status == 401, isAtHome, !hasAsked {
                hasAsked = true
                let renewed = try await authorizer.authorization(
                    answering: response.headers["WWW-Authenticate"], from: address, for: endpoint, call.scopes,
                    call.what,
                    rejected: authorization)
                if let renewed {
                    authorization = renewed
                    continue
                }
            }
            throw StatusFailure(
                status: status, headers: response.headers, document: ErrorDocument(bytes), host: address.authority,
                isAuthorized: isAtHome
                    ? try await authorizer.hasCredentials(for: endpoint, call.scopes) : false,
                registry: isAtHome ? endpoint.name : ""
            ).error(call.what)
        }
    }

    private func send(
        _ call: Call, _ address: WebAddress, _ endpoint: Endpoint, _ authorization: String?
    ) async throws(RegistryError) -> HTTPResponse {
        var request = HTTPRequest(address)
        request.method = call.method
        request.headers = call.headers
        request.body = call.body
        if let authorization { request.headers.add(name: "Authorization", value: authorization) }
        return try await transport.send(request, for: endpoint, call.what, timeout: call.timeout)
    }

    /// Where an answer sends the call; what is read with 303 is read with GET.
    private func redirection(_ response: HTTPResponse, _ call: inout Call) -> String? {
        guard let location = response.headers.first(name: "Location") else { return nil }
        switch response.status {
        case 307, 308: return location
        case 301, 302: return call.method == .GET || call.method == .HEAD ? location : nil
        case 303:
            if call.method != .HEAD { call.method = .GET }
            call.body = nil
            return location
        default: return nil
        }
    }

    /// The address that a `Location` means. From HTTPS nothing leads to plain HTTP, unless it is allowed.
    static func target(
        _ location: String, from address: WebAddress, _ endpoint: Endpoint, _ what: String
    ) throws(RegistryError) -> WebAddress {
        guard var target = address.resolving(location) else {
            throw RegistryError(
                .protocolViolation,
                "Could not \(what): \(address.authority) leads to `\(location)`, which is no address.")
        }
        if address.scheme == .https, target.scheme == .http {
            if target.host == address.host, target.port == WebAddress.Scheme.http.port || target.port == address.port {
                // A registry behind a proxy that ends TLS may not know how it is reached.
                target.scheme = .https
                target.port = address.port
            } else if !endpoint.isInsecure {
                throw RegistryError(
                    .protocolViolation,
                    "Could not \(what): \(address.authority) leads to \(target.origin), which is not encrypted. If that is meant, set `insecure` for \(endpoint.name) in the settings."
                )
            }
        }
        return target
    }

    /// What an answer that is a failure says; reading it also keeps the connection.
    private func errorBody(_ response: HTTPResponse) async -> [UInt8] {
        var bytes: [UInt8] = []
        var piece: [UInt8] = []
        // The status alone says that it failed; a body that is too long or breaks off adds nothing.
        while (try? await response.body.next(&piece)) == true {
            guard bytes.count + piece.count <= Self.maximumErrorBody else { return [] }
            bytes += piece
        }
        return bytes
    }
}
