internal import CCrypto

/// Computes a digest piece by piece; SHA-2 of FIPS 180-4, by OpenSSL's libcrypto.
///
/// A value: a copy goes on by itself. It is the only user of the cryptographic library.
package struct Digester: Sendable {
    private enum State {
        case sha256(SHA256_CTX)
        case sha512(SHA512_CTX)
    }

    private var state: State
    /// How many bytes have been seen.
    package private(set) var count: Int64 = 0

    package init(_ algorithm: Digest.Algorithm = .sha256) {
        switch algorithm {
        case .sha256:
            var context = SHA256_CTX()
            SHA256_Init(&context)
            state = .sha256(context)
        case .sha512:
            var context = SHA512_CTX()
            SHA512_Init(&context)
            state = .sha512(context)
        }
    }

    /// Takes in the bytes that follow those it has seen.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        count += Int64(bytes.count)
        switch state {
        case .sha256(var context):
            SHA256_Update(&context, bytes.baseAddress, bytes.count)
            state = .sha256(context)
        case .sha512(var context):
            SHA512_Update(&context, bytes.baseAddress, bytes.count)
            state = .sha512(context)
        }
    }

    /// Takes in the bytes that follow those it has seen.
    package mutating func update(_ bytes: RawSpan) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// Takes in the bytes that follow those it has seen.
    package mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// The digest of what has been seen; more may follow.
    package var digest: Digest {
        switch state {
        case .sha256: Digest(.sha256, hash: hash)
        case .sha512: Digest(.sha512, hash: hash)
        }
    }

    /// The bytes of the digest: 32 of SHA-256, 64 of SHA-512.
    package var hash: [UInt8] {
        switch state {
        case .sha256(var context):
            [UInt8](unsafeUninitializedCapacity: Int(SHA256_DIGEST_LENGTH)) { buffer, count in
                SHA256_Final(buffer.baseAddress, &context)
                count = buffer.count
            }
        case .sha512(var context):
            [UInt8](unsafeUninitializedCapacity: Int(SHA512_DIGEST_LENGTH)) { buffer, count in
                SHA512_Final(buffer.baseAddress, &context)
                count = buffer.count
            }
        }
    }
}

// MARK: - In one go

extension Digester {
    /// The digest of bytes that are there already.
    package static func digest(of bytes: [UInt8], _ algorithm: Digest.Algorithm = .sha256) -> Digest {
        var digester = Digester(algorithm)
        digester.update(bytes)
        return digester.digest
    }

    /// The 32 bytes of the SHA-256 of a text or of bytes.
    package static func hash(of bytes: some Sequence<UInt8>) -> [UInt8] {
        var digester = Digester(.sha256)
        digester.update(Array(bytes))
        return digester.hash
    }

    /// The 48 bytes of the SHA-384, which the image specification does not know and Dockerfiles do.
    package static func sha384(of bytes: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Int(SHA384_DIGEST_LENGTH)) { buffer, count in
            SHA384(bytes, bytes.count, buffer.baseAddress)
            count = buffer.count
        }
    }
}
