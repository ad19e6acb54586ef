/// The header of an ELF file; elf(5).
enum ExecutableFile {
    /// Whether it is a 64-bit little-endian executable that names no interpreter.
    static func isStatic(_ bytes: [UInt8]) -> Bool {
        func number<Number: FixedWidthInteger>(_ type: Number.Type, at offset: UInt64) -> Number? {
            let width = Number.bitWidth / 8
            guard offset <= UInt64(bytes.count), UInt64(bytes.count) - offset >= UInt64(width) else { return nil }
            var value: Number = 0
            for index in 0..<width {
                value |= Number(truncatingIfNeeded: bytes[Int(offset) + index]) << (8 * index)
            }
            return value
        }
        guard bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1]),
            let kind = number(UInt16.self, at: 16), kind == 2 || kind == 3,
            let table = number(UInt64.self, at: 32), let width = number(UInt16.self, at: 54),
            let count = number(UInt16.self, at: 56), count > 0, width >= 56
        else { return false }
        for index in 0..<UInt64(count) {
            let (offset, overflow) = table.addingReportingOverflow(index * UInt64(width))
            // 3 is PT_INTERP.
            guard !overflow, let type = number(UInt32.self, at: offset), type != 3 else { return false }
        }
        return true
    }
}
