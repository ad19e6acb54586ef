internal import CLinux
internal import Glibc
internal import SystemPackage

/// The descriptors 0, 1 and 2 of this process.
package enum StandardStreams {
    /// Opens /dev/null for those that the starter left closed.
    ///
    /// Otherwise the next file that this process opens gets such a number, and every program that it starts takes the
    /// file for its input or output. To be called before anything is opened.
    package static func fill() {
        for number: Int32 in 0...2 where cl_fcntl(number, F_GETFD, 0) < 0 {
            // The lowest free number is this one. Where there is no /dev/null, nothing can be done.
            _ = "/dev/null".withCString { cl_open($0, O_RDWR, 0) }
        }
    }
}
