internal import Crypto
internal import OCI

/// A digest in the making, by either algorithm of the specification.
enum ContentDigest {
    case sha256(SHA256)
    case sha512(SHA512)

    init(_ algorithm: OCI.Digest.Algorithm) {
        switch algorithm {
        case .sha256: self = .sha256(SHA256())
        case .sha512: self = .sha512(SHA512())
        }
    }

    mutating func update(_ bytes: RawSpan) {
        bytes.withUnsafeBytes { buffer in
            switch self {
            case .sha256(var hash):
                hash.update(bufferPointer: buffer)
                self = .sha256(hash)
            case .sha512(var hash):
                hash.update(bufferPointer: buffer)
                self = .sha512(hash)
            }
        }
    }

    func finish() throws(OCIError) -> OCI.Digest {
        switch self {
        case .sha256(let hash): try OCI.Digest(.sha256, bytes: hash.finalize())
        case .sha512(let hash): try OCI.Digest(.sha512, bytes: hash.finalize())
        }
    }

    /// The digest of bytes that are there already.
    static func of(_ bytes: [UInt8], _ algorithm: OCI.Digest.Algorithm) throws(RegistryError) -> OCI.Digest {
        var content = ContentDigest(algorithm)
        content.update(bytes.span.bytes)
        return try content.digest()
    }

    func digest() throws(RegistryError) -> OCI.Digest {
        do throws(OCIError) {
            return try finish()
        } catch {
            throw RegistryError(.protocolViolation, "Could not compute a digest: \(error.message)", cause: error)
        }
    }
}
