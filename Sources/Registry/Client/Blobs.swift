package import OCI

extension RegistryClient {
    /// Reads a blob and hands it on in order, piece by piece; the next piece is read when `consume` returns.
    ///
    /// A connection that breaks or stands still, a 429 and a 5xx are made good by asking for the rest (`Range`), from
    /// the next place if need be: `consume` sees one stream of `descriptor.size` bytes at most. An error that comes
    /// later leaves what has been consumed with the caller.
    ///
    /// A blob of no bytes is not asked for.
    ///
    /// - Parameters:
    ///   - consume: should take less than `RegistryTimeouts.stall`; where it takes longer, the connection is made anew.
    ///   - verify: whether to hash the content too. A caller that stores the blob hashes it anyway, so it is off.
    /// - Throws: `.sizeMismatch`, `.digestMismatch` (with `verify`), `.callerFailed` for what `consume` threw,
    ///   `.notFound`, `.connectionBroken` and what any request may throw.
    package func blob(
        _ descriptor: Descriptor, of reference: Reference, verify: Bool = false,
        consume: (RawSpan) async throws -> Void
    ) async throws(RegistryError) {
        let what = "read the blob \(descriptor.digest.short) of \(reference)"
        var download = BlobDownload(size: descriptor.size)
        var hash = verify ? Digester(descriptor.digest.algorithm) : nil
        var mirrors = MirrorFailures()
        for place in try settings.places(of: reference.registry) {
            var attempts = Attempts(retry, isMirror: place.isMirror)
            while !download.isComplete {
                let before = download.offset
                var slowest = Duration.zero
                do throws(RegistryError) {
                    try await transfer(&download, descriptor, reference, place, what) { (piece) throws(RegistryError) in
                        hash?.update(piece)
                        let start = ContinuousClock.now
                        do { try await consume(piece) } catch {
                            throw RegistryError(.callerFailed, "Could not \(what): \(error)", cause: error)
                        }
                        slowest = max(slowest, .now - start)
                    }
                } catch {
                    // A connection that is not read from looks as if it stood still. It is reset each time bytes arrive.
                    if slowest >= stall, error.failure == .connection { continue }
                    attempts.progressed(by: Int(download.offset - before))
                    guard let delay = attempts.delay(after: error.failure) else {
                        try mirrors.note(error, at: place)
                        break
                    }
                    try await pause(delay, what)
                }
            }
        }
        if let hash {
            let digest = hash.digest
            guard digest == descriptor.digest else {
                throw RegistryError(
                    .digestMismatch,
                    "Could not \(what): the content received has the digest \(digest). It was changed on the way or in the registry."
                )
            }
        }
    }

    /// One answer's share of the blob.
    private func transfer(
        _ download: inout BlobDownload, _ descriptor: Descriptor, _ reference: Reference, _ place: Endpoint,
        _ what: String, _ consume: (RawSpan) async throws(RegistryError) -> Void
    ) async throws(RegistryError) {
        var call = Call(
            what: what, target: .path(reference.blobPath(descriptor.digest)), scopes: [.pull(reference.repository)],
            accepts: [200])
        if download.offset > 0 {
            call.headers.add(name: "Range", value: "bytes=\(download.offset)-")
            call.accepts = [200, 206]
        }
        let answer = try await exchange.perform(call, at: place)
        let host = answer.address.authority
        try download.begin(
            status: answer.status, contentRange: answer.headers.first(name: "Content-Range"),
            contentLength: answer.headers.first(name: "Content-Length"), host: host, what)
        var piece: [UInt8] = []
        while try await exchange.transport.next(&piece, of: answer.body, from: answer.address, for: place, what) {
            let part = try download.take(piece.count, host: host, what)
            if !part.isEmpty { try await consume(piece.span.bytes.extracting(part)) }
        }
        try download.end(host: host, what)
    }

    /// Whether the registry has the blob.
    package func hasBlob(_ descriptor: Descriptor, in reference: Reference) async throws(RegistryError) -> Bool {
        let what = "look for the blob \(descriptor.digest.short) in \(reference.registry)/\(reference.repository)"
        let place = try settings.registry(reference.registry)
        return try await retrying(at: place, what) { () async throws(RegistryError) in
            let call = Call(
                what: what, method: .HEAD, target: .path(reference.blobPath(descriptor.digest)),
                scopes: [.push(reference.repository)], accepts: [200, 404])
            return try await exchange.perform(call, at: place).status == 200
        }
    }
}
