package import OCI
package import SystemPackage

/// What takes a registry.
extension ImageStore {
    /// The present descriptors of names in registries; for each name a descriptor or an error.
    package func resolve(
        _ references: [Reference]
    ) throws(ImageError) -> [Reference: Result<Descriptor, RemoteFailure>] {
        guard !references.isEmpty else { return [:] }
        var results: [Reference: Result<Descriptor, RemoteFailure>] = [:]
        try run(.resolve(references), "ask what \(references[0]) stands for") { event throws(ImageError) in
            switch event {
            case .resolved(let reference, let descriptor): results[reference] = .success(descriptor)
            case .unresolved(let reference, let failure): results[reference] = .failure(failure)
            default: break
            }
        }
        return results
    }

    /// Pushes an image whose blobs are all in the store.
    package func push(
        _ descriptor: Descriptor, to reference: Reference, progress: (ImageProgress) -> Void
    ) throws(ImageError) {
        try run(.push(descriptor, to: reference), "push \(reference)") { event throws(ImageError) in
            switch event {
            case .layer(let layer): progress(.layer(layer))
            case .message(let text): progress(.message(text))
            default: break
            }
        }
    }

    /// Downloads a file into a directory, with the time that the server reports.
    ///
    /// - Returns: its path, and the SHA-256 of its content.
    package func download(
        _ address: String, into directory: FilePath
    ) throws(ImageError) -> (path: FilePath, digest: Digest) {
        var found: (path: FilePath, digest: Digest)?
        try run(.download(address, directory: directory.string), "download \(address)") { event throws(ImageError) in
            if case .file(let name, let digest) = event { found = (directory.appending(name), digest) }
        }
        guard let found else {
            throw ImageError(.programFailed, "Could not download \(address): trice-remote named no file.")
        }
        return found
    }

    /// Checks a password with a registry and stores it.
    ///
    /// - Returns: a text for the user, such as the place of the password.
    package func login(to registry: String, user: String, password: String) throws(ImageError) -> [String] {
        try messages(.login(registry: registry, user: user, password: password), "log in to \(registry)")
    }

    /// Forgets the password for a registry.
    package func logout(from registry: String) throws(ImageError) -> [String] {
        try messages(.logout(registry: registry), "log out of \(registry)")
    }

    private func messages(_ work: RemoteRequest.Work, _ what: String) throws(ImageError) -> [String] {
        var messages: [String] = []
        try run(work, what) { event throws(ImageError) in
            if case .message(let text) = event { messages.append(text) }
        }
        return messages
    }

    func run(
        _ work: RemoteRequest.Work, _ what: @autoclosure () -> String,
        onEvent: (RemoteEvent) throws(ImageError) -> Void
    ) throws(ImageError) {
        guard let remote else {
            throw ImageError(.notPulled, "Could not \(what()): this store is not connected to registries.")
        }
        try remote.run(
            RemoteRequest(
                work, stateDirectory: paths.directory.string, platform: platform, limits: layers.limits,
                registries: remote.registries),
            what(), onEvent: onEvent)
    }
}
