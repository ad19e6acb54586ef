internal import OCI

/// Reads images from registries and writes them there; the OCI distribution specification.
///
/// One client serves any number of tasks and registries and keeps connections and tokens; it must be shut down.
package final class RegistryClient: Sendable {
    let settings: RegistrySettings
    let retry: RetryPolicy
    let exchange: Exchange
    let stall: Duration
    private let clock: any Clock<Duration>

    /// - Parameters:
    ///   - environment: where proxies are named (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`).
    ///   - clock: measures the pauses between attempts.
    /// - Throws: `.invalidSettings` for a proxy that cannot be used.
    package init(
        settings: RegistrySettings, credentials: CredentialStore, environment: [String: String],
        retry: RetryPolicy = RetryPolicy(), timeouts: RegistryTimeouts = RegistryTimeouts(),
        userAgent: String = "trice", clock: any Clock<Duration> = ContinuousClock()
    ) throws(RegistryError) {
        self.settings = settings
        self.retry = retry
        self.clock = clock
        stall = timeouts.stall
        let transport = Transport(
            proxies: try ProxySettings(environment: environment),
            certificates: Certificates(directories: settings.certificateDirectories), timeouts: timeouts,
            userAgent: userAgent)
        exchange = Exchange(
            transport: transport,
            authorizer: Authorizer(transport: transport) { registry, repository throws(RegistryError) in
                try await credentials.credentials(for: registry, repository: repository)
            })
    }

    /// Closes all connections. Nothing can be asked afterwards.
    package func shutdown() async {
        await exchange.transport.shutdown()
    }
}

// MARK: - Attempts

extension RegistryClient {
    /// Runs `body` until it succeeds, fails for good, or its attempts are used up.
    func retrying<Result>(
        at place: Endpoint, _ what: String, _ body: () async throws(RegistryError) -> Result
    ) async throws(RegistryError) -> Result {
        var attempts = Attempts(retry, isMirror: place.isMirror)
        while true {
            do throws(RegistryError) {
                return try await body()
            } catch {
                guard let delay = attempts.delay(after: error.failure) else { throw error }
                try await pause(delay, what)
            }
        }
    }

    /// Reads from the first mirror that can give it, or else from the registry itself.
    func reading<Result>(
        _ registry: String, _ what: String, _ body: (Endpoint) async throws(RegistryError) -> Result
    ) async throws(RegistryError) -> Result {
        var mirrors = MirrorFailures()
        for place in try settings.places(of: registry) {
            do throws(RegistryError) {
                return try await retrying(at: place, what) { () async throws(RegistryError) in try await body(place) }
            } catch {
                try mirrors.note(error, at: place)
            }
        }
        throw RegistryError(.unreachable, "Could not \(what): \(registry) has no address.")
    }

    func pause(_ delay: Duration, _ what: String) async throws(RegistryError) {
        do {
            try await clock.sleep(for: delay, tolerance: nil)
        } catch {
            throw RegistryError.cancelled(what)
        }
    }
}

/// Why the mirrors did not help; told only where the registry itself fails too.
struct MirrorFailures {
    private var failures: [String] = []

    /// Keeps a mirror's failure.
    ///
    /// - Throws: the error itself where nothing else can be tried.
    mutating func note(_ error: RegistryError, at place: Endpoint) throws(RegistryError) {
        guard place.isMirror, error.code != .cancelled, error.code != .callerFailed else {
            guard !failures.isEmpty else { throw error }
            var error = error
            error.message += " Its mirrors did not help: \(failures.joined(separator: " "))"
            throw error
        }
        failures.append(error.code == .notFound ? "\(place.name) does not have it." : "[\(error.message)]")
    }
}

extension Reference {
    /// What the protocol calls the reference: the digest if there is one, or the tag.
    var target: String { digest?.description ?? tag ?? "latest" }

    var manifestPath: String { "/v2/\(repository)/manifests/\(target)" }

    func blobPath(_ digest: Digest) -> String { "/v2/\(repository)/blobs/\(digest)" }

    var uploadsPath: String { "/v2/\(repository)/blobs/uploads/" }
}
