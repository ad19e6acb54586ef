/// The bytes of a tar's headers, the same for the same entry always; POSIX.1 pax "ustar" and "pax".
enum TarEncoding {
    static let block = 512
    private static let emptyBlock = [UInt8](repeating: 0, count: block)

    /// How many bytes fill the last block of `size` bytes.
    static func padding(after size: Int64) -> Int {
        let rest = Int(size % Int64(block))
        return rest == 0 ? 0 : block - rest
    }

    /// Appends an entry's headers. Values that do not fit the classic header are in an extended header before it.
    static func append(_ entry: TarEntry, to bytes: inout [UInt8]) {
        let records = paxRecords(entry)
        if !records.isEmpty {
            let extended = TarEntry(name: Array("pax".utf8), kind: .file(size: Int64(records.count)), mode: 0o644)
            appendHeader(extended, type: UInt8(ascii: "x"), to: &bytes)
            bytes += records
            bytes += emptyBlock.prefix(padding(after: Int64(records.count)))
        }
        appendHeader(entry, type: type(entry.kind), to: &bytes)
    }

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
}

// MARK: - Extended header

extension TarEncoding {
    private static func paxRecords(_ entry: TarEntry) -> [UInt8] {
        var records: [UInt8] = []
        /// A record contains its own length, including the digits of that number.
        func add(_ key: String, _ value: [UInt8]) {
            let rest = key.utf8.count + value.count + 3
            var length = rest + 1
            while digits(length) + rest != length { length = digits(length) + rest }
            records += "\(length) ".utf8
            records += key.utf8
            records.append(UInt8(ascii: "="))
            records += value
            records.append(UInt8(ascii: "\n"))
        }
        func needsRecord(_ text: [UInt8]) -> Bool { text.count > 100 || text.contains { $0 > 0x7e } }
        if needsRecord(entry.name) { add("path", entry.name) }
        let target = linkTarget(entry.kind)
        if needsRecord(target) { add("linkpath", target) }
        if size(entry.kind) > octalLimit(11) { add("size", Array("\(size(entry.kind))".utf8)) }
        if Int64(entry.user) > octalLimit(7) { add("uid", Array("\(entry.user)".utf8)) }
        if Int64(entry.group) > octalLimit(7) { add("gid", Array("\(entry.group)".utf8)) }
        if entry.nanoseconds != 0 || entry.seconds < 0 || entry.seconds > octalLimit(11) {
            add("mtime", decimal(entry.seconds, entry.nanoseconds))
        }
        for attribute in entry.attributes { add("SCHILY.xattr.\(attribute.name)", attribute.value) }
        return records
    }

    private static func digits(_ number: Int) -> Int {
        var (count, rest) = (1, number)
        while rest >= 10 {
            rest /= 10
            count += 1
        }
        return count
    }

    /// Before 1970 whole seconds only: readers disagree on which way a fraction counts there.
    private static func decimal(_ seconds: Int64, _ nanoseconds: Int64) -> [UInt8] {
        var text = Array("\(seconds)".utf8)
        guard nanoseconds != 0, seconds >= 0 else { return text }
        text.append(UInt8(ascii: "."))
        var scale: Int64 = 100_000_000
        while scale > 0 {
            text.append(UInt8(ascii: "0") + UInt8(nanoseconds / scale % 10))
            scale /= 10
        }
        return text
    }
}

// MARK: - Classic header

extension TarEncoding {
    private static func appendHeader(_ entry: TarEntry, type: UInt8, to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes += emptyBlock
        bytes.withUnsafeMutableBytes { all in
            let block = UnsafeMutableRawBufferPointer(rebasing: all[start...])
            put(entry.name, at: 0, limit: 100, in: block)
            put(octal: Int64(entry.mode), at: 100, digits: 7, in: block)
            put(octal: Int64(entry.user), at: 108, digits: 7, in: block)
            put(octal: Int64(entry.group), at: 116, digits: 7, in: block)
            put(octal: size(entry.kind), at: 124, digits: 11, in: block)
            put(octal: entry.seconds, at: 136, digits: 11, in: block)
            block[156] = type
            put(linkTarget(entry.kind), at: 157, limit: 100, in: block)
            put(Array("ustar\0".utf8) + Array("00".utf8), at: 257, limit: 8, in: block)
            switch entry.kind {
            case .characterDevice(let major, let minor), .blockDevice(let major, let minor):
                put(octal: Int64(major), at: 329, digits: 7, in: block)
                put(octal: Int64(minor), at: 337, digits: 7, in: block)
            default: break
            }
            // While it is summed up, the sum itself counts as eight spaces.
            var sum: Int64 = 8 * 0x20
            for byte in block { sum += Int64(byte) }
            put(octal: sum, at: 148, digits: 6, in: block)
            block[155] = 0x20
        }
    }

    private static func put(_ text: [UInt8], at offset: Int, limit: Int, in block: UnsafeMutableRawBufferPointer) {
        UnsafeMutableRawBufferPointer(rebasing: block[offset...]).copyBytes(from: text.prefix(limit))
    }

    /// A value that does not fit is 0 here and is in the extended header.
    private static func put(octal value: Int64, at offset: Int, digits: Int, in block: UnsafeMutableRawBufferPointer) {
        var rest = value < 0 || value > octalLimit(digits) ? 0 : value
        for index in stride(from: digits - 1, through: 0, by: -1) {
            block[offset + index] = UInt8(ascii: "0") + UInt8(rest & 7)
            rest >>= 3
        }
    }
}
