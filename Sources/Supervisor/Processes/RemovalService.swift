internal import LinuxSystem
internal import SupervisorProtocol
internal import SystemPackage

/// Has containers removed at their end that nothing else removes: those of `run --rm` in the background, and those whose
/// client was killed.
final class RemovalService: Service {
    /// A client that lives, and removes its container itself.
    private struct Watch {
        var client: ProcessHandle
        var token: EventLoop.Token
    }

    private let loop: EventLoop
    private let processes: ProcessService
    private var watches: [String: Watch] = [:]
    /// The processes that remove containers.
    private var removing: Set<Int32> = []

    init(on loop: EventLoop, processes: ProcessService) {
        self.loop = loop
        self.processes = processes
    }

    var deadline: ContinuousClock.Instant? { nil }

    func passDeadlines(_ now: ContinuousClock.Instant) {}

    func clientLeft(_ client: UInt64) {}

    /// Takes over what has ended before this supervisor lived.
    func adopt() {
        for name in processes.machine.names where processes.machine.lifecycle(of: name)?.isAlive == false {
            containerEnded(name)
        }
    }

    func containerEnded(_ name: String) {
        guard watches[name] == nil, let removal = processes.containers[name]?.record.request?.removal else { return }
        Journal.perform("have \(name) removed") {
            guard let client = try removal.livingClient() else { return try remove(by: removal) }
            let token = try loop.watch(client.descriptor.descriptor.rawValue) { [unowned self] _ in
                containerForgotten(name)
                try remove(by: removal)
            }
            watches[name] = Watch(client: client, token: token)
        }
    }

    /// It has been removed.
    func containerForgotten(_ name: String) {
        loop.unwatch(watches.removeValue(forKey: name)?.token)
    }

    /// - Returns: whether the child has removed a container.
    func childEnded(_ pid: Int32, _ status: ExitStatus) -> Bool {
        guard removing.remove(pid) != nil else { return false }
        if !status.isSuccess { Journal.note("The removal of a container ended with code \(status.code).") }
        return true
    }

    private func remove(by removal: Removal) throws {
        guard let program = removal.command.first else { return }
        let child = try ChildProcess.start(
            ChildProcess.Command(program, Array(removal.command.dropFirst()), startsSession: true))
        removing.insert(child.pid)
    }
}

extension Removal {
    /// `nil` when there is none, or none any more.
    fileprivate func livingClient() throws(SystemError) -> ProcessHandle? {
        guard let client, let handle = try ProcessHandle.of(client),
            ProcessFacts.startTime(of: client) == clientStartTime
        else { return nil }
        return handle
    }
}
