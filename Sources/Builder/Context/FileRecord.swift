internal import CLinux
internal import Glibc

/// The part of a file's lstat(2) result that a build uses.
struct FileRecord: Sendable, Hashable {
    enum Kind: UInt8, Sendable {
        case regular, directory, symbolicLink, fifo, characterDevice, blockDevice, socket

        /// Whether it is the same in the upper directory of an overlay as in the overlay: some devices are not.
        var isPlain: Bool { self == .regular || self == .symbolicLink }
    }

    var kind: Kind
    /// The permission bits, up to 0o7777.
    var permissions: UInt16
    var owner: UInt32
    var group: UInt32
    var size: Int64
    /// Nanoseconds since 1970, wrapped where they do not fit: only to be compared.
    var modified: Int64
    /// Like `modified`: the time of the last change of content or status, which no program can set.
    var changed: Int64
    var inode: UInt64
    var device: UInt64
    /// The number of the device.
    var node: UInt64
    var linkCount: UInt64

    init(_ info: stat) {
        kind =
            switch info.st_mode & S_IFMT {
            case S_IFDIR: .directory
            case S_IFLNK: .symbolicLink
            case S_IFIFO: .fifo
            case S_IFCHR: .characterDevice
            case S_IFBLK: .blockDevice
            case S_IFSOCK: .socket
            default: .regular
            }
        permissions = UInt16(info.st_mode & 0o7777)
        owner = info.st_uid
        group = info.st_gid
        size = Int64(info.st_size)
        modified = Self.nanoseconds(info.st_mtim)
        changed = Self.nanoseconds(info.st_ctim)
        inode = UInt64(info.st_ino)
        device = UInt64(info.st_dev)
        node = UInt64(info.st_rdev)
        linkCount = UInt64(info.st_nlink)
    }

    static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    /// Whether the file of this record must have the same content as that of the other record.
    func hasContent(of other: FileRecord) -> Bool {
        size == other.size && modified == other.modified && changed == other.changed && inode == other.inode
            && device == other.device
    }
}

/// The SHA-256 of a file's content and of its extended attributes, if it has any.
struct ContentDigest: Sendable, Hashable {
    var first: UInt64 = 0
    var second: UInt64 = 0
    var third: UInt64 = 0
    var fourth: UInt64 = 0

    /// The digest of a file without content.
    static let none = ContentDigest()
    static let length = 32

    init() {}

    /// - Parameter bytes: 32 of them.
    init(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count == Self.length)
        first = bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)
        second = bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        third = bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
        fourth = bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
    }
}
