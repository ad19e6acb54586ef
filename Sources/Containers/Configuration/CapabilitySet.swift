/// A set of capabilities by name; capabilities(7).
public struct CapabilitySet: Hashable, Sendable {
    /// The kernel's names in the order of their numbers.
    static let names = [
        "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
        "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
        "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
        "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
        "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
        "CHECKPOINT_RESTORE",
    ].map { "CAP_" + $0 }

    /// One bit per capability, as in the `Cap…` lines of proc_pid_status(5).
    public var bits: UInt64

    public init(bits: UInt64) {
        self.bits = bits
    }

    public static let none = CapabilitySet(bits: 0)
    /// Every capability that there is a name for.
    public static let all = CapabilitySet(bits: (1 << UInt64(names.count)) - 1)
    /// The default of a container: the 14 capabilities of Docker.
    public static let standard = CapabilitySet(bits: 0xa804_25fb)

    /// Adds and drops by name, with or without `CAP_`, in any case; `ALL` is every one. Adding wins over `drop: ALL`,
    /// dropping wins over `add: ALL` and over a single name in both lists.
    public func changed(add: [String], drop: [String]) throws(ContainersError) -> CapabilitySet {
        var bits = bits
        let added = try Self.parse(add)
        let dropped = try Self.parse(drop)
        if dropped.isAll { bits = 0 }
        if added.isAll { bits = Self.all.bits }
        bits |= added.single
        bits &= ~dropped.single
        return CapabilitySet(bits: bits)
    }

    public func contains(_ name: String) -> Bool {
        Self.names.firstIndex(of: name).map { bits & 1 << UInt64($0) != 0 } ?? false
    }

    public func intersection(_ other: CapabilitySet) -> CapabilitySet {
        CapabilitySet(bits: bits & other.bits)
    }

    /// The names, `CAP_…`, in the kernel's order.
    public var names: [String] {
        Self.names.indices.filter { bits & 1 << UInt64($0) != 0 }.map { Self.names[$0] }
    }

    private static func parse(_ texts: [String]) throws(ContainersError) -> (isAll: Bool, single: UInt64) {
        var isAll = false
        var single: UInt64 = 0
        for text in texts {
            let upper = text.uppercased()
            let name = upper.hasPrefix("CAP_") ? upper : "CAP_" + upper
            if name == "CAP_ALL" {
                isAll = true
            } else if let index = names.firstIndex(of: name) {
                single |= 1 << UInt64(index)
            } else {
                throw ContainersError(
                    .invalidCapability,
                    "`\(text)` is not a capability. Use a name of capabilities(7), such as `NET_ADMIN`.")
            }
        }
        return (isAll, single)
    }
}
