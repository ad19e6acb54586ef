internal import Crypto
internal import OCI

/// Puts texts and numbers together so that no two lists give the same bytes, and makes a digest of it.
struct KeyWriter {
    private var hash = SHA256()

    /// - Parameter purpose: What kind of key it is.
    init(_ purpose: String) {
        add(purpose)
    }

    mutating func add(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            add(UInt64(bytes.count))
            hash.update(bufferPointer: UnsafeRawBufferPointer(bytes))
        }
    }

    mutating func add(_ number: UInt64) {
        withUnsafeBytes(of: number.littleEndian) { hash.update(bufferPointer: $0) }
    }

    mutating func add(_ texts: some Collection<String>) {
        add(UInt64(texts.count))
        for text in texts { add(text) }
    }

    consuming func digest() throws(BuildError) -> OCI.Digest {
        do throws(OCIError) {
            return try OCI.Digest(.sha256, bytes: hash.finalize())
        } catch {
            throw BuildError(.systemCall, "Could not compute a digest: \(error.message)", cause: error)
        }
    }

    /// The digest of bytes, as text.
    static func digest(of bytes: some Sequence<UInt8>) throws(BuildError) -> OCI.Digest {
        do throws(OCIError) {
            return try OCI.Digest(.sha256, bytes: SHA256.hash(data: Array(bytes)))
        } catch {
            throw BuildError(.systemCall, "Could not compute a digest: \(error.message)", cause: error)
        }
    }
}
