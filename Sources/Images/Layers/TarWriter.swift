/// What a tar says of one file.
struct TarEntry {
    enum Kind {
        case file(size: Int64)
        case directory
        case symbolicLink(target: [UInt8])
        /// To an entry that came before, by its name.
        case hardLink(target: [UInt8])
        case characterDevice(major: UInt32, minor: UInt32)
        case blockDevice(major: UInt32, minor: UInt32)
        case fifo
    }

    var name: [UInt8]
    var kind: Kind
    var mode: UInt32
    var user: UInt32 = 0
    var group: UInt32 = 0
    var seconds: Int64 = 0
    var nanoseconds: Int64 = 0
    var attributes: [(name: String, value: [UInt8])] = []
}

/// Writes a tar in the pax format, the same bytes for the same entries always; POSIX.1 pax "ustar" and "pax".
final class TarWriter {
    private let sink: any ByteSink
    private static let block = 512
    private static let bufferSize = 1 << 18
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bufferSize, alignment: 16)
    private var filled = 0

    init(_ sink: any ByteSink) {
        self.sink = sink
    }

    deinit {
        buffer.deallocate()
    }

    /// Writes an entry's headers. The data of a file follows by `writeData`, then `pad`.
    func write(_ entry: TarEntry) throws(ImageError) {
        let records = Self.paxRecords(entry)
        if !records.isEmpty {
            let extended = TarEntry(name: Array("pax".utf8), kind: .file(size: Int64(records.count)), mode: 0o644)
            try put(Self.header(extended, type: UInt8(ascii: "x")))
            try put(records)
            try pad(Int64(records.count))
        }
        try put(Self.header(entry, type: Self.type(entry.kind)))
    }

    /// Writes a small file with its data.
    func write(_ entry: TarEntry, _ data: [UInt8]) throws(ImageError) {
        try write(entry)
        try put(data)
        try pad(Int64(data.count))
    }

    func writeData(_ bytes: UnsafeRawBufferPointer) throws(ImageError) {
        if bytes.count > buffer.count - filled {
            try flush()
            if bytes.count >= buffer.count / 2 { return try sink.write(bytes) }
        }
        UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]).copyMemory(from: bytes)
        filled += bytes.count
    }

    /// Fills the last block of `size` bytes of data.
    func pad(_ size: Int64) throws(ImageError) {
        let rest = Int(size % Int64(Self.block))
        if rest > 0 { try put([UInt8](repeating: 0, count: Self.block - rest)) }
    }

    /// Writes the two empty blocks that end a tar, and all that is still held back.
    func finish() throws(ImageError) {
        try put([UInt8](repeating: 0, count: 2 * Self.block))
        try flush()
    }

    private func put(_ bytes: [UInt8]) throws(ImageError) {
        try bytes.withUnsafeBufferPointer { (bytes: UnsafeBufferPointer<UInt8>) throws(ImageError) in
            try writeData(UnsafeRawBufferPointer(bytes))
        }
    }

    private func flush() throws(ImageError) {
        try sink.write(UnsafeRawBufferPointer(rebasing: buffer[..<filled]))
        filled = 0
    }
}

extension TarWriter {
    private static func type(_ kind: TarEntry.Kind) -> UInt8 {
        switch kind {
        case .file: UInt8(ascii: "0")
        case .hardLink: UInt8(ascii: "1")
        case .symbolicLink: UInt8(ascii: "2")
        case .characterDevice: UInt8(ascii: "3")
        case .blockDevice: UInt8(ascii: "4")
        case .directory: UInt8(ascii: "5")
        case .fifo: UInt8(ascii: "6")
        }
    }

    private static func linkTarget(_ kind: TarEntry.Kind) -> [UInt8] {
        switch kind {
        case .symbolicLink(let target), .hardLink(let target): target
        default: []
        }
    }

    private static func size(_ kind: TarEntry.Kind) -> Int64 {
        if case .file(let size) = kind { size } else { 0 }
    }

    /// The largest number of `digits` octal digits.
    private static func octalLimit(_ digits: Int) -> Int64 { Int64(1) << (3 * digits) - 1 }

    /// What does not fit the classic header.
    private static func paxRecords(_ entry: TarEntry) -> [UInt8] {
        var records: [UInt8] = []
        func add(_ key: String, _ value: [UInt8]) {
            let body = Array(" \(key)=".utf8) + value + Array("\n".utf8)
            var length = body.count + 1
            while "\(length)".utf8.count + body.count != length { length = "\(length)".utf8.count + body.count }
            records += Array("\(length)".utf8) + body
        }
        func needsRecord(_ text: [UInt8]) -> Bool { text.count > 100 || text.contains { $0 > 0x7e } }
        if needsRecord(entry.name) { add("path", entry.name) }
        let target = linkTarget(entry.kind)
        if needsRecord(target) { add("linkpath", target) }
        if size(entry.kind) > octalLimit(11) { add("size", Array("\(size(entry.kind))".utf8)) }
        if Int64(entry.user) > octalLimit(7) { add("uid", Array("\(entry.user)".utf8)) }
        if Int64(entry.group) > octalLimit(7) { add("gid", Array("\(entry.group)".utf8)) }
        if entry.nanoseconds != 0 || entry.seconds < 0 || entry.seconds > octalLimit(11) {
            add("mtime", Array(decimal(entry.seconds, entry.nanoseconds).utf8))
        }
        for attribute in entry.attributes { add("SCHILY.xattr.\(attribute.name)", attribute.value) }
        return records
    }

    /// Before 1970 whole seconds only: readers disagree on which way a fraction counts there.
    private static func decimal(_ seconds: Int64, _ nanoseconds: Int64) -> String {
        guard nanoseconds != 0, seconds >= 0 else { return "\(seconds)" }
        return "\(seconds).\("\(nanoseconds + 1_000_000_000)".dropFirst())"
    }

    private static func header(_ entry: TarEntry, type: UInt8) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: Self.block)
        func put(_ bytes: some Collection<UInt8>, at offset: Int, limit: Int) {
            for (index, byte) in bytes.prefix(limit).enumerated() { block[offset + index] = byte }
        }
        func put(octal value: Int64, at offset: Int, digits: Int) {
            let fitting = value < 0 || value > octalLimit(digits) ? 0 : value
            let text = String(fitting, radix: 8)
            put(Array((String(repeating: "0", count: digits - text.utf8.count) + text).utf8), at: offset, limit: digits)
        }
        put(entry.name, at: 0, limit: 100)
        put(octal: Int64(entry.mode), at: 100, digits: 7)
        put(octal: Int64(entry.user), at: 108, digits: 7)
        put(octal: Int64(entry.group), at: 116, digits: 7)
        put(octal: size(entry.kind), at: 124, digits: 11)
        put(octal: entry.seconds, at: 136, digits: 11)
        put(Array("        ".utf8), at: 148, limit: 8)
        block[156] = type
        put(linkTarget(entry.kind), at: 157, limit: 100)
        put(Array("ustar\0".utf8) + Array("00".utf8), at: 257, limit: 8)
        switch entry.kind {
        case .characterDevice(let major, let minor), .blockDevice(let major, let minor):
            put(octal: Int64(major), at: 329, digits: 7)
            put(octal: Int64(minor), at: 337, digits: 7)
        default: break
        }
        let sum = block.reduce(0) { $0 + Int64($1) }
        put(octal: sum, at: 148, digits: 6)
        block[154] = 0
        return block
    }
}
