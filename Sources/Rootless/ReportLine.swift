internal import Glibc
internal import LinuxSystem

/// One line that a process writes for the one that waits for it: empty when all is well, else what is wrong.
enum ReportLine {
    static func write(_ text: String, to descriptor: Int32) {
        let line = Array((text + "\n").utf8)
        _ = Glibc.write(descriptor, line, line.count)
    }

    /// - Returns: `nil` where the other process ended before the line did.
    static func read(from descriptor: borrowing OwnedDescriptor) -> String? {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while Glibc.read(descriptor.rawValue, &byte, 1) == 1 {
            if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
        return nil
    }
}
