internal import LinuxSystem
internal import SystemPackage

/// The directories of the control groups that one process is in; proc_pid_cgroup(5), cgroups(7).
package struct ControlGroups: Sendable, Hashable {
    /// In the hierarchy of version 2, where that has the controllers; `nil` where those of version 1 have them all.
    package var unified: String?
    /// In the hierarchies of version 1, by controller.
    package var controllers: [String: String] = [:]

    /// Only groups that were made for a container count: any other, such as that of the user's session, counts more than
    /// that.
    package init(of process: Int32) {
        // A process that is gone is in no group.
        self.init((try? Files.text(FilePath("/proc/\(process)/cgroup"))) ?? nil ?? "", isHybrid: Self.isHybrid)
    }

    /// - Parameters:
    ///   - text: the lines of `/proc/PID/cgroup`.
    ///   - isHybrid: whether version 2 is mounted beside version 1, without controllers.
    package init(_ text: String, isHybrid: Bool) {
        for membership in Self.memberships(text) where membership.group.contains("/\(UserManager.prefix)-") {
            if membership.controllers.isEmpty {
                if !isHybrid { unified = "/sys/fs/cgroup\(membership.group)" }
            } else {
                for controller in membership.controllers {
                    controllers[String(controller)] = "/sys/fs/cgroup/\(controller)\(membership.group)"
                }
            }
        }
    }

    /// One line of `/proc/PID/cgroup`.
    struct Membership {
        /// Empty for version 2.
        var controllers: [Substring]
        /// Its path in the hierarchy, from `/` on.
        var group: Substring
    }

    /// The lines of `/proc/PID/cgroup`, those of one form.
    static func memberships(_ text: String) -> [Membership] {
        // By bytes, which takes a fraction of the time of characters.
        text.utf8.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let fields = line.split(separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { return nil }
            let controllers = fields[1].split(separator: UInt8(ascii: ",")).map { Substring($0) }
            return Membership(controllers: controllers, group: Substring(fields[2]))
        }
    }

    private static let isHybrid = !Files.exists("/sys/fs/cgroup/cgroup.controllers")
}
