internal import Glibc
internal import SystemPackage

/// glibc has had it since 2.36; its Swift module does not show it.
@_silgen_name("pidfd_getfd")
private func pidfd_getfd(_ pidfd: Int32, _ number: Int32, _ flags: UInt32) -> Int32

extension ProcessDescriptor {
    /// A duplicate of a descriptor of that process, which needs the right to trace it; pidfd_getfd(2).
    ///
    /// - Throws: EBADF when the process has no such descriptor.
    public borrowing func descriptor(_ number: Int32) throws(SystemError) -> OwnedDescriptor {
        let fd = descriptor.rawValue
        return OwnedDescriptor(owning: try systemCall("pidfd_getfd", "\(pid)/\(number)") { pidfd_getfd(fd, number, 0) })
    }
}
