internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// When the bytes of a log file came: records of 16 bytes, two little-endian 64-bit numbers each, the offset at
/// which a batch ended and its time in nanoseconds since the epoch.
struct LogIndex: Sendable {
    static let recordSize = 16

    struct Record: Sendable, Hashable {
        var end: UInt64
        var time: UInt64

        var bytes: [UInt8] {
            [end, time].flatMap { value in (0..<8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
        }
    }

    /// Decodes whole records; a torn one at the end is left out.
    static func records(in bytes: [UInt8]) -> [Record] {
        func number(at offset: Int) -> UInt64 {
            (0..<8).reduce(0) { $0 | UInt64(bytes[offset + $1]) << ($1 * 8) }
        }
        return stride(from: 0, to: bytes.count - bytes.count % recordSize, by: recordSize).map {
            Record(end: number(at: $0), time: number(at: $0 + 8))
        }
    }
}

extension OwnedDescriptor {
    /// The number that tells the file from others of its file system while it is open; fstat(2).
    borrowing func inode() throws(SystemError) -> UInt64 {
        var info = stat()
        let fd = rawValue
        try systemCall("fstat", "\(fd)") { fstat(fd, &info) }
        return UInt64(info.st_ino)
    }

    /// The file's size and the time of its last change, in nanoseconds since the epoch; fstat(2).
    borrowing func sizeAndTime() throws(SystemError) -> (size: UInt64, time: UInt64) {
        var info = stat()
        let fd = rawValue
        try systemCall("fstat", "\(fd)") { fstat(fd, &info) }
        return (UInt64(info.st_size), UInt64(info.st_mtim.tv_sec) * 1_000_000_000 + UInt64(info.st_mtim.tv_nsec))
    }
}
