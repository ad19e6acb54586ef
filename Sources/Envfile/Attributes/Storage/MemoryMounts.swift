internal import Vocabulary

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
        var options: [String] = []
        for option in parts.count == 2 ? parts[1].split(separator: ",") : [] {
            let (name, value) = KeyValue.split(String(option))
            switch (name, value) {
            case ("size", let value?):
                size = ByteCount(parsing: value)?.rawValue
                if size == nil { cursor.unusable("`\(value)` is no size", expected: ByteCount.expected) }
            case ("mode", let value?):
                mode = FileMode.parse(value)
                if mode == nil { cursor.unusable("`\(value)` is no mode", expected: FileMode.expected) }
            case ("ro", nil): isReadOnly = true
            case ("rw", nil): isReadOnly = false
            case ("uid", let value?), ("gid", let value?), ("nr_inodes", let value?), ("nr_blocks", let value?):
                options.append("\(name)=\(value)")
                if UInt32(value) == nil { cursor.unusable("`\(value)` is no number", expected: "`\(name)=NUMBER`") }
            case (let flag, nil) where flags.contains(flag): options.append(flag)
            default:
                cursor.unusable(
                    "`\(option)` is no tmpfs option",
                    expected: "`size=`, `mode=`, `uid=`, `gid=`, `nr_inodes=`, `ro`, `exec` or another flag of mount(8)"
                )
            }
        }
        var mount = Mount(
            source: .tmpfs(size: size, mode: mode), target: target, isReadOnly: isReadOnly, tmpfsText: text)
        mount.options.memory = options
        return mount
    }

    private static let flags: Set<String> = [
        "exec", "noexec", "suid", "nosuid", "dev", "nodev", "noatime", "atime", "nodiratime", "diratime", "relatime",
        "norelatime", "strictatime", "sync", "async",
    ]
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
