package import OCI

/// How a blob is sent; distribution-spec "Pushing blobs".
package enum UploadMode: Hashable, Sendable {
    /// In one request. Where the registry refuses its size, in chunks.
    case whole
    /// In requests of this many bytes, or more where the registry demands it.
    case chunks(size: Int64)

    /// What is used where a registry does not take a blob in one request: most limits lie above.
    static let fallback = UploadMode.chunks(size: 16 << 20)
}

extension RegistryClient {
    /// Sends a blob. After a broken connection it goes on where the registry says that it is, or anew.
    ///
    /// - Throws: `.digestMismatch` where the registry found other content, `.callerFailed` for what `content` threw,
    ///   `.tooLarge`, `.connectionBroken` and what any request may throw.
    package func upload(
        _ descriptor: Descriptor, to reference: Reference, mode: UploadMode = .whole, content: BlobContent
    ) async throws(RegistryError) {
        let upload = BlobUpload(
            client: self, descriptor: descriptor, reference: reference,
            place: try settings.registry(reference.registry), content: content)
        try await upload.run(mode)
    }

    /// Lets the registry take a blob from another of its repositories.
    ///
    /// - Returns: `false` where it does not; the blob must be sent then.
    package func mount(
        _ descriptor: Descriptor, from repository: String, to reference: Reference
    ) async throws(RegistryError) -> Bool {
        let what =
            "mount the blob \(descriptor.digest.short) of \(repository) into \(reference.registry)/\(reference.repository)"
        let place = try settings.registry(reference.registry)
        return try await retrying(at: place, what) { () async throws(RegistryError) in
            let query = "mount=\(escaped("\(descriptor.digest)"))&from=\(escaped(repository))"
            let call = Call(
                what: what, method: .POST, target: .path("\(reference.uploadsPath)?\(query)"),
                scopes: [.push(reference.repository), .pull(repository)],
                accepts: [201, 202])
            let answer = try await exchange.perform(call, at: place)
            guard answer.status == 202 else { return true }
            let session = try UploadSession(answer.headers, from: answer.address, place, what)
            await cancel(session, reference, place)
            return false
        }
    }

    /// Tells the registry that an upload is over; it forgets it by itself some day.
    func cancel(_ session: UploadSession, _ reference: Reference, _ place: Endpoint) async {
        let call = Call(
            what: "cancel an upload", method: .DELETE, target: .address(session.location),
            scopes: [.push(reference.repository)], accepts: [200, 202, 204, 404])
        // Many registries do not know this request, and nothing depends on it.
        _ = try? await exchange.perform(call, at: place)
    }
}

/// One blob on its way to a registry.
private struct BlobUpload {
    let client: RegistryClient
    let descriptor: Descriptor
    let reference: Reference
    let place: Endpoint
    let content: BlobContent

    private var what: String {
        "push the blob \(descriptor.digest.short) to \(reference.registry)/\(reference.repository)"
    }

    func run(_ mode: UploadMode) async throws(RegistryError) {
        var mode = mode
        var attempts = Attempts(client.retry)
        var session: UploadSession?
        while true {
            let before = session?.offset ?? 0
            do throws(RegistryError) {
                var current: UploadSession
                if let session { current = session } else { current = try await open() }
                session = current
                defer { session = current }
                try await send(&current, mode)
                return
            } catch {
                attempts.progressed(by: Int((session?.offset ?? 0) - before))
                if error.code == .tooLarge, mode == .whole {
                    if let session { await client.cancel(session, reference, place) }
                    (mode, session) = (.fallback, nil)
                    continue
                }
                guard let delay = attempts.delay(after: error.failure) else {
                    if let session { await client.cancel(session, reference, place) }
                    throw error
                }
                try await client.pause(delay, what)
                if let broken = session {
                    session = await progress(of: broken)
                    // It knows no other offset than the one that it did not take.
                    if error.code == .protocolViolation, session?.offset == broken.offset { session = nil }
                }
            }
        }
    }

    private func call(_ method: HTTPMethod, _ target: Call.Target, accepts: Set<Int>) -> Call {
        Call(
            what: what, method: method, target: target, scopes: [.push(reference.repository)], accepts: accepts)
    }

    private func open() async throws(RegistryError) -> UploadSession {
        let call = call(.POST, .path(reference.uploadsPath), accepts: [202])
        let answer = try await client.exchange.perform(call, at: place)
        return try UploadSession(answer.headers, from: answer.address, place, what)
    }

    /// How far the registry is with a session; `nil` where it has forgotten it.
    private func progress(of session: UploadSession) async -> UploadSession? {
        let call = call(.GET, .address(session.location), accepts: [204])
        // Whatever goes wrong here: the upload begins anew.
        guard let answer = try? await client.exchange.perform(call, at: place),
            let found = try? UploadSession(answer.headers, from: answer.address, place, before: session, what),
            found.offset <= descriptor.size
        else { return nil }
        return found
    }

    private func send(_ session: inout UploadSession, _ mode: UploadMode) async throws(RegistryError) {
        if mode == .whole, session.offset == 0 {
            return try await finish(session, body: 0..<descriptor.size)
        }
        while session.offset < descriptor.size {
            let wanted: Int64 = if case .chunks(let size) = mode { size } else { descriptor.size }
            try await patch(&session, session.chunk(wanted, of: descriptor.size))
        }
        try await finish(session, body: 0..<0)
    }

    private func patch(_ session: inout UploadSession, _ chunk: Range<Int64>) async throws(RegistryError) {
        var call = call(.PATCH, .address(session.location), accepts: [201, 202, 204, 416])
        call.headers.add(name: "Content-Type", value: "application/octet-stream")
        call.headers.add(name: "Content-Range", value: "\(chunk.lowerBound)-\(chunk.upperBound - 1)")
        call.body = body(chunk)
        let answer = try await client.exchange.perform(call, at: place)
        guard answer.status != 416 else {
            throw RegistryError(
                .protocolViolation,
                "Could not \(what): \(place.name) does not take the bytes from \(chunk.lowerBound) on. Try again.",
                retry: .connection)
        }
        try session.took(chunk, answer.headers, from: answer.address, place, what)
    }

    private func finish(_ session: UploadSession, body range: Range<Int64>) async throws(RegistryError) {
        let address = session.location.adding("digest", "\(descriptor.digest)")
        var call = call(.PUT, .address(address), accepts: [201])
        call.timeout = .commit
        call.headers.add(name: "Content-Type", value: "application/octet-stream")
        call.body = body(range)
        _ = try await client.exchange.perform(call, at: place)
    }

    private func body(_ range: Range<Int64>) -> HTTPRequest.Body {
        range.isEmpty ? .bytes([]) : .content(BodySequence(content: content, range: range))
    }
}
