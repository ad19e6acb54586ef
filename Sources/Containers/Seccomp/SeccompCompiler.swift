internal import CLinux
internal import CSeccomp
internal import Glibc
internal import LinuxSystem
package import OCI
internal import SystemPackage

/// Turns a profile into the kernel's filter program; seccomp_export_bpf(3).
package enum SeccompCompiler {
    /// libseccomp's version, for the key of a cache.
    static var libraryVersion: String {
        guard let version = seccomp_version() else { return "0" }
        return "\(version.pointee.major).\(version.pointee.minor).\(version.pointee.micro)"
    }

    /// MFD_CLOEXEC of linux/memfd.h.
    private static let memfdCloseOnExec: UInt32 = 1

    /// The program as an array of `struct sock_filter` of this machine's byte order.
    package static func compile(_ profile: RuntimeSpecification.Seccomp) throws(ContainersError) -> [UInt8] {
        let standard = try code(of: profile.defaultAction, errno: profile.defaultErrnoRet)
        guard let filter = seccomp_init(standard) else {
            throw ContainersError(
                .seccomp, "Could not compile the seccomp profile: libseccomp refuses its default action.")
        }
        defer { seccomp_release(filter) }
        // A tree instead of a chain: the kernel walks the program for every call's number when it is loaded. A
        // libseccomp before 2.5 does not know the option and makes a chain.
        _ = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2)
        for name in profile.architectures ?? [] {
            let token = SeccompArchitecture(name: name).token
            guard token != 0 else {
                throw ContainersError(
                    .seccomp, "Could not compile the seccomp profile: the architecture `\(name)` is unknown.")
            }
            let result = seccomp_arch_add(filter, token)
            guard result == 0 || result == -EEXIST else { throw failure("seccomp_arch_add", name, result) }
        }
        for rule in profile.syscalls ?? [] {
            let action = try code(of: rule.action, errno: rule.errnoRet)
            // libseccomp takes a rule that repeats the default for a mistake.
            guard action != standard else { continue }
            let comparisons = (rule.args ?? []).map(comparison)
            for name in rule.names {
                let number = seccomp_syscall_resolve_name(name)
                // A call newer than this libseccomp: no rule can be made, the default action holds.
                guard number != __NR_SCMP_ERROR else { continue }
                let result = seccomp_rule_add_array(filter, action, number, UInt32(comparisons.count), comparisons)
                guard result == 0 else { throw failure("seccomp_rule_add_array", name, result) }
            }
        }
        return try export(filter)
    }

    private static func export(_ filter: UnsafeMutableRawPointer) throws(ContainersError) -> [UInt8] {
        do throws(SystemError) {
            let file = OwnedDescriptor(
                owning: try systemCall("memfd_create", "seccomp") { cl_memfd_create("seccomp", memfdCloseOnExec) })
            let fd = file.rawValue
            let result = seccomp_export_bpf(filter, fd)
            guard result == 0 else {
                throw SystemError("seccomp_export_bpf", "", Errno(rawValue: -result))
            }
            try systemCall("lseek", "seccomp") { lseek(fd, 0, SEEK_SET) }
            return try file.readToEnd()
        } catch {
            throw ContainersError(.seccomp, "Could not compile the seccomp profile: \(error.errno).", cause: error)
        }
    }

    private static func code(
        of action: RuntimeSpecification.Seccomp.Action, errno: UInt32?
    ) throws(ContainersError) -> UInt32 {
        let number = (errno ?? UInt32(EPERM)) & 0xffff
        switch action {
        case .allow: return 0x7fff_0000
        case .errno: return 0x0005_0000 | number
        case .kill, .killThread: return 0
        case .killProcess: return 0x8000_0000
        case .log: return 0x7ffc_0000
        case .trace: return 0x7ff0_0000 | number
        case .trap: return 0x0003_0000
        case .notify:
            throw ContainersError(
                .seccomp, "Could not compile the seccomp profile: `SCMP_ACT_NOTIFY` needs a listener.")
        }
    }

    private static func comparison(_ argument: RuntimeSpecification.Seccomp.Argument) -> scmp_arg_cmp {
        let operation: scmp_compare =
            switch argument.op {
            case .notEqual: SCMP_CMP_NE
            case .less: SCMP_CMP_LT
            case .lessOrEqual: SCMP_CMP_LE
            case .equal: SCMP_CMP_EQ
            case .greaterOrEqual: SCMP_CMP_GE
            case .greater: SCMP_CMP_GT
            case .maskedEqual: SCMP_CMP_MASKED_EQ
            }
        return scmp_arg_cmp(
            arg: argument.index, op: operation, datum_a: argument.value, datum_b: argument.valueTwo ?? 0)
    }

    private static func failure(_ call: String, _ subject: String, _ result: Int32) -> ContainersError {
        ContainersError(
            .seccomp, "Could not compile the seccomp profile: libseccomp refuses the rule for `\(subject)`.",
            cause: SystemError(call, subject, Errno(rawValue: -result)))
    }
}
