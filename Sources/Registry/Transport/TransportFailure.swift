internal import AsyncHTTPClient
internal import Glibc
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL

/// Why there was no answer, or not all of it.
struct TransportFailure: Error {
    enum Kind: Hashable {
        case nameUnknown, refused, unreachable, timedOut
        /// The other side does not speak TLS.
        case notTLS
        case certificateUnknown
        /// The certificate is for another host.
        case certificateForOtherName
        case broken, stalled, notHTTP, proxyRefused, cancelled
        /// What the caller wanted sent could not be had.
        case content
    }

    var kind: Kind
    var cause: any Error

    init(_ cause: any Error) {
        self.cause = cause
        kind = Self.kind(of: cause)
    }

    /// Whether the same address may still answer in plain HTTP: whoever shows a certificate speaks TLS.
    var allowsPlain: Bool {
        ![.certificateUnknown, .certificateForOtherName, .cancelled, .content, .proxyRefused].contains(kind)
    }
}

extension TransportFailure {
    private static func kind(of error: any Error) -> Kind {
        switch error {
        case is ContentFailure: .content
        case is CancellationError: .cancelled
        case let error as HTTPClientError: kind(of: error)
        case let error as NIOConnectionError: kind(of: error)
        case is SocketAddressError: .nameUnknown
        case let error as IOError: kind(ofErrno: error.errnoCode)
        case is NIOSSLExtraError: .certificateForOtherName
        case let error as NIOSSLError: kind(of: error)
        case HTTPParserError.invalidEOFState: .broken
        case is HTTPParserError: .notHTTP
        case ChannelError.connectTimeout: .timedOut
        default: .broken
        }
    }

    private static func kind(of error: HTTPClientError) -> Kind {
        switch error {
        case .cancelled: .cancelled
        case .connectTimeout, .getConnectionFromPoolTimeout, .tlsHandshakeTimeout, .socksHandshakeTimeout,
            .httpProxyHandshakeTimeout:
            .timedOut
        case .readTimeout, .writeTimeout, .deadlineExceeded: .stalled
        case .proxyAuthenticationRequired, .invalidProxyResponse: .proxyRefused
        default: .broken
        }
    }

    private static func kind(of error: NIOConnectionError) -> Kind {
        if let failure = error.connectionErrors.first?.error {
            let kind = kind(of: failure)
            return kind == .broken ? .unreachable : kind
        }
        return error.dnsAError != nil || error.dnsAAAAError != nil ? .nameUnknown : .unreachable
    }

    private static func kind(ofErrno error: Int32) -> Kind {
        switch error {
        case ECONNREFUSED: .refused
        case ENETUNREACH, EHOSTUNREACH, EHOSTDOWN, EADDRNOTAVAIL: .unreachable
        case ETIMEDOUT: .timedOut
        default: .broken
        }
    }

    private static func kind(of error: NIOSSLError) -> Kind {
        switch error {
        case .handshakeFailed(let reason):
            let text = "\(reason)"
            if text.contains("CERTIFICATE_VERIFY_FAILED") { return .certificateUnknown }
            if text.contains("WRONG_VERSION_NUMBER") || text.contains("HTTP_REQUEST") { return .notTLS }
            return .broken
        case .unableToValidateCertificate, .noCertificateToValidate: return .certificateUnknown
        default: return .broken
        }
    }
}

extension TransportFailure {
    /// What a user reads. A failure that may pass is marked for another attempt.
    ///
    /// - Parameters:
    ///   - what: completes "Could not …".
    ///   - proxy: the proxy in between, if there is one.
    func error(_ what: String, _ address: WebAddress, for endpoint: Endpoint, proxy: String?) -> RegistryError {
        let host = address.authority
        let way = proxy.map { " through the proxy \($0)" } ?? ""
        func error(
            _ code: RegistryError.Code, _ why: String, _ remedy: String, retry: RetryPolicy.Failure? = nil
        ) -> RegistryError {
            RegistryError(code, "Could not \(what): \(why). \(remedy)", cause: self, retry: retry)
        }
        switch kind {
        case .cancelled: return .cancelled(what)
        case .content:
            let reason = (cause as? ContentFailure)?.cause ?? cause
            return RegistryError(
                .callerFailed, "Could not \(what): its content could not be read: \(reason)", cause: reason)
        case .nameUnknown:
            return error(
                .unreachable, "the host \(proxy ?? address.host) has no address",
                "Check the registry's name and the network.", retry: .unreachable)
        case .refused:
            return error(
                .unreachable, "\(proxy ?? host) refuses the connection",
                "Check that the registry runs there, and its port.", retry: .unreachable)
        case .unreachable:
            return error(
                .unreachable, "there is no way to \(host)\(way)", "Check the network.", retry: .unreachable)
        case .timedOut:
            return error(
                .unreachable, "\(host) does not answer\(way)",
                "Check the network, and whether a proxy is needed (HTTPS_PROXY).", retry: .unreachable)
        case .proxyRefused:
            return error(
                .unreachable, "the proxy \(proxy ?? "") lets nothing through to \(host)",
                "Check HTTPS_PROXY, with user and password, and NO_PROXY.")
        case .notTLS:
            return error(
                .notARegistry, "\(host) does not speak HTTPS",
                "If it is a registry of plain HTTP, set 'insecure' for \(endpoint.name) in the settings.")
        case .certificateUnknown, .certificateForOtherName:
            let why =
                kind == .certificateUnknown
                ? "the certificate of \(host) is not trusted" : "the certificate of \(host) is for another name"
            return error(
                .certificateUnknown, why,
                kind == .certificateUnknown
                    ? "To trust it, put its CA in PEM format into /etc/docker/certs.d/\(endpoint.name)/ca.crt, or name the file as 'ca' of \(endpoint.name) in the settings."
                    : "Use a name that the certificate has, or give the server another one.")
        case .notHTTP:
            return error(.notARegistry, "\(host) does not speak HTTP", "Check the registry's name and port.")
        case .stalled:
            return error(
                .connectionBroken, "\(host) stopped answering\(way)", "Try again.", retry: .connection)
        case .broken:
            return error(
                .connectionBroken, "the connection to \(host)\(way) broke", "Try again.", retry: .connection)
        }
    }
}

/// What the source of an upload threw.
struct ContentFailure: Error {
    var cause: any Error
}
