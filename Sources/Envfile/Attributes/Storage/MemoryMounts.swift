extension Mount {
    /// `tmpfs` of a service: `TARGET[:OPTIONS]`, one or a list.
    static func decodedMemoryList(from cursor: Cursor) -> [Located<Mount>] {
        (cursor.stringOrList() ?? []).compactMap { entry in
            let item = Cursor(string: entry, context: cursor.context)
            return memory(entry.value, at: item).map(item.located)
        }
    }

    private static func memory(_ text: String, at cursor: Cursor) -> Mount? {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let path = parts.first, let target = target(String(path), at: cursor) else { return nil }
        var size: UInt64?
        var mode: UInt32?
        var isReadOnly = false
        for option in parts.count == 2 ? parts[1].split(separator: ",") : [] {
            let (name, value) = KeyValue.split(String(option))
            switch (name, value) {
            case ("size", let value?):
                size = ByteCount.parse(value)
                if size == nil { cursor.unusable("`\(value)` is no size", expected: ByteCount.expected) }
            case ("mode", let value?):
                mode = FileMode.parse(value)
                if mode == nil { cursor.unusable("`\(value)` is no mode", expected: FileMode.expected) }
            case ("ro", nil): isReadOnly = true
            case ("rw", nil): isReadOnly = false
            case ("exec", nil), ("noexec", nil), ("suid", nil), ("nosuid", nil), ("dev", nil), ("nodev", nil),
                ("noatime", nil), ("uid", _?), ("gid", _?), ("nr_inodes", _?), ("nr_blocks", _?):
                cursor.warning("the tmpfs option `\(name)` is not applied yet and is ignored")
            default:
                cursor.unusable("`\(option)` is no tmpfs option", expected: "`size=`, `mode=`, `ro`, `rw`")
            }
        }
        return Mount(
            source: .tmpfs(size: size, mode: mode), target: target, isReadOnly: isReadOnly, tmpfsText: text)
    }
}

/// Numbers of bytes such as `64m` or `1.5gb`; units are powers of 1024.
enum ByteCount {
    static let expected = "a number of bytes such as 65536, 64k, 64m or 1gb"

    static func decoded(from cursor: Cursor) -> UInt64? {
        guard let scalar = cursor.scalar, scalar.type == .string || scalar.type == .integer else {
            cursor.mismatch(expected)
            return nil
        }
        if let size = parse(scalar.text) { return size }
        cursor.error("`\(scalar.text)` is no size", expected: expected)
        return nil
    }

    static func parse(_ text: String) -> UInt64? {
        let lower = text.lowercased()
        let number = lower.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let shift: UInt64
        switch lower.dropFirst(number.count).drop(while: { $0 == " " }) {
        case "", "b": shift = 0
        case "k", "kb", "kib": shift = 10
        case "m", "mb", "mib": shift = 20
        case "g", "gb", "gib": shift = 30
        case "t", "tb", "tib": shift = 40
        case "p", "pb", "pib": shift = 50
        default: return nil
        }
        if let whole = UInt64(number) {
            let (bytes, overflows) = whole.multipliedReportingOverflow(by: 1 << shift)
            return overflows ? nil : bytes
        }
        guard let fraction = Double(number), fraction >= 0 else { return nil }
        return UInt64(exactly: (fraction * Double(UInt64(1) << shift)).rounded(.down))
    }
}

/// Modes of files, whose digits are octal in every notation.
enum FileMode {
    static let expected = "an octal mode such as \"1777\""

    static func decoded(from cursor: Cursor) -> UInt32? {
        guard let scalar = cursor.scalar, scalar.type == .string || scalar.type == .integer else {
            cursor.mismatch(expected)
            return nil
        }
        if let mode = parse(scalar.text) { return mode }
        cursor.error("`\(scalar.text)` is no mode", expected: expected)
        return nil
    }

    static func parse(_ text: String) -> UInt32? {
        let digits = text.hasPrefix("0o") ? text.dropFirst(2) : text[...]
        guard digits.utf8.first.map({ $0 >= UInt8(ascii: "0") }) == true, let mode = UInt32(digits, radix: 8) else {
            return nil
        }
        return mode <= 0o7777 ? mode : nil
    }
}
