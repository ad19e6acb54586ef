internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// The value of a file that others replace, read again whenever the file is another one than before.
final class WatchedFile<Value> {
    /// What a file is recognised by; stat(2).
    private struct Stamp: Hashable {
        var device: UInt64
        var inode: UInt64
        var size: Int64
        var seconds: Int
        var nanoseconds: Int
    }

    private let path: FilePath
    private let parse: ([UInt8]) throws -> Value
    private var stamp: Stamp?
    /// As it was at the last look.
    private(set) var value: Value?
    /// Files of the host are small; a larger one is not read.
    private static var limit: Int { 1 << 24 }

    init(_ path: FilePath, parse: @escaping ([UInt8]) throws -> Value) {
        self.path = path
        self.parse = parse
    }

    /// The value of the file as it is now; `nil` where there is none. One that cannot be read leaves the last value.
    func current() -> Value? {
        refresh()
        return value
    }

    /// Reads the file where it is another one than before.
    ///
    /// - Returns: whether it is.
    @discardableResult
    func refresh() -> Bool {
        var info = stat()
        guard path.withPlatformString({ stat($0, &info) }) == 0 else {
            defer { (stamp, value) = (nil, nil) }
            return stamp != nil
        }
        let now = Stamp(
            device: UInt64(info.st_dev), inode: UInt64(info.st_ino), size: Int64(info.st_size),
            seconds: info.st_mtim.tv_sec, nanoseconds: info.st_mtim.tv_nsec)
        if now == stamp { return false }
        Journal.perform("read \(path)") { value = try parse(try Files.readRegular(path, limit: Self.limit)) }
        stamp = now
        return true
    }
}
