internal import CLinux
internal import Glibc
package import SystemPackage

/// A file descriptor with one owner; it is closed with the value.
///
/// A function that only uses a descriptor borrows it; one that keeps it consumes it.
package struct OwnedDescriptor: ~Copyable, Sendable {
    package let rawValue: Int32

    /// Takes ownership of `rawValue`; no other code may close it.
    package init(owning rawValue: Int32) {
        self.rawValue = rawValue
    }

    deinit {
        close(rawValue)
    }

    /// Gives the descriptor away; the receiver closes it.
    package consuming func release() -> Int32 {
        let value = rawValue
        discard self
        return value
    }

    /// A second descriptor of the same open file, close-on-exec; fcntl(2) F_DUPFD_CLOEXEC.
    package borrowing func duplicate() throws(SystemError) -> OwnedDescriptor {
        let from = rawValue
        return OwnedDescriptor(owning: try systemCall("fcntl", "\(from)") { cl_fcntl(from, F_DUPFD_CLOEXEC, 0) })
    }

    /// Sets or clears O_NONBLOCK.
    package borrowing func setNonblocking(_ isOn: Bool = true) throws(SystemError) {
        let fd = rawValue
        let flags = try systemCall("fcntl", "\(fd)") { cl_fcntl(fd, F_GETFL, 0) }
        let wanted = isOn ? flags | O_NONBLOCK : flags & ~O_NONBLOCK
        try systemCall("fcntl", "\(fd)") { cl_fcntl(fd, F_SETFL, Int(wanted)) }
    }

    /// Opens a path; open(2). O_CLOEXEC is always added.
    package static func open(
        _ path: FilePath, _ flags: Int32 = O_RDONLY, mode: UInt32 = 0o644
    ) throws(SystemError) -> OwnedDescriptor {
        OwnedDescriptor(
            owning: try systemCall("open", path.string) {
                path.withPlatformString { cl_open($0, flags | O_CLOEXEC, mode) }
            })
    }

    /// An empty file in memory; memfd_create(2). The name only appears in /proc.
    package static func memoryFile(_ name: String) throws(SystemError) -> OwnedDescriptor {
        OwnedDescriptor(owning: try systemCall("memfd_create", name) { cl_memfd_create(name, 1) })
    }

    /// Opens `path` below a directory as if that were `/`, without following magic links; openat2(2).
    ///
    /// - Throws: `SystemError`; ELOOP or EXDEV when the path tries to leave.
    package borrowing func openBeneath(
        _ path: String, _ flags: Int32 = O_RDONLY, mode: UInt32 = 0
    ) throws(SystemError) -> OwnedDescriptor {
        let directory = rawValue
        return OwnedDescriptor(
            owning: try systemCall("openat2", path) {
                cl_openat2(
                    directory, path, UInt64(bitPattern: Int64(flags | O_CLOEXEC)), UInt64(mode),
                    UInt64(RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS))
            })
    }

    /// Reads at most `count` bytes; an empty result is the end of the file; read(2).
    package borrowing func read(atMost count: Int = 65536) throws(SystemError) -> [UInt8] {
        let fd = rawValue
        var failure: SystemError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            do throws(SystemError) {
                filled = try systemCall("read", "\(fd)") { Glibc.read(fd, buffer.baseAddress, count) }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Reads until the end of the file.
    package borrowing func readToEnd() throws(SystemError) -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let part = try read()
            if part.isEmpty { return all }
            all += part
        }
    }

    /// Reads a regular file to its end; see `Files.readRegular`.
    package borrowing func readRegular(_ shown: String, limit: Int) throws(SystemError) -> [UInt8] {
        try requireRegular(shown)
        var all: [UInt8] = []
        while true {
            let part = try read()
            if part.isEmpty { return all }
            all += part
            guard all.count <= limit else { throw SystemError("read", shown, .fileTooLarge) }
        }
    }

    /// The `call` of the error for what is not a regular file.
    package static let regularCheck = "read"

    /// - Parameter shown: the name for messages.
    /// - Throws: of `regularCheck` EISDIR for a directory, EINVAL for anything else but a regular file; fstat(2).
    package borrowing func requireRegular(_ shown: String) throws(SystemError) {
        let fd = rawValue
        var info = stat()
        try systemCall("fstat", shown) { fstat(fd, &info) }
        switch info.st_mode & S_IFMT {
        case S_IFREG: return
        case S_IFDIR: throw SystemError(Self.regularCheck, shown, .isDirectory)
        default: throw SystemError(Self.regularCheck, shown, .invalidArgument)
        }
    }

    /// Writes all bytes; write(2).
    package borrowing func write(_ bytes: some Sequence<UInt8>) throws(SystemError) {
        let all = Array(bytes)
        let fd = rawValue
        var written = 0
        while written < all.count {
            written += try systemCall("write", "\(fd)") {
                all.withUnsafeBytes { Glibc.write(fd, $0.baseAddress?.advanced(by: written), $0.count - written) }
            }
        }
    }
}

/// Both ends of a pipe, close-on-exec; pipe2(2).
package struct Pipe: ~Copyable {
    package var reader: OwnedDescriptor
    package var writer: OwnedDescriptor

    package init() throws(SystemError) {
        var ends: [Int32] = [-1, -1]
        try systemCall("pipe2", "") { cl_pipe2(&ends, O_CLOEXEC) }
        reader = OwnedDescriptor(owning: ends[0])
        writer = OwnedDescriptor(owning: ends[1])
    }
}
