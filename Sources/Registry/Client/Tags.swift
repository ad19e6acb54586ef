package import OCI

extension RegistryClient {
    private static let pageSize = 1000
    /// More is no listing that anybody reads.
    private static let maximumPages = 1000

    /// All tags of the reference's repository, in the registry's order; distribution-spec "Listing tags".
    package func tags(of reference: Reference) async throws(RegistryError) -> [String] {
        let what = "list the tags of \(reference.registry)/\(reference.repository)"
        return try await reading(reference.registry, what) { (place) async throws(RegistryError) in
            var tags: [String] = []
            var target = Call.Target.path("/v2/\(reference.repository)/tags/list?n=\(Self.pageSize)")
            for _ in 0..<Self.maximumPages {
                let call = Call(what: what, target: target, scopes: [.pull(reference.repository)])
                let answer = try await exchange.perform(call, at: place)
                tags += try await page(answer, what)
                guard let next = LinkHeader.next(answer.headers["Link"]) else { return tags }
                target = .address(try Exchange.target(next, from: answer.address, place, what))
            }
            throw RegistryError(
                .protocolViolation,
                "Could not \(what): \(place.name) goes on after \(Self.maximumPages) pages. Check the registry.")
        }
    }

    private func page(_ answer: Answer, _ what: String) async throws(RegistryError) -> [String] {
        let host = answer.address.authority
        let bytes = try await exchange.transport.collect(
            answer.body, upTo: Self.maximumManifestSize, from: host, what)
        guard case .success(let document) = JSONDocument.parse(bytes), let tags = document["tags"] else {
            throw RegistryError(
                .notARegistry, "Could not \(what): \(host) does not answer like a registry. Check its name.")
        }
        // A repository whose tags were all deleted has `null`.
        guard case .array(let elements) = tags else { return [] }
        return elements.compactMap(\.string)
    }
}
