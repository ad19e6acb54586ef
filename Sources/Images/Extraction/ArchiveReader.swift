internal import CArchive

/// A stream read by libarchive: one compressed file, or a tar; archive_read(3).
final class ArchiveReader {
    enum Kind {
        /// One entry: the bytes without their compression.
        case compressedBytes
        /// The entries of a tar that is not compressed.
        case tar
    }

    /// Part of an entry's data; the bytes are valid until the next call on the reader.
    struct Block {
        var bytes: UnsafeRawBufferPointer
        /// Where they belong; what lies between two blocks is a hole.
        var offset: Int64
    }

    /// What libarchive's callback gets: the source, one buffer, and a failure that C cannot carry.
    private final class Feed {
        let source: any ByteSource
        /// The number of bytes that may still be read, and the error for more.
        var allowance = Int64.max
        var excess: ImageError?
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 17, alignment: 16)
        var failure: ImageError?

        init(_ source: any ByteSource) {
            self.source = source
        }

        deinit {
            buffer.deallocate()
        }
    }

    private let archive: OpaquePointer
    private let feed: Feed
    private var hasEntry = false

    /// - Throws: `.invalidArchive` when the stream's beginning cannot be understood.
    init(_ source: any ByteSource, _ kind: Kind) throws(ImageError) {
        guard let archive = archive_read_new() else {
            throw ImageError(.invalidArchive, "Could not read \(source.subject): out of memory.")
        }
        self.archive = archive
        feed = Feed(source)
        archive_read_support_format_empty(archive)
        switch kind {
        case .compressedBytes:
            archive_read_support_format_raw(archive)
            archive_read_support_filter_gzip(archive)
            archive_read_support_filter_bzip2(archive)
            archive_read_support_filter_xz(archive)
            archive_read_support_filter_zstd(archive)
        case .tar:
            archive_read_support_format_tar(archive)
        }
        let client = Unmanaged.passUnretained(feed).toOpaque()
        let result = archive_read_open(
            archive, client, nil,
            { _, client, piece in
                guard let client, let piece else { return -1 }
                let feed = Unmanaged<Feed>.fromOpaque(client).takeUnretainedValue()
                do throws(ImageError) {
                    let count = try feed.source.read(into: feed.buffer)
                    feed.allowance -= Int64(count)
                    if feed.allowance < 0, let excess = feed.excess { throw excess }
                    piece.pointee = UnsafeRawPointer(feed.buffer.baseAddress)
                    return count
                } catch {
                    feed.failure = error
                    return -1
                }
            }, nil)
        try check(result)
        // Each compression multiplies what few bytes may become; one is all that a format has. The count includes the
        // reader of the stream itself.
        guard archive_filter_count(archive) <= 2 else {
            throw ImageError(
                .invalidArchive,
                "Could not read \(source.subject): it is compressed more than once. Decompress it until it is a tar.")
        }
    }

    deinit {
        archive_read_free(archive)
    }

    var subject: String { feed.source.subject }

    /// The next entry, or `nil` at the end; it is valid until the next call.
    ///
    /// - Throws: `excess` when more than about `limit` bytes describe it; libarchive keeps them all in memory.
    func next(
        headerLimit limit: Int64 = .max, _ excess: @autoclosure () -> ImageError? = nil
    ) throws(ImageError) -> OpaquePointer? {
        var entry: OpaquePointer?
        if limit < .max {
            // Unread content of the previous entry does not count for the header of this one.
            if hasEntry { try check(archive_read_data_skip(archive)) }
            feed.excess = excess()
            feed.allowance = limit + Int64(feed.buffer.count)
        }
        defer { feed.allowance = .max }
        let result = archive_read_next_header(archive, &entry)
        hasEntry = result != ARCHIVE_EOF
        if result == ARCHIVE_EOF {
            try check(ARCHIVE_OK)
            return nil
        }
        try check(result)
        return entry
    }

    /// The next part of the current entry's data, or `nil` at its end.
    func nextBlock() throws(ImageError) -> Block? {
        var start: UnsafeRawPointer?
        var count = 0
        var offset: la_int64_t = 0
        let result = archive_read_data_block(archive, &start, &count, &offset)
        if result == ARCHIVE_EOF {
            try check(ARCHIVE_OK)
            return nil
        }
        try check(result)
        return Block(bytes: UnsafeRawBufferPointer(start: start, count: count), offset: Int64(offset))
    }

    /// A warning is a name or a number that libarchive could not convert and left unchanged.
    private func check(_ result: Int32) throws(ImageError) {
        if let failure = feed.failure { throw failure }
        guard result < ARCHIVE_WARN else { return }
        let reason = archive_error_string(archive).map { String(cString: $0) } ?? "unknown reason"
        throw ImageError(.invalidArchive, "Could not read \(subject): the archive is broken (\(reason)).")
    }
}
