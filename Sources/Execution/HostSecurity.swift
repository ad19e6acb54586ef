internal import Containers
internal import LinuxSystem
internal import Synchronization
internal import SystemPackage

/// What this host can put in force, found out once for all containers of an execution.
final class HostAbilities: Sendable {
    private struct Found {
        var security: HostSecurity?
        /// By the path of the runtime.
        var limits: [FilePath: LimitSupport] = [:]
    }

    private let found = Mutex(Found())

    func security(_ facts: HostFacts) -> HostSecurity {
        found.withLock { found in
            let security = found.security ?? HostSecurity.observe(facts)
            found.security = security
            return security
        }
    }

    func limits(for runtime: RuntimeFacts, _ facts: HostFacts) -> LimitSupport {
        found.withLock { found in
            let limits = found.limits[runtime.path] ?? LimitSupport.observe(facts, runtime)
            found.limits[runtime.path] = limits
            return limits
        }
    }
}

/// Which means of protection this host has.
struct HostSecurity: Hashable, Sendable {
    /// Whether profiles of AppArmor can be in force.
    var hasAppArmor = false
    var hasSELinux = false
    /// The lowest `oom_score_adj` that a process of Trice may set; `nil` where it may set any; proc_pid_oom_score_adj(5).
    var lowestOutOfMemoryScore: Int?

    static func observe(_ facts: HostFacts) -> HostSecurity {
        var found = HostSecurity()
        // A file that is not there, or cannot be read, is a means that the host does not have.
        let appArmor = (try? Files.text("/sys/module/apparmor/parameters/enabled")) ?? nil
        found.hasAppArmor = appArmor?.hasPrefix("Y") == true
        found.hasSELinux = Files.exists("/sys/fs/selinux/enforce")
        if !facts.mayRaiseLimits {
            let own = (try? Files.text("/proc/self/oom_score_adj")) ?? nil
            found.lowestOutOfMemoryScore = Int((own ?? "0").prefix { !$0.isNewline }) ?? 0
        }
        return found
    }
}
