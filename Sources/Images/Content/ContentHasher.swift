internal import Crypto
internal import OCI

/// A digest in the making.
struct ContentHasher {
    private enum State {
        case sha256(SHA256)
        case sha512(SHA512)
    }

    private var state: State
    /// How many bytes have been seen.
    private(set) var count: Int64 = 0

    init(_ algorithm: OCI.Digest.Algorithm = .sha256) {
        state = algorithm == .sha256 ? .sha256(SHA256()) : .sha512(SHA512())
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        count += Int64(bytes.count)
        switch state {
        case .sha256(var hash):
            hash.update(bufferPointer: bytes)
            state = .sha256(hash)
        case .sha512(var hash):
            hash.update(bufferPointer: bytes)
            state = .sha512(hash)
        }
    }

    mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    func finish() throws(ImageError) -> OCI.Digest {
        do throws(OCIError) {
            switch state {
            case .sha256(let hash): return try OCI.Digest(.sha256, bytes: hash.finalize())
            case .sha512(let hash): return try OCI.Digest(.sha512, bytes: hash.finalize())
            }
        } catch {
            throw ImageError(.digestMismatch, "Could not compute a digest: \(error.message)", cause: error)
        }
    }

    static func digest(of bytes: [UInt8], _ algorithm: OCI.Digest.Algorithm = .sha256) throws(ImageError) -> OCI.Digest
    {
        var hasher = ContentHasher(algorithm)
        hasher.update(bytes)
        return try hasher.finish()
    }
}
