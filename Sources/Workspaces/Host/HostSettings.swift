internal import LinuxSystem
internal import Networks
internal import SystemPackage
package import Vocabulary

/// Host-wide settings that environments need while any of them is up, and what they were before.
///
/// The first environment that comes up changes a setting and writes down what it was; the last one that goes down puts
/// it back. A lock orders the processes.
package struct HostSettings: Sendable {
    package let layout: Layout

    package init(layout: Layout) {
        self.layout = layout
    }

    private struct Record: Codable {
        /// `net.ipv4.ip_forward` was off before Trice switched it on.
        var forwardingWasOff: Bool
        /// The environments that need it.
        var users: Set<EnvironmentID>
        /// What forwarding of IPv6 was before; `nil` where no environment needed it.
        var ipv6: IPv6Forwarding?
    }

    /// Switches IPv4 forwarding on for an environment, and that of IPv6 where it needs it; ip-sysctl of the kernel.
    package func acquireForwarding(for environment: EnvironmentID, ipv6: Bool = false) throws {
        try Files.createDirectory(layout.run, mode: 0o700)
        let lock = try FileLock(waitingFor: layout.hostLock)
        var record = try read()
        record.users.insert(environment)
        if try !IPForwarding.isOn() { record.forwardingWasOff = true }
        // Written down before the change: a crash in between restores what needs no restoring, which does no harm.
        if ipv6, record.ipv6 == nil { record.ipv6 = try IPv6Forwarding.current() }
        try write(record)
        _ = try IPForwarding.enable()
        if ipv6 { try record.ipv6?.enable() }
        _ = consume lock
    }

    /// Gives forwarding up for an environment; the last one restores what was.
    package func releaseForwarding(for environment: EnvironmentID) throws {
        guard Files.exists(layout.hostSettings) else { return }
        let lock = try FileLock(waitingFor: layout.hostLock)
        var record = try read()
        record.users.remove(environment)
        if record.users.isEmpty {
            try IPForwarding.restore(wasOff: record.forwardingWasOff)
            try record.ipv6?.restore()
            try Files.remove(layout.hostSettings)
        } else {
            try write(record)
        }
        _ = consume lock
    }

    private func read() throws -> Record {
        guard let text = try Files.text(layout.hostSettings) else {
            return Record(forwardingWasOff: false, users: [])
        }
        return try JSONCoding.decode(Record.self, from: text)
    }

    private func write(_ record: Record) throws {
        try Files.write(try JSONCoding.encode(record), to: layout.hostSettings, mode: 0o600)
    }
}
