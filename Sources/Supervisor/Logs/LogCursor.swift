internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// The position of a reader in one log file; it opens the files for each read and holds no descriptor.
struct LogCursor {
    let container: String
    let stream: LogStream
    private let file: FilePath
    private let index: FilePath
    private let since: UInt64
    /// The number of bytes read.
    private var offset: UInt64 = 0
    /// The offset of the first byte in `tail`.
    private var tailStart: UInt64 = 0
    private var tail: [UInt8] = []
    private var lines: [LogLine] = []
    private var nextLine = 0
    private var records: [LogIndex.Record] = []
    private var nextRecord = 0
    private var indexOffset: UInt64 = 0
    private var lastTime: UInt64 = 0

    private static let chunk = 65536

    init(container: String, stream: LogStream, file: FilePath, index: FilePath, since: UInt64) {
        self.container = container
        self.stream = stream
        self.file = file
        self.index = index
        self.since = since
    }

    /// The time of the next line, after more reads if needed; `nil` when there is none yet.
    mutating func nextTime() throws(SystemError) -> UInt64? {
        while true {
            if nextLine < lines.count { return lines[nextLine].time }
            guard try readOn() else { return nil }
        }
    }

    /// The line that `nextTime` spoke of.
    mutating func take() -> LogLine {
        defer { nextLine += 1 }
        return lines[nextLine]
    }

    /// The time of the last incomplete line; `nil` when there is none.
    var openLineTime: UInt64? { tail.isEmpty ? nil : lastTime }

    /// The last line without its end, once.
    @discardableResult
    mutating func finish() -> LogLine? {
        guard !tail.isEmpty else { return nil }
        defer {
            tailStart += UInt64(tail.count)
            tail = []
        }
        return LogLine(container: container, stream: stream, time: lastTime, bytes: tail, isPartial: true)
    }

    /// Moves on to where at most `count` whole lines and what follows them are left, looking from the end.
    mutating func skip(toLast count: Int) throws(SystemError) {
        guard let descriptor = try Self.open(file) else { return }
        var start = try descriptor.sizeAndTime().size
        var remaining = count + 1
        search: while start > 0 {
            let size = min(start, UInt64(Self.chunk))
            let bytes = try descriptor.read(at: start - size, atMost: Int(size))
            for position in bytes.indices.reversed() where bytes[position] == 10 {
                remaining -= 1
                if remaining == 0 {
                    offset = start - size + UInt64(position) + 1
                    break search
                }
            }
            start -= size
        }
        tailStart = offset
        try skipRecords()
    }

    /// Moves on in the index to the record that covers `offset`: the records are in order.
    private mutating func skipRecords() throws(SystemError) {
        guard let descriptor = try Self.open(index) else { return }
        let size = UInt64(LogIndex.recordSize)
        var low: UInt64 = 0
        var high = try descriptor.sizeAndTime().size / size
        while low < high {
            let middle = (low + high) / 2
            let bytes = try descriptor.read(at: middle * size, atMost: LogIndex.recordSize)
            if let record = LogIndex.records(in: bytes).first, record.end <= offset {
                low = middle + 1
            } else {
                high = middle
            }
        }
        indexOffset = low * size
    }

    private static func open(_ path: FilePath) throws(SystemError) -> OwnedDescriptor? {
        do throws(SystemError) {
            return try OwnedDescriptor.open(path)
        } catch  where error.errno == .noSuchFileOrDirectory {
            return nil
        }
    }

    /// Reads a piece of the file and cuts it into lines; `false` at its end.
    private mutating func readOn() throws(SystemError) -> Bool {
        guard let descriptor = try Self.open(file) else { return false }
        let (size, changed) = try descriptor.sizeAndTime()
        if size < offset { restart() }
        let bytes = try descriptor.read(at: offset, atMost: Self.chunk)
        guard !bytes.isEmpty else { return false }
        offset += UInt64(bytes.count)
        lines.removeAll(keepingCapacity: true)
        nextLine = 0
        var start = bytes.startIndex
        while let end = bytes[start...].firstIndex(of: 10) {
            try append(tail + bytes[start..<end], consumed: end - start + 1, fallback: changed, isPartial: false)
            start = end + 1
        }
        tail += bytes[start...]
        if tail.count >= LogReader.lineLimit {
            try append(tail, consumed: 0, fallback: changed, isPartial: true)
        } else if !tail.isEmpty {
            lastTime = try time(of: tailStart + UInt64(tail.count), fallback: changed)
        }
        return true
    }

    /// - Parameter consumed: how many bytes beyond `tail` the line took, its end included.
    private mutating func append(
        _ bytes: [UInt8], consumed: Int, fallback: UInt64, isPartial: Bool
    ) throws(SystemError) {
        tailStart += UInt64(tail.count + consumed)
        tail = []
        let time = try time(of: tailStart, fallback: fallback)
        if time < since { return }
        lines.append(LogLine(container: container, stream: stream, time: time, bytes: bytes, isPartial: isPartial))
    }

    /// The time of the byte before `end`; when the index does not have it yet, the time of the file's last change.
    private mutating func time(of end: UInt64, fallback: UInt64) throws(SystemError) -> UInt64 {
        while true {
            while nextRecord < records.count {
                if records[nextRecord].end >= end { return records[nextRecord].time }
                nextRecord += 1
            }
            guard try readRecords() else { return fallback }
        }
    }

    private mutating func readRecords() throws(SystemError) -> Bool {
        guard let descriptor = try Self.open(index) else { return false }
        records = LogIndex.records(in: try descriptor.read(at: indexOffset, atMost: 4096 * LogIndex.recordSize))
        nextRecord = 0
        indexOffset += UInt64(records.count * LogIndex.recordSize)
        return !records.isEmpty
    }

    /// The file was emptied or replaced: everything is read from its start.
    private mutating func restart() {
        offset = 0
        tailStart = 0
        tail = []
        records = []
        nextRecord = 0
        indexOffset = 0
    }
}
