internal import CArchive
internal import Glibc

/// Compresses with gzip; the same input always gives the same bytes; RFC 1952.
///
/// The input is divided into pieces of one size, each a separate member, as the format allows, so that all processors
/// compress; their number does not change the result.
final class GzipSink: ByteSink {
    static let pieceSize = 1 << 20
    private static let piecesAtOnce = 8

    private let next: any ByteSink
    private let level: Int
    private var pieces: [[UInt8]] = []
    private var isEmpty = true

    /// `level` is from 1, fast, to 9, small.
    init(_ next: any ByteSink, level: Int) {
        self.next = next
        self.level = min(max(level, 1), 9)
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(ImageError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            if pieces.last.map({ $0.count == Self.pieceSize }) ?? true {
                if pieces.count == Self.piecesAtOnce { try flush() }
                pieces.append([])
                pieces[pieces.count - 1].reserveCapacity(Self.pieceSize)
            }
            let part = rest.prefix(Self.pieceSize - pieces[pieces.count - 1].count)
            pieces[pieces.count - 1] += part
            rest = rest.dropFirst(part.count)
        }
    }

    /// Writes the remaining bytes; no call may follow.
    func finish() throws(ImageError) {
        if isEmpty && pieces.isEmpty { pieces.append([]) }
        try flush()
    }

    private func flush() throws(ImageError) {
        let level = level
        let members = try inParallel(pieces) { (piece: [UInt8]) throws(ImageError) -> [UInt8] in
            try GzipMember.compress(piece, level: level)
        }
        pieces = []
        isEmpty = false
        for member in members { try next.write(member) }
    }
}

/// One member of a gzip file, without a name and a time; archive_write(3).
private enum GzipMember {
    /// What libarchive's callback writes to.
    private final class Output {
        var bytes: [UInt8] = []
    }

    static func compress(_ bytes: [UInt8], level: Int) throws(ImageError) -> [UInt8] {
        guard let archive = archive_write_new(), let entry = archive_entry_new() else {
            throw ImageError(.invalidArchive, "Could not compress a layer: out of memory.")
        }
        defer {
            archive_entry_free(entry)
            archive_write_free(archive)
        }
        let output = Output()
        output.bytes.reserveCapacity(bytes.count / 2)
        archive_write_add_filter_gzip(archive)
        archive_write_set_format_raw(archive)
        archive_write_set_filter_option(archive, "gzip", "timestamp", nil)
        archive_write_set_filter_option(archive, "gzip", "compression-level", "\(level)")
        archive_write_set_bytes_in_last_block(archive, 1)
        archive_entry_set_filetype(entry, UInt32(Glibc.S_IFREG))
        let client = Unmanaged.passUnretained(output).toOpaque()
        let opened = archive_write_open(
            archive, client, nil,
            { _, client, bytes, count in
                guard let client, let bytes else { return -1 }
                let output = Unmanaged<Output>.fromOpaque(client).takeUnretainedValue()
                output.bytes += UnsafeRawBufferPointer(start: bytes, count: count)
                return count
            }, nil)
        guard opened == ARCHIVE_OK, archive_write_header(archive, entry) == ARCHIVE_OK,
            bytes.isEmpty || archive_write_data(archive, bytes, bytes.count) == bytes.count,
            archive_write_close(archive) == ARCHIVE_OK
        else {
            let reason = archive_error_string(archive).map { String(cString: $0) } ?? "unknown reason"
            throw ImageError(.invalidArchive, "Could not compress a layer: \(reason).")
        }
        return withExtendedLifetime(output) { output.bytes }
    }
}
