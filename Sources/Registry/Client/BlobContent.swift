internal import NIOCore

/// The content of a blob to push, readable from any place, so that an upload can go on where it broke.
public struct BlobContent: Sendable {
    /// Reads from `offset` on, at most `count` bytes and at least one; fewer is no end, none is the end.
    public let read: @Sendable (_ offset: Int64, _ count: Int) async throws -> [UInt8]

    public init(read: @escaping @Sendable (_ offset: Int64, _ count: Int) async throws -> [UInt8]) {
        self.read = read
    }

    /// A content in memory.
    public init(_ bytes: [UInt8]) {
        self.init { offset, count in
            Array(bytes[Int(min(offset, Int64(bytes.count)))...].prefix(count))
        }
    }
}

/// A part of a content as the body of a request, read as fast as it can be sent.
struct BodySequence: AsyncSequence, Sendable {
    let content: BlobContent
    let range: Range<Int64>

    static let pieceSize = 1 << 18

    struct Iterator: AsyncIteratorProtocol {
        let content: BlobContent
        var range: Range<Int64>

        /// - Throws: `ContentFailure`, also where the content ends too early.
        mutating func next() async throws -> ByteBuffer? {
            guard !range.isEmpty else { return nil }
            let bytes: [UInt8]
            let count = Int(Swift.min(Int64(BodySequence.pieceSize), range.upperBound - range.lowerBound))
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
            return ByteBuffer(bytes: bytes)
        }
    }

    func makeAsyncIterator() -> Iterator { Iterator(content: content, range: range) }
}
