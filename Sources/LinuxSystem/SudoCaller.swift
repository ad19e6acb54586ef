internal import Glibc
internal import SystemPackage

/// The user who called sudo(8), for whom root acts: what root makes for them belongs to them.
package struct SudoCaller: Hashable, Sendable {
    /// The numeric user, never 0.
    package let user: UInt32
    /// The numeric group.
    package let group: UInt32

    /// Who called sudo, by SUDO_UID and SUDO_GID; `nil` where this process is not root's, or root called it.
    package static var current: SudoCaller? {
        geteuid() == 0 ? SudoCaller(EnvironmentVariables.current) : nil
    }

    /// The same from variables, whoever this process belongs to.
    package init?(_ variables: [String: String]) {
        guard let user = variables["SUDO_UID"].flatMap({ UInt32($0) }), user != 0,
            let group = variables["SUDO_GID"].flatMap({ UInt32($0) })
        else { return nil }
        (self.user, self.group) = (user, group)
    }

    /// Gives an open file that root has just made to the caller; fchown(2).
    package func own(_ descriptor: borrowing OwnedDescriptor, _ name: String) throws(SystemError) {
        let fd = descriptor.rawValue
        try systemCall("fchown", name) { fchown(fd, user, group) }
    }
}
