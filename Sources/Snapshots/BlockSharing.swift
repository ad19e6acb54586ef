internal import CLinux
internal import Glibc
package import LinuxSystem
package import SystemPackage

/// Whether files of a file system can share their blocks, so that a copy takes no space and no time (btrfs, xfs).
package enum BlockSharing {
    /// FICLONE of ioctl_ficlone(2), a macro with a type that Swift does not import.
    private static var clone: UInt {
        #if arch(powerpc64le)
            0x8004_9409
        #else
            0x4004_9409
        #endif
    }

    /// Tries it with two files in a directory, which are removed again.
    package static func isPossible(in directory: FilePath) throws(SystemError) -> Bool {
        let source = try temporary(in: directory)
        let target = try temporary(in: directory)
        try source.write([UInt8](repeating: 1, count: 4096))
        let (from, to) = (source.rawValue, target.rawValue)
        return cl_ioctl(to, clone, UnsafeMutableRawPointer(bitPattern: UInt(from))) == 0
    }

    private static func temporary(in directory: FilePath) throws(SystemError) -> OwnedDescriptor {
        let path = directory.appending(".sharing-\(getpid())-\(UInt32.random(in: 0...UInt32.max))")
        let file = try OwnedDescriptor.open(path, O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
        try Files.remove(path)
        return file
    }
}
