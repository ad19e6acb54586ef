internal import OCI
internal import SystemPackage

/// An image in a registry, which `trice-remote` pulls.
struct RegistrySource: ImageSource {
    let reference: Reference
    let remote: RemoteProgram

    /// Only the registry knows the present digest of a tag.
    func fingerprint() throws(ImageError) -> String? { nil }

    func bring(into target: ImageTarget) throws(ImageError) -> Descriptor {
        let request = RemoteRequest(
            .pull(reference), stateDirectory: target.stateDirectory.string, platform: target.platform,
            limits: target.layers.limits, registries: remote.registries)
        var found: Descriptor?
        try remote.run(request, "pull \(reference)") { event throws(ImageError) in
            switch event {
            case .image(let descriptor): found = descriptor
            case .layer(let progress): target.progress(.layer(progress))
            case .message(let text): target.progress(.message(text))
            case .resolved, .unresolved, .file, .done, .failed: break
            }
        }
        guard let found else {
            throw ImageError(.programFailed, "Could not pull \(reference): trice-remote named no image.")
        }
        return found
    }
}
