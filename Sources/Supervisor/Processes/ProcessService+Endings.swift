internal import LinuxSystem
internal import SupervisorProtocol
internal import SystemPackage

/// Processes that have ended.
extension ProcessService {
    /// Collects what is known of the end of PID 1.
    func examine(_ name: String, _ waited: ExitStatus?) {
        guard let container = containers[name] else { return }
        let status = container.evidence(waited: waited).status
        act(machine.ended(name, Ending(status, at: UInt64(WallClock.nanoseconds))))
    }

    func finish(_ name: String, _ ending: Ending) {
        guard let container = containers[name] else { return }
        logs.drainAll(of: name)
        logs.endTerminal(of: name)
        loop.unwatch(container.token)
        container.token = nil
        container.process = nil
        // The namespace is held on; connections into it go, the listeners stay.
        namespaces.processEnded(name)
        Journal.perform("record the end of \(name)") {
            try Files.write(try Coding.encode(ending), to: container.files.ended, mode: 0o600)
        }
        whenEnded(name)
    }
}
