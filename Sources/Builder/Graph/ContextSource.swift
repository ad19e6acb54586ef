package import SystemPackage

/// The source of the files of a context.
package enum ContextSource: Sendable, Hashable {
    /// A directory of this machine, absolute.
    case directory(FilePath)
    case git(GitReference)
    /// A Dockerfile, or an archive with one, to be downloaded.
    case web(String)
    /// The same from the standard input of this process.
    case standardInput
    /// Only as an additional context: the files of an image, by any text that `FROM` knows.
    case image(String)
    /// Only as an additional context: the image that another request of the same builder makes.
    case build(String)

    /// Parses the user's text: a path, an address, `docker-image://NAME`, `oci-layout://PATH[:TAG]` or `service:NAME`.
    ///
    /// - Parameter directory: The base of relative paths.
    /// - Throws: `.invalidReference` for an invalid address.
    package init(_ text: String, relativeTo directory: FilePath) throws(BuildError) {
        func rest(_ prefix: String) -> String? { text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : nil }
        if let name = rest("docker-image://") {
            self = .image(name)
        } else if let path = rest("oci-layout://") {
            self = .image("oci:" + path)
        } else if let name = rest("service:") ?? rest("target:") {
            self = .build(name)
        } else {
            switch try SourceLocation(text, forContext: true) {
            case .git(let reference): self = .git(reference)
            case .web(let address): self = .web(address)
            case .local(let path): self = .directory(directory.pushing(FilePath(path)))
            }
        }
    }
}

extension ContextSource: CustomStringConvertible {
    /// For messages; without a password.
    package var description: String {
        switch self {
        case .directory(let path): path.string
        case .git(let reference):
            reference.shownRemote + (reference.ref.map { "#\($0)" } ?? "")
                + (reference.subdirectory.map { ":\($0)" } ?? "")
        case .web(let address): address
        case .standardInput: "standard input"
        case .image(let name): "docker-image://\(name)"
        case .build(let name): "service:\(name)"
        }
    }
}
