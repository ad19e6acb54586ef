internal import OCI

/// Puts texts and numbers together so that no two lists give the same bytes, and makes a digest of it.
struct KeyWriter {
    private var digester = Digester()

    /// - Parameter purpose: What kind of key it is.
    init(_ purpose: String) {
        add(purpose)
    }

    mutating func add(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            add(UInt64(bytes.count))
            digester.update(UnsafeRawBufferPointer(bytes))
        }
    }

    mutating func add(_ number: UInt64) {
        withUnsafeBytes(of: number.littleEndian) { digester.update($0) }
    }

    mutating func add(_ texts: some Collection<String>) {
        add(UInt64(texts.count))
        for text in texts { add(text) }
    }

    var digest: Digest { digester.digest }

    /// The digest of bytes, as text.
    static func digest(of bytes: some Sequence<UInt8>) -> Digest {
        Digester.digest(of: Array(bytes))
    }
}
