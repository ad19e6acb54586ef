internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// Extended attributes; xattr(7).
enum ExtendedAttributes {
    /// Sets an attribute of an open file; fsetxattr(2).
    static func set(_ name: String, _ value: [UInt8], of fd: Int32, _ subject: String) throws(SystemError) {
        try systemCall("fsetxattr", subject) {
            value.withUnsafeBytes { fsetxattr(fd, name, $0.baseAddress, $0.count, 0) }
        }
    }

    /// Sets an attribute of `name` in a directory, not following a link; lsetxattr(2).
    static func set(
        _ attribute: String, _ value: [UInt8], in directory: Int32, _ name: [CChar], _ subject: String
    ) throws(SystemError) {
        let path = pathThroughDescriptor(directory, name)
        try systemCall("lsetxattr", subject) {
            value.withUnsafeBytes { lsetxattr(path, attribute, $0.baseAddress, $0.count, 0) }
        }
    }

    /// All attributes of `name` in a directory, sorted; empty when the file system does not support them.
    static func all(
        in directory: Int32, _ name: [CChar], _ subject: String
    ) throws(SystemError) -> [(name: String, value: [UInt8])] {
        let path = pathThroughDescriptor(directory, name)
        var list = [CChar](repeating: 0, count: 65536)
        let length: Int
        do throws(SystemError) {
            length = try systemCall("llistxattr", subject) { llistxattr(path, &list, list.count) }
        } catch  where error.errno == .notSupported {
            return []
        }
        var found: [(name: String, value: [UInt8])] = []
        for part in list[..<length].split(separator: 0) {
            let name = String(decoding: part.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            var value = [UInt8](repeating: 0, count: 65536)
            do throws(SystemError) {
                let count = try systemCall("lgetxattr", subject) { lgetxattr(path, name, &value, value.count) }
                found.append((name, Array(value[..<count])))
            } catch  where error.errno == .noData {
                continue
            }
        }
        return found.sorted { $0.name < $1.name }
    }

    /// There is no `setxattrat` before 6.13; this module controls the last component, and the rest is one magic link.
    static func pathThroughDescriptor(_ directory: Int32, _ name: [CChar]) -> [CChar] {
        Array("/proc/self/fd/\(directory)/".utf8).map { CChar(bitPattern: $0) } + name
    }
}
