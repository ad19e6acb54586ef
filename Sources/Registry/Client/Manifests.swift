package import OCI

extension RegistryClient {
    /// No manifest may be larger; distribution-spec "Pushing Manifests".
    package static let maximumManifestSize = 4 << 20

    /// What a reference stands for: an index or a manifest, as bytes and described.
    ///
    /// The bytes have the digest of the reference, or else the one that the registry names.
    ///
    /// - Throws: `.notFound`, `.digestMismatch`, `.tooLarge`, `.unknownManifestType` and what any request may throw.
    package func manifest(
        of reference: Reference
    ) async throws(RegistryError) -> (descriptor: Descriptor, bytes: [UInt8]) {
        let what = "read the manifest of \(reference)"
        return try await reading(reference.registry, what) { (place) async throws(RegistryError) in
            let answer = try await exchange.perform(manifestCall(.GET, reference, what), at: place)
            let bytes = try await exchange.transport.collect(
                answer.body, upTo: Self.maximumManifestSize, from: answer.address.authority, what)
            let named = try ManifestHeaders.digest(answer.headers, what)
            let wanted = reference.digest ?? named
            let digest = Digester.digest(of: bytes, wanted?.algorithm ?? .sha256)
            if let wanted, wanted != digest {
                throw RegistryError(
                    .digestMismatch,
                    "Could not \(what): \(answer.address.authority) gave content with the digest \(digest) instead of \(wanted). It was changed on the way or in the registry."
                )
            }
            let type = try ManifestHeaders.type(of: bytes, answer.headers, answer.address.authority, what)
            return (Descriptor(type, digest, size: Int64(bytes.count)), bytes)
        }
    }

    /// What a reference stands for, without its content: mostly one small request, which registries that count
    /// pulls do not count.
    package func resolve(_ reference: Reference) async throws(RegistryError) -> Descriptor {
        let what = "look up \(reference)"
        let found: Descriptor?
        do throws(RegistryError) {
            found = try await reading(reference.registry, what) { (place) async throws(RegistryError) in
                let answer = try await exchange.perform(manifestCall(.HEAD, reference, what), at: place)
                guard let digest = try ManifestHeaders.digest(answer.headers, what),
                    let size = answer.headers.first(name: "Content-Length").flatMap({ Int64($0) }), size > 0,
                    let type = ManifestHeaders.type(answer.headers), type.isIndex || type.isManifest
                else { return nil }
                if let wanted = reference.digest, wanted != digest {
                    throw RegistryError(
                        .digestMismatch,
                        "Could not \(what): \(answer.address.authority) has \(digest) in its place. Check the registry."
                    )
                }
                return Descriptor(type, digest, size: size)
            }
        } catch  where error.code == .refused {
            // A server without HEAD may still know GET.
            found = nil
        }
        if let found { return found }
        return try await manifest(of: reference).descriptor
    }

    /// Puts a manifest or an index under the reference's tag or digest. All that it names must be there.
    ///
    /// - Throws: `.refused` with the registry's reason, `.digestMismatch` and what any request may throw.
    @discardableResult
    package func putManifest(
        _ bytes: [UInt8], _ mediaType: MediaType, as reference: Reference
    ) async throws(RegistryError) -> Descriptor {
        let what = "push the manifest of \(reference)"
        let digest = Digester.digest(of: bytes, reference.digest?.algorithm ?? .sha256)
        if let wanted = reference.digest, wanted != digest {
            throw RegistryError(.digestMismatch, "Could not \(what): its content has the digest \(digest).")
        }
        let place = try settings.registry(reference.registry)
        try await retrying(at: place, what) { () async throws(RegistryError) in
            var call = Call(
                what: what, method: .PUT, target: .path(reference.manifestPath),
                scopes: [.push(reference.repository)], accepts: [201], timeout: .commit)
            call.headers.add(name: "Content-Type", value: mediaType.rawValue)
            call.body = .bytes(bytes)
            let answer = try await exchange.perform(call, at: place)
            if let named = try ManifestHeaders.digest(answer.headers, what), named.algorithm == digest.algorithm,
                named != digest
            {
                throw RegistryError(
                    .digestMismatch,
                    "Could not \(what): \(place.name) stored content with the digest \(named) instead of \(digest).")
            }
        }
        return Descriptor(mediaType, digest, size: Int64(bytes.count))
    }

    private func manifestCall(_ method: HTTPMethod, _ reference: Reference, _ what: String) -> Call {
        var call = Call(
            what: what, method: method, target: .path(reference.manifestPath), scopes: [.pull(reference.repository)])
        for type in MediaType.documents { call.headers.add(name: "Accept", value: type.rawValue) }
        return call
    }
}

/// What the header of an answer says of a manifest.
enum ManifestHeaders {
    /// - Throws: `.protocolViolation` where the header is there and is no digest.
    static func digest(_ headers: HTTPHeaders, _ what: String) throws(RegistryError) -> Digest? {
        guard let text = headers.first(name: "Docker-Content-Digest") else { return nil }
        do throws(OCIError) {
            return try Digest(text)
        } catch {
            throw RegistryError(
                .protocolViolation,
                "Could not \(what): the registry answered with `\(text)`, which is not a digest.",
                cause: error)
        }
    }

    /// The media type without its parameters.
    static func type(_ headers: HTTPHeaders) -> MediaType? {
        headers.first(name: "Content-Type").map { text in
            MediaType(rawValue: text.prefix { $0 != ";" }.trimmingBlanks.lowercased())
        }
    }

    /// The type that header and content agree upon. A header that says nothing in particular leaves it to the content.
    ///
    /// - Throws: `.unknownManifestType`, `.notARegistry` for a web page, `.protocolViolation` for contradictions.
    static func type(
        of bytes: [UInt8], _ headers: HTTPHeaders, _ host: String, _ what: String
    ) throws(RegistryError) -> MediaType {
        let said = type(headers)
        guard case .success(let document) = JSONDocument.parse(bytes), case .object = document else {
            throw RegistryError(
                .notARegistry,
                "Could not \(what): \(host) answered with something that is not a manifest (\(said?.rawValue ?? "of no type")). Check the registry's name."
            )
        }
        var inside = document["mediaType"]?.string.map { MediaType(rawValue: $0) }
        if inside == nil, case .literal("2")? = document["schemaVersion"] {
            if document["manifests"] != nil { inside = .index } else if document["config"] != nil { inside = .manifest }
        }
        let isNamed = said.map { $0.isIndex || $0.isManifest } ?? false
        if let said, isNamed {
            // What one reader takes for an index must not be a manifest for the next one.
            guard inside == nil || inside?.isIndex == said.isIndex else {
                throw RegistryError(
                    .protocolViolation,
                    "Could not \(what): \(host) gives it as \(said.rawValue), but its content is \(inside?.rawValue ?? "")."
                )
            }
            return said
        }
        if let inside, inside.isIndex || inside.isManifest { return inside }
        throw RegistryError(
            .unknownManifestType,
            "Could not \(what): it is of the type `\(inside?.rawValue ?? said?.rawValue ?? "")`, which cannot be read. Push the image again with a newer tool, in OCI's or Docker's format (schema 2)."
        )
    }
}
