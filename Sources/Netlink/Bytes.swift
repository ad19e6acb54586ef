/// Reading and writing integers in the machine's byte order, as netlink has them.
extension ArraySlice<UInt8> {
    /// The integer `offset` bytes after the start, or `nil` where the slice is too short.
    func integer<Value: FixedWidthInteger>(at offset: Int = 0, as type: Value.Type = Value.self) -> Value? {
        guard offset >= 0, count >= MemoryLayout<Value>.size, offset <= count - MemoryLayout<Value>.size else {
            return nil
        }
        return withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Value.self) }
    }

    /// The text up to the first NUL; `nil` when it is not UTF-8.
    var text: String? {
        String(validating: prefix { $0 != 0 }, as: UTF8.self)
    }
}

extension [UInt8] {
    mutating func append(integer value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value) { append(contentsOf: $0) }
    }

    /// Overwrites the bytes at `offset`, which exist.
    mutating func replace(at offset: Int, integer value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value) { replaceSubrange(offset..<(offset + $0.count), with: $0) }
    }

    mutating func align() {
        while count % 4 != 0 { append(0) }
    }
}
