internal import CLinux
internal import Glibc
internal import SystemPackage

/// The address of a unix socket at a path of any length; unix(7).
///
/// The kernel takes 107 bytes: a longer path is reached through a descriptor of its directory, which is open for as long
/// as this value lives.
struct UnixAddress: ~Copyable {
    private static let longest = 107

    /// The path as the kernel gets it.
    let path: FilePath
    private let directory: OwnedDescriptor?
    private let address: sockaddr_un

    /// - Throws: ENAMETOOLONG when the last component alone is too long.
    init(_ path: FilePath) throws(SystemError) {
        var opened: OwnedDescriptor?
        var short = path
        if path.string.utf8.count > Self.longest {
            let parent = try OwnedDescriptor.open(path.removingLastComponent(), CL_O_PATH | O_DIRECTORY)
            short = FilePath("/proc/self/fd/\(parent.rawValue)/\(path.lastComponent?.string ?? "")")
            opened = consume parent
        }
        let bytes = Array(short.string.utf8)
        guard bytes.count <= Self.longest else { throw SystemError("bind", path.string, .fileNameTooLong) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        self.path = short
        self.address = address
        directory = opened
    }

    /// Calls `body` with the address in the kernel's form.
    borrowing func withRaw<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    /// Binds a socket here, as a file that only the owner can reach; an existing file is not replaced; bind(2).
    borrowing func bind(_ socket: borrowing OwnedDescriptor) throws(SystemError) {
        let fd = socket.rawValue
        // The file gets the mode of the socket, less the umask: it is never wider than this. The second call gives the
        // owner back what an unusual umask took.
        try systemCall("fchmod", path.string) { fchmod(fd, 0o600) }
        try systemCall("bind", path.string) { withRaw { Glibc.bind(fd, $0, $1) } }
        try systemCall("chmod", path.string) { path.withPlatformString { chmod($0, 0o600) } }
    }
}
