internal import CSeccomp
internal import LinuxSystem
package import OCI
internal import SystemPackage

/// The capabilities of this host, observed once.
package struct HostFacts: Hashable, Sendable {
    package var cgroups: CgroupMode
    /// Such as `6.1.0-37-amd64`; uname(2).
    package var kernelRelease: String
    /// The most this process may set, by `RLIMIT_…`; `UInt64.max` is no limit.
    package var hardLimits: [String: UInt64]
    /// What this process can hand on: its bounding set.
    package var capabilities: CapabilitySet
    /// Whether the kernel takes filter programs; seccomp(2).
    package var hasSeccomp: Bool
    /// The systemd that makes control groups for a user without root; `nil` for root, and on a host without such a systemd.
    package var userManager: UserManager?
    /// Whether containers are those of a user without root.
    package var isOfUser: Bool

    package init(
        cgroups: CgroupMode, kernelRelease: String, hardLimits: [String: UInt64], capabilities: CapabilitySet,
        hasSeccomp: Bool, userManager: UserManager? = nil, isOfUser: Bool = false
    ) {
        self.cgroups = cgroups
        self.kernelRelease = kernelRelease
        self.hardLimits = hardLimits
        self.capabilities = capabilities
        self.hasSeccomp = hasSeccomp
        self.userManager = userManager
        self.isOfUser = isOfUser
    }

    /// Observes the host with a few small reads below /proc.
    ///
    /// - Parameter user: the number of the user without root whose containers are meant; by default the one in whose namespaces
    ///   this process works.
    package static func observe(ofUser user: UInt32? = OutsideHost.user) throws(ContainersError) -> HostFacts {
        do throws(SystemError) {
            func text(_ path: FilePath) throws(SystemError) -> String {
                String(decoding: try Files.read(path), as: UTF8.self)
            }
            return HostFacts(
                cgroups: try cgroups(),
                kernelRelease: String(try text("/proc/sys/kernel/osrelease").prefix { !$0.isNewline }),
                hardLimits: hardLimits(in: try text("/proc/self/limits")),
                capabilities: boundingSet(in: try text("/proc/self/status")),
                hasSeccomp: seccomp_api_get() > 0, userManager: UserManager.observe(of: user),
                isOfUser: OutsideHost.isAway || user != nil)
        } catch {
            throw ContainersError(
                .host, "Could not observe the host: `\(error.subject)`: \(error.errno).", cause: error)
        }
    }

    /// Whether this process may set limits and scores above its own. In the namespaces of a user without root the capability
    /// is no one's on the host; capabilities(7).
    package var mayRaiseLimits: Bool { capabilities.contains("CAP_SYS_RESOURCE") && !OutsideHost.isAway }

    /// Reduces a limit to the largest value that this process may set.
    package func clamped(_ limit: RuntimeSpecification.ResourceLimit) -> RuntimeSpecification.ResourceLimit {
        let ceiling = hardLimits[limit.type] ?? .max
        let hard = min(limit.hard, ceiling)
        return .init(type: limit.type, soft: min(limit.soft, hard), hard: hard)
    }

    /// The component that creates cgroups when `runtime` runs containers on this host.
    package func cgroupManager(for runtime: RuntimeFacts) -> CgroupManager {
        if isOfUser {
            if cgroups == .v2, userManager != nil { return .systemd }
            return .disabled(reason: Self.noUserGroups(cgroups))
        }
        switch cgroups {
        case .hybrid(let controllers) where runtime.kind == .crun && !controllers.isEmpty:
            return .disabled(
                reason: "crun cannot use a hybrid cgroup layout in which v2 holds controllers (here: "
                    + controllers.joined(separator: ", ")
                    + "). Limits are not in force; mount these as v1, boot with pure v2, or use runc.")
        case .none where runtime.kind == .crun:
            return .disabled(reason: "no cgroups are mounted on this host. Limits are not in force.")
        default:
            return .cgroupfs
        }
    }

    private static func noUserGroups(_ mode: CgroupMode) -> String {
        let remedy =
            mode == .v2
            ? "log in with a systemd of your own (`loginctl enable-linger`, package dbus-user-session)"
            : "that takes a host with cgroups of version 2 only, and systemd"
        return "a user without root has no cgroups of their own here. Limits are not in force; \(remedy)."
    }

    /// How the runtime is told where a container's cgroup is.
    ///
    /// - Parameter path: `/PARENT/trice-ID`, or `/trice-ID`, below the root of each hierarchy.
    /// - Returns: the path, or where systemd makes a scope for each container, its slice, prefix and name; `nil` for a user who
    ///   may make none: what a runtime does not get, it does not insist on.
    func cgroupsPath(_ path: String) -> String? {
        guard cgroups == .v2, userManager != nil else { return isOfUser ? nil : path }
        let parts = path.split(separator: "/")
        let (prefix, own) = (UserManager.prefix, parts.last ?? "")
        let slice = parts.dropLast().last { $0.hasSuffix(".slice") } ?? "user.slice"
        let name = own.hasPrefix(prefix + "-") ? own.dropFirst(prefix.utf8.count + 1) : own
        return "\(slice):\(prefix):\(name)"
    }

    private static func cgroups() throws(SystemError) -> CgroupMode {
        do throws(ContainersError) {
            return try CgroupMode.observe()
        } catch {
            throw (error.cause as? SystemError) ?? SystemError("open", "/proc/self/mountinfo", .ioError)
        }
    }

    /// The third column of proc_pid_limits(5); the columns have fixed positions.
    static func hardLimits(in text: String) -> [String: UInt64] {
        let names = [
            "Max cpu time": "RLIMIT_CPU", "Max file size": "RLIMIT_FSIZE", "Max data size": "RLIMIT_DATA",
            "Max stack size": "RLIMIT_STACK", "Max core file size": "RLIMIT_CORE", "Max resident set": "RLIMIT_RSS",
            "Max processes": "RLIMIT_NPROC", "Max open files": "RLIMIT_NOFILE", "Max locked memory": "RLIMIT_MEMLOCK",
            "Max address space": "RLIMIT_AS", "Max file locks": "RLIMIT_LOCKS",
            "Max pending signals": "RLIMIT_SIGPENDING", "Max msgqueue size": "RLIMIT_MSGQUEUE",
            "Max nice priority": "RLIMIT_NICE", "Max realtime priority": "RLIMIT_RTPRIO",
            "Max realtime timeout": "RLIMIT_RTTIME",
        ]
        var limits: [String: UInt64] = [:]
        for line in text.split(separator: "\n") {
            guard let entry = names.first(where: { line.hasPrefix($0.key + " ") }) else { continue }
            let columns = line.dropFirst(entry.key.count).split(separator: " ")
            guard columns.count >= 2 else { continue }
            if let value = columns[1] == "unlimited" ? .max : UInt64(columns[1]) { limits[entry.value] = value }
        }
        return limits
    }

    static func boundingSet(in status: String) -> CapabilitySet {
        let line = status.split(separator: "\n").first { $0.hasPrefix("CapBnd:") } ?? ""
        let digits = line.dropFirst("CapBnd:".count).filter { !$0.isWhitespace }
        return CapabilitySet(bits: UInt64(digits, radix: 16) ?? 0)
    }
}
