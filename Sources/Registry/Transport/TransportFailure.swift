internal import CCurl
internal import Glibc

/// Why there was no answer, or not all of it.
struct TransportFailure: Error {
    enum Kind: Hashable {
        case nameUnknown, refused, unreachable, timedOut
        /// The other side does not speak TLS.
        case notTLS
        case certificateUnknown
        /// The certificate is for another host.
        case certificateForOtherName
        /// A file with certificates or a key cannot be used.
        case certificateFile
        case broken, stalled, notHTTP, proxyRefused, cancelled
        /// What the caller wanted sent could not be had.
        case content
    }

    var kind: Kind
    /// What libcurl says, for a debugger.
    var reason: String
    /// What the source of an upload threw.
    var cause: ContentFailure?

    init(_ kind: Kind, _ reason: String = "", cause: ContentFailure? = nil) {
        self.kind = kind
        self.reason = reason
        self.cause = cause
    }

    /// Whether the same address may still answer in plain HTTP: a server that shows a certificate speaks TLS.
    var allowsPlain: Bool {
        switch kind {
        case .certificateUnknown, .certificateForOtherName, .certificateFile, .cancelled, .content, .proxyRefused:
            false
        default: true
        }
    }
}

extension TransportFailure {
    /// What a result of libcurl means; libcurl-errors(3).
    ///
    /// - Parameters:
    ///   - errno: of the last connection that was tried.
    ///   - verification: what OpenSSL says of the certificate; 0 is good.
    static func kind(of code: CURLcode, errno: Int32, _ verification: Int, _ reason: String) -> Kind {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .nameUnknown
        case CURLE_COULDNT_CONNECT: kind(ofErrno: errno)
        case CURLE_OPERATION_TIMEDOUT: .timedOut
        case CURLE_PROXY: .proxyRefused
        case CURLE_PEER_FAILED_VERIFICATION: verification == 0 ? .certificateForOtherName : .certificateUnknown
        case CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM: .certificateFile
        case CURLE_SSL_CONNECT_ERROR:
            reason.contains("wrong version number") || reason.contains("http request") ? .notTLS : .broken
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY: .notHTTP
        default: .broken
        }
    }

    private static func kind(ofErrno error: Int32) -> Kind {
        switch error {
        case ECONNREFUSED: .refused
        case ETIMEDOUT: .timedOut
        default: .unreachable
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
            let reason: any Error = cause?.cause ?? self
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
                "If it is a registry of plain HTTP, set `insecure` for \(endpoint.name) in the settings.")
        case .certificateUnknown, .certificateForOtherName:
            let why =
                kind == .certificateUnknown
                ? "the certificate of \(host) is not trusted" : "the certificate of \(host) is for another name"
            return error(
                .certificateUnknown, why,
                kind == .certificateUnknown
                    ? "To trust it, put its CA in PEM format into /etc/docker/certs.d/\(endpoint.name)/ca.crt, or name the file as `ca` of \(endpoint.name) in the settings."
                    : "Use a name that the certificate has, or give the server another one.")
        case .certificateFile:
            return error(
                .invalidSettings, "the certificates or the key for \(endpoint.name) cannot be used (\(reason))",
                "They must be files in PEM format, a key without a password.")
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
