internal import Glibc

/// The result of reading a file.
package enum FileContents: Sendable, Equatable {
    case bytes([UInt8])
    case absent
    case directory
    /// The file is larger than `maximumSize`.
    case tooLarge
    /// The file is there and cannot be read, with the reason in words.
    case unreadable(String)

    /// More bytes than this are no Envfile.
    package static let maximumSize = 4 << 20

    /// The name by which standard input is asked for.
    package static let standardInput = "-"

    /// Reads a whole file (open(2), fstat(2), read(2)), or standard input to its end.
    ///
    /// A pipe or device is read too, as long as it ends; opening never waits for a writer.
    package static func read(_ path: String) -> FileContents {
        if path == standardInput { return contents(of: 0) }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return failure(errno, path: path) }
        defer { close(descriptor) }
        return contents(of: descriptor)
    }

    private static func contents(of descriptor: Int32) -> FileContents {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return .unreadable(reason(errno)) }
        if status.st_mode & S_IFMT == S_IFDIR { return .directory }
        var bytes: [UInt8] = []
        let chunk = min(max(Int(status.st_size) + 1, 4096), maximumSize + 1)
        while bytes.count <= maximumSize {
            var failed: Int32 = 0
            let part = [UInt8](unsafeUninitializedCapacity: chunk) { buffer, count in
                var result = Glibc.read(descriptor, buffer.baseAddress, chunk)
                while result < 0, errno == EINTR { result = Glibc.read(descriptor, buffer.baseAddress, chunk) }
                if result < 0 { failed = errno }
                count = max(0, result)
            }
            if failed != 0 { return .unreadable(reason(failed)) }
            if part.isEmpty { return .bytes(bytes) }
            bytes += part
        }
        return .tooLarge
    }

    /// Whether there is anything at a path, links followed (access(2)).
    package static func exists(_ path: String) -> Bool {
        access(path, F_OK) == 0
    }

    private static func failure(_ code: Int32, path: String) -> FileContents {
        guard code == ENOENT || code == ENOTDIR else { return .unreadable(reason(code)) }
        var status = stat()
        if lstat(path, &status) == 0 { return .unreadable("it is a link to nothing") }
        return .absent
    }

    private static func reason(_ code: Int32) -> String {
        switch code {
        case EACCES, EPERM: "permission denied"
        case ELOOP: "too many levels of symbolic links"
        case EIO: "input/output error"
        case ENAMETOOLONG: "the name is too long"
        case EMFILE, ENFILE: "too many open files"
        case ENXIO, ENODEV: "no such device"
        default: "error \(code)"
        }
    }
}

extension FileContents {
    /// The bytes of `path`, or an error with the reason.
    func bytes(of path: String) throws(EnvfileError) -> [UInt8] {
        switch self {
        case .bytes(let bytes): return bytes
        case .absent: throw EnvfileError(code: .notFound, message: "\(path) does not exist.")
        case .directory: throw EnvfileError(code: .isDirectory, message: "\(path) is a directory, not a file.")
        case .tooLarge:
            throw EnvfileError(code: .tooLarge, message: "\(path) is larger than \(Self.maximumSize) bytes.")
        case .unreadable(let reason):
            throw EnvfileError(code: .unreadable, message: "\(path) cannot be read: \(reason).")
        }
    }
}
