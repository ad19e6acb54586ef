internal import FoundationEssentials
internal import LinuxSystem
internal import Networks
internal import SystemPackage

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
        /// The environments that need it, by id.
        var users: Set<String>
    }

    /// Switches IPv4 forwarding on for an environment; ip-sysctl of the kernel.
    package func acquireForwarding(for environment: EnvironmentID) throws {
        try Files.createDirectory(layout.run)
        let lock = try FileLock(waitingFor: layout.hostLock)
        var record = try read()
        record.users.insert(environment.text)
        if try !IPForwarding.isOn() { record.forwardingWasOff = true }
        // Written down before the change: a crash in between restores what needs no restoring, which does no harm.
        try write(record)
        _ = try IPForwarding.enable()
        _ = consume lock
    }

    /// Gives forwarding up for an environment; the last one restores what was.
    package func releaseForwarding(for environment: EnvironmentID) throws {
        guard Files.exists(layout.hostSettings) else { return }
        let lock = try FileLock(waitingFor: layout.hostLock)
        var record = try read()
        record.users.remove(environment.text)
        if record.users.isEmpty {
            try IPForwarding.restore(wasOff: record.forwardingWasOff)
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
        return try JSONDecoder().decode(Record.self, from: Data(text.utf8))
    }

    private func write(_ record: Record) throws {
        try Files.write(Array(try JSONEncoder().encode(record)), to: layout.hostSettings)
    }
}
