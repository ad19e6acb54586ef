internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// Reads extended attributes of many files into the same memory; xattr(7).
final class AttributeReader {
    /// The largest size of a list and of a value; limits(7) XATTR_LIST_MAX and XATTR_SIZE_MAX.
    private static let capacity = 65536
    private let list = UnsafeMutablePointer<CChar>.allocate(capacity: capacity)
    private let value = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16)
    private var path: [CChar] = []
    private var directory: Int32 = -1
    private var prefixLength = 0

    deinit {
        list.deallocate()
        value.deallocate()
    }

    /// The names of the attributes of `name` in a directory, not following a link, sorted; llistxattr(2).
    func names(in directory: Int32, _ name: [CChar], _ subject: @autoclosure () -> String) throws(SystemError)
        -> [String]
    {
        setPath(directory, name)
        return try names(llistxattr(path, list, Self.capacity), subject())
    }

    /// All attributes of `name` in a directory, sorted.
    func all(in directory: Int32, _ name: [CChar], _ subject: @autoclosure () -> String) throws(SystemError)
        -> [(name: String, value: [UInt8])]
    {
        let names = try names(in: directory, name, subject())
        return try values(of: names, subject()) { lgetxattr(path, $0, value.baseAddress, value.count) }
    }

    /// All attributes of an open file, sorted; flistxattr(2).
    func all(of file: Int32, _ subject: @autoclosure () -> String) throws(SystemError) -> [(
        name: String, value: [UInt8]
    )] {
        let names = try names(flistxattr(file, list, Self.capacity), subject())
        return try values(of: names, subject()) { fgetxattr(file, $0, value.baseAddress, value.count) }
    }

    private func names(_ length: Int, _ subject: @autoclosure () -> String) throws(SystemError) -> [String] {
        if length == 0 { return [] }
        guard length > 0 else {
            let code = Errno.last
            // A file system without attributes, or a file that was removed meanwhile, has none.
            if code == .notSupported || code == .noSuchFileOrDirectory { return [] }
            throw SystemError("llistxattr", subject(), code)
        }
        let bytes = UnsafeRawBufferPointer(start: list, count: length)
        return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }.sorted()
    }

    private func values(
        of names: [String], _ subject: @autoclosure () -> String, _ read: (String) -> Int
    ) throws(SystemError) -> [(name: String, value: [UInt8])] {
        var found: [(name: String, value: [UInt8])] = []
        for name in names {
            do throws(SystemError) {
                let count = try systemCall("lgetxattr", subject()) { read(name) }
                found.append((name, Array(value[..<count])))
            } catch  where error.errno == .noData {
                continue
            }
        }
        return found
    }

    /// There is no `listxattrat` before 6.13; this module controls the last component, and the rest is one magic link.
    private func setPath(_ directory: Int32, _ name: [CChar]) {
        if directory != self.directory || prefixLength == 0 {
            path = Array("/proc/self/fd/\(directory)/".utf8).map { CChar(bitPattern: $0) }
            prefixLength = path.count
            self.directory = directory
        }
        path.removeSubrange(prefixLength...)
        path += name
    }
}
