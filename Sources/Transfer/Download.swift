internal import Crypto
internal import Glibc
internal import Images
internal import LinuxSystem
internal import OCI
internal import Registry
internal import SystemPackage

/// Downloads a file, for `ADD` of a Dockerfile.
struct Download: Sendable {
    let client: RegistryClient

    /// The file's name in the directory.
    private static let name = "download"

    /// - Returns: the name of the file in the directory, and the SHA-256 of its content.
    func download(_ address: String, into directory: FilePath) async throws -> (name: String, digest: OCI.Digest) {
        let file = try OwnedDescriptor.open(
            directory.appending(Self.name), O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
        var hash = SHA256()
        let modified = try await client.file(address) { piece in
            try piece.withUnsafeBytes { bytes in
                hash.update(bufferPointer: bytes)
                try file.write(bytes)
            }
        }
        // Without a time from the server the file gets time 0, so that the same file always has the same time.
        let time = timespec(tv_sec: Int(modified ?? 0), tv_nsec: 0)
        let fd = file.rawValue
        try systemCall("futimens", address) { futimens(fd, [time, time]) }
        return (Self.name, try OCI.Digest(.sha256, bytes: hash.finalize()))
    }
}
