extension RegistryClient {
    /// The result of a check of credentials.
    package enum LoginCheck: Hashable, Sendable {
        case accepted
        /// The registry answers without credentials, so they could not be checked.
        case notAsked
    }

    /// Tries credentials, which need not be stored; distribution-spec "Determining Support".
    ///
    /// - Parameter registry: as references have it, such as `docker.io`.
    /// - Throws: `.unauthorized` for a wrong password, `.unreachable`, `.notARegistry` and what any request may throw.
    package func checkLogin(
        _ registry: String, _ credentials: Credentials
    ) async throws(RegistryError) -> LoginCheck {
        let what = "log in to \(registry)"
        let place = try settings.registry(registry)
        // Nothing that is known of stored credentials may help.
        let exchange = Exchange(
            transport: exchange.transport, authorizer: Authorizer(transport: exchange.transport) { _, _ in credentials }
        )
        return try await retrying(at: place, what) { () async throws(RegistryError) in
            let call = Call(what: what, target: .path("/v2/"), scopes: [], accepts: [200, 404])
            let answer = try await exchange.perform(call, at: place)
            guard answer.status == 200 else {
                throw RegistryError(
                    .notARegistry,
                    "Could not \(what): what answers there is no registry (it does not know /v2/). Check the name and the port."
                )
            }
            return await exchange.authorizer.hasBeenAsked(by: place) ? .accepted : .notAsked
        }
    }
}
