/// The capabilities of the kernel by name; capabilities(7).
package enum Capability {
    /// The names in the order of their numbers, without `CAP_`.
    package static let names = [
        "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
        "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
        "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
        "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
        "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
        "CHECKPOINT_RESTORE",
    ]

    /// The number of a capability, written with or without `CAP_` and in any case; `nil` for another text.
    package static func number(of text: String) -> Int? {
        let upper = text.uppercased()
        return names.firstIndex(of: upper.hasPrefix("CAP_") ? String(upper.dropFirst(4)) : upper)
    }

    /// Whether the text stands for every capability: `ALL`, also with `CAP_`.
    package static func isAll(_ text: String) -> Bool {
        ["ALL", "CAP_ALL"].contains(text.uppercased())
    }
}
