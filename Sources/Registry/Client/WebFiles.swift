extension RegistryClient {
    private static let redirectLimit = 10

    /// Reads a file of the web, which need not be a registry's, and hands it on in order; RFC 9110.
    ///
    /// Redirects are followed, but none from HTTPS to plain HTTP. Proxies and timeouts are those of all requests.
    ///
    /// - Returns: when the server says that it was changed last, in seconds since 1970.
    /// - Throws: `.notFound`, `.refused`, `.sizeMismatch`, `.callerFailed` for what `consume` threw, and what any request
    ///   may throw.
    package func file(
        _ text: String, consume: (RawSpan) async throws -> Void
    ) async throws(RegistryError) -> Int64? {
        let what = "download \(text)"
        guard var address = WebAddress(text) else {
            throw RegistryError(.invalidSettings, "Could not \(what): that is no address of a file of the web.")
        }
        for _ in 0...Self.redirectLimit {
            let place = try settings.registry(address.authority)
            let answer = try await exchange.transport.send(HTTPRequest(address), for: place, what)
            guard (300..<400).contains(answer.status), let location = answer.headers.first(name: "Location") else {
                return try await read(answer, from: address, for: place, what, consume)
            }
            guard let next = address.resolving(location), next.scheme == .https || address.scheme == .http else {
                throw RegistryError(
                    .protocolViolation,
                    "Could not \(what): \(address.authority) sends us to `\(location)`, which is "
                        + "no address or not as safe.")
            }
            address = next
        }
        throw RegistryError(.protocolViolation, "Could not \(what): it goes round in redirects.")
    }

    private func read(
        _ answer: HTTPResponse, from address: WebAddress, for place: Endpoint, _ what: String,
        _ consume: (RawSpan) async throws -> Void
    ) async throws(RegistryError) -> Int64? {
        guard answer.status == 200 else {
            let code: RegistryError.Code = answer.status == 404 ? .notFound : .refused
            throw RegistryError(code, "Could not \(what): \(address.authority) answered \(answer.status).")
        }
        var size: Int64 = 0
        var piece: [UInt8] = []
        while try await exchange.transport.next(&piece, of: answer.body, from: address, for: place, what) {
            size += Int64(piece.count)
            do { try await consume(piece.span.bytes) } catch {
                throw RegistryError(.callerFailed, "Could not \(what): \(error)", cause: error)
            }
        }
        if let length = answer.headers.first(name: "Content-Length").flatMap({ Int64($0) }), length != size {
            throw RegistryError(
                .sizeMismatch, "Could not \(what): it ended after \(size) of \(length) bytes. Try again.")
        }
        return answer.headers.first(name: "Last-Modified").flatMap(RetryAfter.httpDate)
    }
}
