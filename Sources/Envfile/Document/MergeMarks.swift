/// The lines that git(1) writes into a file of which two sides changed the same place.
enum MergeMarks {
    private static let signs: [UInt8] = Array("<>|=".utf8)
    private static let length = 7

    /// The first of them: one sign seven times at the beginning of a line, then a blank or the line's end.
    static func first(in source: SourceFile) -> Mark? {
        let bytes = source.bytes
        var start = 0
        while start + length <= bytes.count {
            let sign = bytes[start]
            if signs.contains(sign), bytes[start..<start + length].allSatisfy({ $0 == sign }) {
                let next = start + length < bytes.count ? bytes[start + length] : UInt8(ascii: "\n")
                if next == UInt8(ascii: " ") || next == UInt8(ascii: "\n") || next == UInt8(ascii: "\r") {
                    return source.mark(offset: start, length: length)
                }
            }
            guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
            start = end + 1
        }
        return nil
    }
}
