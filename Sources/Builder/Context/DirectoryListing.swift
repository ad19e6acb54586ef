internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// The entries of one directory, sorted by name, with their lstat(2) results.
struct DirectoryListing: Sendable {
    struct Entry: Sendable {
        fileprivate(set) var nameStart: UInt32
        fileprivate(set) var nameLength: UInt16
        var verdict: IgnoreRules.Verdict
        /// Of an entry that is excluded, only the kind is known.
        var record: FileRecord
        /// Of a regular file, after its first use.
        var digest: ContentDigest?
        /// Whether the digest is valid as long as the record is unchanged.
        var isDigestLasting = false
    }

    /// All names one after the other.
    private(set) var names: [UInt8] = []
    var entries: [Entry] = []

    func name(of entry: Entry) -> ArraySlice<UInt8> {
        names[Int(entry.nameStart)..<Int(entry.nameStart) + Int(entry.nameLength)]
    }

    /// The position of a name.
    func index(of name: some Collection<UInt8>) -> Int? {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if self.name(of: entries[middle]).lexicographicallyPrecedes(name) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low < entries.count && self.name(of: entries[low]).elementsEqual(name) ? low : nil
    }
}

// MARK: - Reading

extension DirectoryListing {
    /// Most names are shorter.
    private static let usualNameLength = 16
    private static let nameOffset = MemoryLayout<dirent>.offset(of: \dirent.d_name) ?? 19

    /// Reads a directory; `judge` decides for each name whether it exists for the build.
    ///
    /// - Parameter expectedCount: The likely number of entries.
    init(
        reading path: TreePath, below resolver: RootResolver, expectedCount: Int = 0,
        judge: (_ name: UnsafeRawBufferPointer, _ kind: FileRecord.Kind) -> IgnoreRules.Verdict
    ) throws(SystemError) {
        let directory = try resolver.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        // The stream takes the descriptor over and closes it.
        let fd = directory.release()
        guard let stream = fdopendir(fd) else {
            let code = Errno.last
            close(fd)
            throw SystemError("fdopendir", path.description, code)
        }
        defer { closedir(stream) }
        entries.reserveCapacity(expectedCount)
        names.reserveCapacity(expectedCount * Self.usualNameLength)
        while let next = readdir(stream) {
            let text = UnsafeRawPointer(next) + Self.nameOffset
            let length = strlen(text.assumingMemoryBound(to: CChar.self))
            let name = UnsafeRawBufferPointer(start: text, count: length)
            if name[0] == 0x2e && (length == 1 || (length == 2 && name[1] == 0x2e)) { continue }
            try append(name, type: Int32(next.pointee.d_type), in: fd, judge, path)
        }
        sort()
    }

    private mutating func append(
        _ name: UnsafeRawBufferPointer, type: Int32, in directory: Int32,
        _ judge: (UnsafeRawBufferPointer, FileRecord.Kind) -> IgnoreRules.Verdict, _ path: TreePath
    ) throws(SystemError) {
        var info = stat()
        let text = name.baseAddress?.assumingMemoryBound(to: CChar.self)
        var kind = Self.kind(type)
        var verdict = kind.map { judge(name, $0) } ?? .included
        if verdict != .excluded {
            do throws(SystemError) {
                try systemCall("fstatat", path.appending(name).description) {
                    text.map { fstatat(directory, $0, &info, AT_SYMLINK_NOFOLLOW) } ?? -1
                }
            } catch  where error.errno == .noSuchFileOrDirectory {
                // Removed since the directory was read.
                return
            }
            if kind == nil { verdict = judge(name, FileRecord(info).kind) }
        }
        var record = FileRecord(info)
        if verdict == .excluded, let known = kind { record.kind = known }
        kind = record.kind
        entries.append(
            Entry(
                nameStart: UInt32(names.count), nameLength: UInt16(name.count), verdict: verdict, record: record))
        names += name
    }

    /// `nil` when the file system does not report it; readdir(3).
    private static func kind(_ type: Int32) -> FileRecord.Kind? {
        switch Int(type) {
        case Int(DT_REG): .regular
        case Int(DT_DIR): .directory
        case Int(DT_LNK): .symbolicLink
        case Int(DT_FIFO): .fifo
        case Int(DT_CHR): .characterDevice
        case Int(DT_BLK): .blockDevice
        case Int(DT_SOCK): .socket
        default: nil
        }
    }

    private mutating func sort() {
        names.withUnsafeBytes { names in
            entries.sort { first, second in
                let (a, b) = (Int(first.nameLength), Int(second.nameLength))
                guard let start = names.baseAddress else { return false }
                let order = memcmp(start + Int(first.nameStart), start + Int(second.nameStart), min(a, b))
                return order == 0 ? a < b : order < 0
            }
        }
    }
}
