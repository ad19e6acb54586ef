internal import Glibc
internal import SystemPackage

/// The message bus of a user's login, over which systemd is asked; dbus-daemon(1), sd_bus_default_user(3).
package enum UserBus {
    /// The variable that names it to programs.
    package static let variable = "DBUS_SESSION_BUS_ADDRESS"

    /// The address of the bus: first the place that systemd gives the user's own bus, then what the variables name; `nil` when
    /// no socket of the user is there. After su(1) the variables are those of its caller, whose bus refuses the user.
    ///
    /// - Parameter user: the number of the user on the host.
    package static func address(of user: UInt32) -> String? {
        let variables = EnvironmentVariables.current
        let named = variables[variable].flatMap { $0.hasPrefix("unix:path=") ? $0.dropFirst(10) : nil }
        let paths = [variables["XDG_RUNTIME_DIR"].map { "\($0)/bus" }, "/run/user/\(user)/bus"]
        return (paths + [named.map { String($0.prefix { $0 != "," }) }]).compactMap(\.self).first { path in
            // What cannot be looked at is no bus of this user.
            guard let status = (try? Files.status(FilePath(path), followingLinks: true)) ?? nil else { return false }
            return status.kind == .socket && status.owner == geteuid()
        }.map { "unix:path=\($0)" }
    }
}
