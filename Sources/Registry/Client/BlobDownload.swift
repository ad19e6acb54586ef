/// The progress of a blob over all answers that contain parts of it. A pure state machine.
struct BlobDownload {
    let size: Int64
    /// How many bytes have been handed on.
    private(set) var offset: Int64 = 0
    /// The number of bytes of this answer that earlier answers contained.
    private var skip: Int64 = 0

    init(size: Int64) { self.size = size }

    var isComplete: Bool { offset == size }

    /// Begins a new answer at its position in the blob.
    ///
    /// - Throws: `.sizeMismatch` when it announces another size, `.protocolViolation` when it begins too late.
    mutating func begin(
        status: Int, contentRange: String?, contentLength: String?, host: String, _ what: String
    ) throws(RegistryError) {
        guard status == 206 else {
            // The server does not know ranges and sends all of it again.
            skip = offset
            if let length = contentLength.flatMap({ Int64($0) }), length != size { throw mismatch(length, host, what) }
            return
        }
        guard let range = contentRange.flatMap({ ContentRange($0) }), range.bytes.lowerBound <= offset,
            range.bytes.upperBound > offset
        else {
            throw RegistryError(
                .protocolViolation,
                "Could not \(what): asked for the bytes from \(offset) on, \(host) gave `\(contentRange ?? "no range")`."
            )
        }
        if let total = range.total, total != size { throw mismatch(total, host, what) }
        skip = offset - range.bytes.lowerBound
    }

    /// Takes a piece of `count` bytes; returns the range of its new bytes.
    ///
    /// - Throws: `.sizeMismatch` when the blob would become too long; the piece must not be passed on then.
    mutating func take(_ count: Int, host: String, _ what: String) throws(RegistryError) -> Range<Int> {
        let known = Int(min(skip, Int64(count)))
        skip -= Int64(known)
        guard Int64(count - known) <= size - offset else {
            throw RegistryError(
                .sizeMismatch, "Could not \(what): \(host) sends more than the \(size) bytes that it has.")
        }
        offset += Int64(count - known)
        return known..<count
    }

    /// The answer is over.
    ///
    /// - Throws: `.connectionBroken`, for another attempt, where bytes are missing.
    func end(host: String, _ what: String) throws(RegistryError) {
        guard !isComplete else { return }
        throw RegistryError(
            .connectionBroken, "Could not \(what): \(host) stopped after \(offset) of \(size) bytes. Try again.",
            retry: .connection)
    }

    private func mismatch(_ announced: Int64, _ host: String, _ what: String) -> RegistryError {
        RegistryError(
            .sizeMismatch,
            "Could not \(what): \(host) has \(announced) bytes of it, and its descriptor says \(size). The registry's content is damaged."
        )
    }
}
