internal import LinuxSystem
internal import SystemPackage

/// Whether processes stand still, by their control group; cgroups(7), freezer-subsystem.rst and cgroup-v2.rst of the
/// kernel.
package enum Freezer {
    /// Where the hierarchies with a freezer are mounted, as a rule.
    private static let version1 = "/sys/fs/cgroup/freezer"
    private static let version2 = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"]

    /// Whether the process and all others of its group are frozen; `false` where nothing can be read.
    package static func isFrozen(_ process: Int32) -> Bool {
        // A process that is gone is not frozen.
        guard let text = try? Files.text(FilePath("/proc/\(process)/cgroup")) else { return false }
        for membership in ControlGroups.memberships(text) {
            let group = membership.group == "/" ? "" : String(membership.group)
            if membership.controllers.contains("freezer") {
                if read("\(version1)\(group)/freezer.state")?.hasPrefix("FROZEN") == true { return true }
            } else if membership.controllers.isEmpty, !group.isEmpty {
                let isFrozen = version2.contains { mount in
                    read("\(mount)\(group)/cgroup.events")?.split(separator: "\n").contains("frozen 1") == true
                }
                if isFrozen { return true }
            }
        }
        return false
    }

    private static func read(_ path: String) -> String? {
        // A hierarchy that is not mounted there has no such file.
        (try? Files.text(FilePath(path))) ?? nil
    }
}
