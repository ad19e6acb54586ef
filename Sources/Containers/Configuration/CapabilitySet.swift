internal import Vocabulary

/// A set of capabilities by name; capabilities(7).
package struct CapabilitySet: Hashable, Sendable {
    /// The kernel's names in the order of their numbers.
    static let names = Capability.names.map { "CAP_" + $0 }

    /// One bit per capability, as in the `Cap…` lines of proc_pid_status(5).
    package var bits: UInt64

    package init(bits: UInt64) {
        self.bits = bits
    }

    package static let none = CapabilitySet(bits: 0)
    /// Every capability that there is a name for.
    package static let all = CapabilitySet(bits: (1 << UInt64(names.count)) - 1)
    /// The default of a container: the 14 capabilities of Docker.
    package static let standard = CapabilitySet(bits: 0xa804_25fb)

    /// Adds and drops by name, with or without `CAP_`, in any case; `ALL` is every one. Adding wins over `drop: ALL`,
    /// dropping wins over `add: ALL` and over a single name in both lists.
    package func changed(add: [String], drop: [String]) throws(ContainersError) -> CapabilitySet {
        var bits = bits
        let added = try Self.parse(add)
        let dropped = try Self.parse(drop)
        if dropped.isAll { bits = 0 }
        if added.isAll { bits = Self.all.bits }
        bits |= added.single
        bits &= ~dropped.single
        return CapabilitySet(bits: bits)
    }

    /// Whether the set has a capability; `name` begins with `CAP_`.
    package func contains(_ name: String) -> Bool {
        Self.names.firstIndex(of: name).map { bits & 1 << UInt64($0) != 0 } ?? false
    }

    /// The capabilities that both sets have.
    package func intersection(_ other: CapabilitySet) -> CapabilitySet {
        CapabilitySet(bits: bits & other.bits)
    }

    /// The names, `CAP_…`, in the kernel's order.
    package var names: [String] {
        Self.names.indices.filter { bits & 1 << UInt64($0) != 0 }.map { Self.names[$0] }
    }

    private static func parse(_ texts: [String]) throws(ContainersError) -> (isAll: Bool, single: UInt64) {
        var isAll = false
        var single: UInt64 = 0
        for text in texts {
            if Capability.isAll(text) {
                isAll = true
            } else if let index = Capability.number(of: text) {
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
