internal import CLinux
internal import SystemPackage

extension ProcessDescriptor {
    /// A duplicate of a descriptor of that process, which needs the right to trace it; pidfd_getfd(2).
    ///
    /// - Throws: EBADF when the process has no such descriptor.
    package borrowing func descriptor(_ number: Int32) throws(SystemError) -> OwnedDescriptor {
        let fd = descriptor.rawValue
        return OwnedDescriptor(owning: try systemCall("pidfd_getfd", "\(pid)/\(number)") { cl_pidfd_getfd(fd, number) })
    }
}
