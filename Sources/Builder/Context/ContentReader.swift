internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import OCI
internal import SystemPackage

/// Reads files to tell their content by a digest.
struct ContentReader {
    private static let bufferSize = 1 << 17
    /// A file that changed less than this before it was read may change again without a new time: the kernel's clock for
    /// files ticks every few milliseconds, and some file systems keep whole seconds or two.
    private static let fineTick: Int64 = 20_000_000
    private static let coarseTick: Int64 = 2_000_000_000

    let resolver: RootResolver

    struct Reading: Sendable {
        var record: FileRecord
        var digest: ContentDigest
        /// Whether the digest holds as long as the record does.
        var isLasting: Bool
    }

    /// Reads a regular file.
    func read(_ path: TreePath) throws(SystemError) -> Reading {
        let file = try resolver.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        let fd = file.rawValue
        var info = stat()
        try systemCall("fstat", path.description) { fstat(fd, &info) }
        let record = FileRecord(info)
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let tick = info.st_ctim.tv_nsec == 0 ? Self.coarseTick : Self.fineTick
        let isLasting = FileRecord.nanoseconds(now) &- record.changed > tick
        var digester = Digester()
        try withUnsafeTemporaryAllocation(byteCount: Self.bufferSize, alignment: 16) {
            (buffer) throws(SystemError) in
            while true {
                try Cancellation.check(path.description)
                let count = try systemCall("read", path.description) {
                    Glibc.read(fd, buffer.baseAddress, buffer.count)
                }
                if count == 0 { return }
                digester.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            }
        }
        let attributes = try FileAttributes.all(of: fd, path.description)
        if !attributes.isEmpty {
            let content = digester.hash
            digester = Digester()
            digester.update(content)
            for (name, value) in attributes {
                digester.update(Array("\(name.utf8.count):\(name)\(value.count):".utf8))
                digester.update(value)
            }
        }
        return Reading(
            record: record, digest: digester.hash.withUnsafeBytes { ContentDigest($0) }, isLasting: isLasting)
    }

    /// The digest of a link is that of the text that it holds.
    func readLink(_ path: TreePath) throws(SystemError) -> ContentDigest {
        let target = try resolver.readLink(path)
        return Digester.hash(of: target).withUnsafeBytes { ContentDigest($0) }
    }
}

/// Extended attributes that belong to a file wherever it lies; xattr(7).
enum FileAttributes {
    /// Those of an open file, sorted by name; none where the file system has none.
    static func all(
        of file: Int32, _ subject: @autoclosure () -> String
    ) throws(SystemError) -> [(name: String, value: [UInt8])] {
        let length = flistxattr(file, nil, 0)
        if length <= 0 { return [] }
        var list = [CChar](repeating: 0, count: length + 4096)
        let filled = flistxattr(file, &list, list.count)
        guard filled > 0 else { return [] }
        var found: [(name: String, value: [UInt8])] = []
        for part in list[..<filled].split(separator: 0) {
            let name = String(decoding: part.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard isPortable(name) else { continue }
            var value = [UInt8](repeating: 0, count: 65536)
            do throws(SystemError) {
                let count = try systemCall("fgetxattr", subject()) { fgetxattr(file, name, &value, value.count) }
                found.append((name, Array(value[..<count])))
            } catch  where error.errno == .noData {
                continue
            }
        }
        return found.sorted { $0.name < $1.name }
    }

    /// The host's labels and overlayfs's own notes mean nothing elsewhere.
    private static func isPortable(_ name: String) -> Bool {
        if name.hasPrefix("user.") { return !name.hasPrefix("user.overlay.") }
        return name == "security.capability"
    }
}
