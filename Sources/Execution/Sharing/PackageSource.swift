internal import Glibc
internal import LinuxSystem
package import OCI
package import SystemPackage
package import Workspaces

/// Where a package comes from.
package enum PackageSource: Sendable, Hashable {
    /// A file, absolute.
    case file(FilePath)
    case standardInput
    /// An artifact in a registry.
    case registry(Reference)

    /// The scheme by which a registry is told from a file.
    package static let scheme = "oci://"

    /// Reads what a user writes: `oci://REFERENCE`, `-` or a file.
    package init(_ text: String, _ request: ProjectRequest) throws {
        if text.hasPrefix(Self.scheme) {
            self = .registry(try Self.reference(text))
        } else if text == "-" {
            self = .standardInput
        } else {
            self = .file(FilePath(request.workingDirectory).pushing(FilePath(text)))
        }
    }

    /// The same for what may be another file, such as a Compose file.
    ///
    /// - Returns: `nil` for a file that is no archive and no compressed one.
    package init?(packageIn text: String, _ request: ProjectRequest) throws {
        try self.init(text, request)
        guard case .file(let path) = self else { return }
        // What cannot be read is reported by the reader of the other files.
        guard let file = try? OwnedDescriptor.open(path, O_RDONLY | O_NONBLOCK),
            (try? file.requireRegular(text)) != nil,
            let bytes = try? file.read(atMost: 512), Self.isArchive(bytes)
        else { return nil }
    }

    /// Whether a file that begins so is an archive: the magic of a tar, or that of gzip, zstd, xz or bzip2.
    static func isArchive(_ bytes: [UInt8]) -> Bool {
        let compressed: [[UInt8]] = [
            [0x1f, 0x8b], [0x28, 0xb5, 0x2f, 0xfd], [0xfd, 0x37, 0x7a], [0x42, 0x5a, 0x68],
        ]
        if compressed.contains(where: bytes.starts(with:)) { return true }
        return bytes.starts(with: "oci-layout\0".utf8) || bytes.dropFirst(257).starts(with: "ustar".utf8)
    }

    /// A name in a registry, with the scheme or without.
    package static func reference(_ text: String) throws -> Reference {
        try Reference(text.hasPrefix(scheme) ? String(text.dropFirst(scheme.count)) : text)
    }

    /// What messages call it.
    package var subject: String {
        switch self {
        case .file(let path): "`\(path)`"
        case .standardInput: "Standard input"
        case .registry(let reference): "`\(Self.scheme)\(reference.familiar)`"
        }
    }
}
