/// The content of a blob to push, readable from any place, so that an upload can go on where it broke.
package struct BlobContent: Sendable {
    /// Reads from `offset` on, at most `count` bytes and at least one; fewer is no end, none is the end.
    package let read: @Sendable (_ offset: Int64, _ count: Int) async throws -> [UInt8]

    package init(read: @escaping @Sendable (_ offset: Int64, _ count: Int) async throws -> [UInt8]) {
        self.read = read
    }

    /// A content in memory.
    package init(_ bytes: [UInt8]) {
        self.init { offset, count in
            Array(bytes[Int(min(offset, Int64(bytes.count)))...].prefix(count))
        }
    }
}

/// A part of a content as the body of a request, read as fast as it can be sent.
struct BodySequence: Sendable {
    static let pieceSize = 1 << 18

    let content: BlobContent
    /// What has not been read yet.
    private(set) var range: Range<Int64>

    init(content: BlobContent, range: Range<Int64>) {
        self.content = content
        self.range = range
    }

    /// The next piece; `nil` at the end.
    ///
    /// - Throws: also where the content ends too early.
    mutating func next() async throws(ContentFailure) -> [UInt8]? {
        guard !range.isEmpty else { return nil }
        let bytes: [UInt8]
        let count = Int(min(Int64(Self.pieceSize), range.upperBound - range.lowerBound))
        do {
            bytes = try await content.read(range.lowerBound, count)
        } catch {
            throw ContentFailure(cause: error)
        }
        guard !bytes.isEmpty, bytes.count <= count else {
            throw ContentFailure(
                cause: RegistryError(
                    .sizeMismatch,
                    "The content ends after \(range.lowerBound) bytes, \(range.upperBound) were announced."))
        }
        range = (range.lowerBound + Int64(bytes.count))..<range.upperBound
        return bytes
    }
}
