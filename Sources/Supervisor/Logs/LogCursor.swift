internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// The position of a reader in one log file; it opens the files for each read and holds no descriptor.
struct LogCursor {
    let container: String
    let stream: LogStream
    private let directory: LogDirectory
    private let since: UInt64
    /// The number of bytes read of the file that is read.
    private var offset: UInt64 = 0
    /// The beginning of a line whose end has not been read; it may be of an older file.
    private var tail: [UInt8] = []
    private var lines: [LogLine] = []
    private var nextLine = 0
    private var records: [LogIndex.Record] = []
    private var nextRecord = 0
    private var indexOffset: UInt64 = 0
    private var lastTime: UInt64 = 0
    /// The inode of the file that is read, which older ones come before and younger ones after; `nil` before the first.
    private var identity: UInt64?
    /// Which of the files it was at the last look.
    private var age = 0

    private static let chunk = 65536

    init(container: String, stream: LogStream, directory: LogDirectory, since: UInt64) {
        self.container = container
        self.stream = stream
        self.directory = directory
        self.since = since
    }

    /// The time of the next line, after more reads if needed; `nil` when there is none yet.
    mutating func nextTime() throws(SystemError) -> UInt64? {
        while true {
            if hasLine { return lines[nextLine].time }
            guard try readOn() else { return nil }
        }
    }

    /// Whether the next line has been read.
    var hasLine: Bool { nextLine < lines.count }

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
        defer { tail = [] }
        return LogLine(container: container, stream: stream, time: lastTime, bytes: tail, isPartial: true)
    }

    /// Moves on to where at most `count` whole lines and what follows them are left, looking from the end.
    mutating func skip(toLast count: Int) throws(SystemError) {
        var remaining = count + 1
        for age in directory.ages(container, stream) {
            guard let descriptor = try Self.open(directory.file(container, stream, age: age)) else { continue }
            identity = try descriptor.inode()
            self.age = age
            offset = 0
            if let found = try Self.lineStart(in: descriptor, &remaining) {
                offset = found
                break
            }
        }
        try skipRecords()
    }

    /// Where the line begins before whose beginning so many line ends come, looking from the end; `nil` where there are
    /// fewer.
    private static func lineStart(
        in descriptor: borrowing OwnedDescriptor, _ remaining: inout Int
    ) throws(SystemError) -> UInt64? {
        var start = try descriptor.sizeAndTime().size
        while start > 0 {
            let size = min(start, UInt64(chunk))
            let bytes = try descriptor.read(at: start - size, atMost: Int(size))
            for position in bytes.indices.reversed() where bytes[position] == 10 {
                remaining -= 1
                if remaining == 0 { return start - size + UInt64(position) + 1 }
            }
            start -= size
        }
        return nil
    }

    /// Moves on in the index to the record that covers `offset`: the records are in order.
    private mutating func skipRecords() throws(SystemError) {
        guard let descriptor = try Self.open(directory.index(container, stream, age: age)) else { return }
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

    /// Finds the file that is read where it is now: at the first time the oldest one.
    ///
    /// - Returns: `nil` when it was emptied or is not there any more.
    private mutating func current() throws(SystemError) -> SharedDescriptor? {
        // Where it was at the last look, and then where rotation may have moved it.
        let known = identity == nil ? directory.ages(container, stream).last ?? 0 : age
        if let found = try file(ofAge: known) { return found }
        guard identity != nil else { return nil }
        for candidate in directory.ages(container, stream) where candidate != age {
            if let found = try file(ofAge: candidate) { return found }
        }
        return nil
    }

    /// The file of an age, if it is the one that is read, or the first one that is.
    private mutating func file(ofAge candidate: Int) throws(SystemError) -> SharedDescriptor? {
        guard let descriptor = try Self.open(directory.file(container, stream, age: candidate)) else { return nil }
        let found = try descriptor.inode()
        guard identity ?? found == found else { return nil }
        if candidate == 0, try descriptor.sizeAndTime().size < offset { return nil }
        identity = found
        age = candidate
        return SharedDescriptor(descriptor)
    }

    /// Reads a piece of the files and cuts it into lines; `false` at their end.
    private mutating func readOn() throws(SystemError) -> Bool {
        guard let file = try current() else { return try beginAnew() }
        let changed = try file.descriptor.sizeAndTime().time
        let bytes = try file.descriptor.read(at: offset, atMost: Self.chunk)
        guard !bytes.isEmpty else {
            guard age > 0 else { return false }
            return try goOn()
        }
        try cut(bytes, changed)
        return true
    }

    /// Goes on with the next younger file, in which the last line may go on.
    private mutating func goOn() throws(SystemError) -> Bool {
        guard let next = try Self.open(directory.file(container, stream, age: age - 1)) else { return false }
        let rest = tail
        restart()
        tail = rest
        identity = try next.inode()
        age -= 1
        return try readOn()
    }

    /// The files are others: they are read from their start.
    private mutating func beginAnew() throws(SystemError) -> Bool {
        guard identity != nil, Files.exists(directory.file(container, stream)) else { return false }
        // What an older file ended with is a line: the new one does not go on with it.
        let rest = tail
        restart()
        identity = nil
        guard !rest.isEmpty else { return try readOn() }
        lines = [LogLine(container: container, stream: stream, time: lastTime, bytes: rest, isPartial: false)]
        nextLine = 0
        return true
    }

    private mutating func cut(_ bytes: [UInt8], _ changed: UInt64) throws(SystemError) {
        let begin = offset
        offset += UInt64(bytes.count)
        lines.removeAll(keepingCapacity: true)
        nextLine = 0
        var start = bytes.startIndex
        while let end = bytes[start...].firstIndex(of: 10) {
            try append(tail + bytes[start..<end], end: begin + UInt64(end + 1), fallback: changed, isPartial: false)
            start = end + 1
        }
        tail += bytes[start...]
        if tail.count >= LogReader.lineLimit {
            try append(tail, end: offset, fallback: changed, isPartial: true)
        } else if !tail.isEmpty {
            lastTime = try time(of: offset, fallback: changed)
        }
    }

    /// - Parameter end: where the line ends in the file that is read.
    private mutating func append(
        _ bytes: [UInt8], end: UInt64, fallback: UInt64, isPartial: Bool
    ) throws(SystemError) {
        tail = []
        let time = try time(of: end, fallback: fallback)
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
        guard let descriptor = try Self.open(directory.index(container, stream, age: age)) else { return false }
        records = LogIndex.records(in: try descriptor.read(at: indexOffset, atMost: 4096 * LogIndex.recordSize))
        nextRecord = 0
        indexOffset += UInt64(records.count * LogIndex.recordSize)
        return !records.isEmpty
    }

    /// The file was emptied or replaced: everything is read from its start.
    private mutating func restart() {
        offset = 0
        tail = []
        records = []
        nextRecord = 0
        indexOffset = 0
    }
}
