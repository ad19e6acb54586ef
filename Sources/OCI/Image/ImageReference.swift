/// The value of `image:` of a service or of `FROM`: an image of a registry, or one that is made or stored on this
/// machine.
package enum ImageReference: Hashable, Sendable {
    case registry(Reference)
    /// A directory in the image layout of image-spec image-layout.md.
    case ociLayout(path: String, tag: String?)
    /// A tar of such a directory, compressed or not.
    case ociArchive(path: String, tag: String?)
    /// What `docker save` writes.
    case dockerArchive(path: String, tag: String?)
    /// A root file system: a directory, or a tar of one.
    case rootfs(path: String)
    /// Built from Debian's packages; `include` is sorted and has no name twice.
    case bootstrapDebian(suite: String, include: [String], variant: String, digest: Digest? = nil)
    /// Built from the host's busybox.
    case bootstrapBusybox

    /// Reads a reference; relative paths are taken from `base`, an absolute path.
    ///
    /// - Throws: `OCIError` `.invalidReference`.
    package init(_ text: String, relativeTo base: String) throws(OCIError) {
        guard let colon = text.firstIndex(of: ":") else {
            self = .registry(try Reference(text))
            return
        }
        let rest = text[text.index(after: colon)...]
        switch text[..<colon] {
        case "oci":
            let (path, tag) = try Self.pathAndTag(rest, of: text, base: base)
            self = .ociLayout(path: path, tag: tag)
        case "oci-archive":
            let (path, tag) = try Self.pathAndTag(rest, of: text, base: base)
            self = .ociArchive(path: path, tag: tag)
        case "docker-archive":
            let (path, tag) = try Self.pathAndTag(rest, of: text, base: base)
            self = .dockerArchive(path: path, tag: tag)
        case "rootfs":
            guard !rest.isEmpty else {
                throw OCIError(.invalidReference, "`\(text)` names no path: write rootfs:PATH of a directory or a tar.")
            }
            self = .rootfs(path: Self.absolute(String(rest), base: base))
        case "bootstrap":
            self = try Self.bootstrap(rest, of: text)
        default:
            self = .registry(try Reference(text))
        }
    }

    /// Whether the reference means the same on each machine: those with a path do not.
    package var namesAnImageAnywhere: Bool {
        switch self {
        case .registry, .bootstrapDebian, .bootstrapBusybox: true
        case .ociLayout, .ociArchive, .dockerArchive, .rootfs: false
        }
    }

    /// As a person writes it: without the registry and the directory that are meant where none is named.
    package var familiar: String {
        if case .registry(let reference) = self { reference.familiar } else { description }
    }

    /// Splits at the first colon, as skopeo and podman do; a path with a colon cannot be written.
    private static func pathAndTag(
        _ rest: Substring, of text: String, base: String
    ) throws(OCIError) -> (path: String, tag: String?) {
        let colon = rest.firstIndex(of: ":")
        let path = rest[..<(colon ?? rest.endIndex)]
        guard !path.isEmpty else {
            throw OCIError(.invalidReference, "`\(text)` names no path: write \(text.prefix { $0 != ":" }):PATH[:TAG].")
        }
        var tag: String?
        if let colon {
            let candidate = rest[rest.index(after: colon)...]
            let isPlain = candidate.allSatisfy {
                $0.isASCII && ($0.isLetter || $0.isNumber || "._-/:@+?=,&".contains($0))
            }
            guard !candidate.isEmpty, isPlain else {
                throw OCIError(
                    .invalidReference,
                    "`\(text)` has the tag `\(candidate)`: letters, digits and . _ - / : @ + ? = , & may stand there.")
            }
            tag = String(candidate)
        }
        return (absolute(String(path), base: base), tag)
    }

    /// An absolute path without `.` and without doubled or trailing slashes; `..` is kept, since the part before it may
    /// be a link.
    private static func absolute(_ path: String, base: String) -> String {
        let joined = path.hasPrefix("/") ? path : "\(base)/\(path)"
        return "/" + joined.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    }
}

extension ImageReference: CustomStringConvertible {
    /// The canonical form: equal for references that mean the same, and readable again.
    package var description: String {
        func suffix(_ tag: String?) -> String { tag.map { ":\($0)" } ?? "" }
        switch self {
        case .registry(let reference): return reference.description
        case .ociLayout(let path, let tag): return "oci:\(path)\(suffix(tag))"
        case .ociArchive(let path, let tag): return "oci-archive:\(path)\(suffix(tag))"
        case .dockerArchive(let path, let tag): return "docker-archive:\(path)\(suffix(tag))"
        case .rootfs(let path): return "rootfs:\(path)"
        case .bootstrapBusybox: return "bootstrap:busybox"
        case .bootstrapDebian(let suite, let include, let variant, let digest):
            var parameters: [String] = []
            if !include.isEmpty { parameters.append("include=\(include.joined(separator: ","))") }
            if variant != Self.defaultVariant { parameters.append("variant=\(variant)") }
            return "bootstrap:debian/\(suite)" + (parameters.isEmpty ? "" : "?\(parameters.joined(separator: "&"))")
                + (digest.map { "@\($0)" } ?? "")
        }
    }
}
