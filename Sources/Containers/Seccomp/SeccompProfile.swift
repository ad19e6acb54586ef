package import OCI

/// The system calls that a container may make by default.
///
/// An allowlist with the effect of Docker's default: a known call that is refused answers EPERM, an unknown call
/// answers ENOSYS, so that a C library falls back to the older call.
package enum SeccompProfile {
    private static let notPermitted: UInt32 = 1
    private static let notImplemented: UInt32 = 38
    private static let vsock: UInt64 = 40

    /// The profile for a container that has `capabilities`.
    package static func standard(
        capabilities: CapabilitySet, architecture: SeccompArchitecture
    ) -> RuntimeSpecification.Seccomp {
        var rules = SyscallTable.allowed.map { allow($0) }
        if let names = SyscallTable.allowedByArchitecture[architecture] { rules.append(allow(names)) }

        var open: [String] = []
        var shut = SyscallTable.refused
        for entry in SyscallTable.byCapability {
            if capabilities.contains(entry.capability) { open += entry.names } else { shut += entry.names }
        }
        if !open.isEmpty { rules.append(allow(distinct(open))) }
        rules.append(refuse(distinct(shut.filter { !open.contains($0) })))

        rules += socketRules
        rules += SyscallTable.personalities.map {
            allow(["personality"], .init(index: 0, value: $0, op: .equal))
        }
        rules += capabilities.contains("CAP_SYS_ADMIN") ? [allow(["clone", "clone3"])] : cloneRules(architecture)
        return RuntimeSpecification.Seccomp(
            defaultAction: .errno, defaultErrnoRet: notImplemented, architectures: architecture.family.map(\.name),
            syscalls: rules)
    }

    /// AF_VSOCK reaches the hypervisor past every network namespace.
    private static var socketRules: [RuntimeSpecification.Seccomp.Rule] {
        [
            allow(["socket"], .init(index: 0, value: vsock, op: .notEqual)),
            refuse(["socket"], .init(index: 0, value: vsock, op: .equal)),
        ]
    }

    /// No new namespaces. clone3(2) passes its flags in memory, out of a filter's sight, so it is not there at all.
    private static func cloneRules(_ architecture: SeccompArchitecture) -> [RuntimeSpecification.Seccomp.Rule] {
        let index: UInt32 = architecture == .s390x ? 1 : 0
        let mask = SyscallTable.cloneNamespaceFlags.reduce(0, |)
        return [allow(["clone"], .init(index: index, value: mask, valueTwo: 0, op: .maskedEqual))]
            + SyscallTable.cloneNamespaceFlags.map {
                refuse(["clone"], .init(index: index, value: $0, valueTwo: $0, op: .maskedEqual))
            }
    }

    private static func allow(
        _ names: [String], _ argument: RuntimeSpecification.Seccomp.Argument? = nil
    ) -> RuntimeSpecification.Seccomp.Rule {
        .init(names: names, action: .allow, args: argument.map { [$0] })
    }

    private static func refuse(
        _ names: [String], _ argument: RuntimeSpecification.Seccomp.Argument? = nil
    ) -> RuntimeSpecification.Seccomp.Rule {
        .init(names: names, action: .errno, errnoRet: notPermitted, args: argument.map { [$0] })
    }

    private static func distinct(_ names: [String]) -> [String] {
        Array(Set(names)).sorted()
    }
}
