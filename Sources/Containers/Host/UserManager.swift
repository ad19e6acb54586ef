internal import LinuxSystem
internal import SystemPackage

/// The systemd of a user without root, which makes a scope with control groups for each container of the user;
/// user@.service(5), systemd.scope(5).
package struct UserManager: Hashable, Sendable {
    /// What the names of all cgroups of Trice begin with.
    static let prefix = "trice"

    /// The controllers of cgroup version 2 that are delegated to it, such as `memory`.
    package var controllers: [String]

    package init(controllers: [String]) {
        self.controllers = controllers
    }

    /// The systemd of the user in whose namespaces this process works; `nil` when the host runs none for the user, or the
    /// process cannot reach its bus.
    ///
    /// - Parameter user: the number of the user on the host; `nil` for root.
    static func observe(of user: UInt32?) -> UserManager? {
        guard let user, UserBus.address(of: user) != nil else { return nil }
        let group = "/sys/fs/cgroup/user.slice/user-\(user).slice/user@\(user).service"
        // Without the file systemd runs without cgroups of version 2, or another program has them.
        guard let text = (try? Files.text(FilePath("\(group)/cgroup.controllers"))) ?? nil else { return nil }
        return UserManager(controllers: text.split(whereSeparator: \.isWhitespace).map(String.init))
    }
}
