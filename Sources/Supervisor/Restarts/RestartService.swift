internal import Glibc
internal import LinuxSystem
internal import SupervisorProtocol
internal import SystemPackage
internal import Vocabulary

/// Starts containers again that have ended: performs what `RestartMachine` decides.
final class RestartService: Service {
    private typealias Machine = RestartMachine<ContinuousClock>

    /// What one supervisor leaves to the next; the file `restarts`.
    struct Record: Codable, Sendable {
        var memory: RestartMachine<ContinuousClock>.Memory
        /// When the next restart is due, in nanoseconds since the epoch.
        var dueAt: Int64?
        /// The run before the present one.
        var last: Ending?
    }

    private final class Subject {
        var machine: Machine
        let care: Care
        var last: Ending?
        /// Whether the runtime removes what it keeps of the run before.
        var isClearing = false
        /// Whether its pause is over, and the restart waits only for that.
        var isDue = false

        init(_ machine: Machine, _ care: Care, last: Ending? = nil) {
            self.machine = machine
            self.care = care
            self.last = last
        }

        /// What was prepared for a restart is of no more use.
        func reset() {
            isClearing = false
            isDue = false
        }
    }

    private let directory: RunDirectory
    private let processes: ProcessService
    private let namespaces: NamespaceStore
    private var subjects: [String: Subject] = [:]
    /// The commands that make room for a restart, by their pid.
    private var removals: [Int32: String] = [:]
    /// Told when a restart was decided or given up.
    var whenChanged: (String) -> Void = { _ in }

    init(_ directory: RunDirectory, processes: ProcessService, namespaces: NamespaceStore) {
        self.directory = directory
        self.processes = processes
        self.namespaces = namespaces
    }

    var deadline: ContinuousClock.Instant? { subjects.values.compactMap(\.machine.deadline).min() }

    func passDeadlines(_ now: ContinuousClock.Instant) {
        for (name, subject) in subjects { act(subject.machine.deadlinePassed(now: now), on: name) }
    }

    func clientLeft(_ client: UInt64) {}

    /// Whether it has ended and is about to be started again.
    func isPending(_ name: String) -> Bool {
        guard let subject = subjects[name] else { return false }
        return subject.machine.deadline != nil || subject.isClearing
    }

    func memory(of name: String) -> RestartMachine<ContinuousClock>.Memory? { subjects[name]?.machine.memory }

    /// `nil` for a container that was never started again.
    func report(of name: String) -> RestartReport? {
        guard let subject = subjects[name] else { return nil }
        return Record(memory: subject.machine.memory, dueAt: nil, last: subject.last).report(isPending: isPending(name))
    }
}

extension RestartService.Record {
    /// `nil` where there is nothing to report.
    func report(isPending: Bool) -> RestartReport? {
        guard memory.count > 0 || isPending else { return nil }
        return RestartReport(
            count: memory.count, isPending: isPending, lastCode: last?.code, lastSignal: last?.signal,
            lastEndedAt: last?.endedAt)
    }
}

// MARK: - What happens

extension RestartService {
    /// A user starts a container.
    func startRequested(_ name: String, _ care: Care?) {
        subjects[name] = care.map { Subject(Machine($0.restart), $0) }
        record(name)
    }

    func containerStarted(_ name: String) {
        guard let subject = subjects[name] else { return }
        subject.reset()
        subject.machine.started(now: .now)
        record(name)
    }

    func containerEnded(_ name: String, _ ending: Ending?) {
        guard let subject = subjects[name] else { return }
        subject.reset()
        subject.last = ending
        subject.machine.ended(isSuccess: ending?.code == 0, now: .now)
        prepare(name, subject)
        record(name)
        whenChanged(name)
    }

    func stopRequested(_ name: String) {
        guard let subject = subjects[name] else { return }
        subject.reset()
        subject.machine.stopRequested()
        record(name)
        whenChanged(name)
    }

    /// Its health has changed.
    func becameUnhealthy(_ name: String) {
        guard let subject = subjects[name], subject.care.restartsWhenUnhealthy else { return }
        let actions = subject.machine.replacementRequested()
        record(name)
        act(actions, on: name)
    }

    func forget(_ name: String) throws(SystemError) {
        subjects[name] = nil
        try Files.remove(directory.container(name).restarts)
    }

    /// Takes over what an earlier supervisor has decided.
    func adopt(_ name: String, _ care: Care, _ status: ContainerStatus) {
        let known = Coding.record(Record.self, at: directory.container(name).restarts)
        let subject = Subject(Machine(care.restart, known?.memory ?? .init()), care, last: known?.last)
        subjects[name] = subject
        guard status.state == .exited else {
            return act(subject.machine.adopted(isStopping: status.isStopping == true, now: .now), on: name)
        }
        subject.last = processes.machine.lifecycle(of: name)?.ending ?? subject.last
        guard !namespaces.isLost(name) else {
            // Its network went with the process that held it: the next `up` makes another one.
            if care.restart != nil { Journal.note("\(name) is not started again: its network is gone") }
            return
        }
        subject.machine.ended(isSuccess: status.code == 0, now: .now)
        prepare(name, subject)
        record(name)
    }

    /// - Returns: whether the child made room for a restart.
    func childEnded(_ pid: Int32, _ status: ExitStatus) -> Bool {
        guard let name = removals.removeValue(forKey: pid) else { return false }
        guard let subject = subjects[name], subject.isClearing else { return true }
        subject.isClearing = false
        if subject.isDue { start(name) }
        return true
    }

    private func act(_ actions: [Machine.Action], on name: String) {
        guard let subject = subjects[name] else { return }
        for action in actions {
            switch action {
            case .restart:
                record(name)
                if subject.isClearing { subject.isDue = true } else { start(name) }
            case .stop:
                Journal.note("\(name) is unhealthy and is started again")
                processes.stop(
                    [
                        StopOrder(
                            name: name, signal: subject.care.stopSignal,
                            graceMilliseconds: subject.care.stopGraceMilliseconds)
                    ], client: 0)
            }
        }
    }

    /// The runtime knows the run before until it is told otherwise: that takes part of the pause before a restart.
    private func prepare(_ name: String, _ subject: Subject) {
        guard subject.machine.deadline != nil, let program = subject.care.removal.first else { return }
        subject.isClearing = true
        do throws(SystemError) {
            let child = try ChildProcess.start(
                ChildProcess.Command(program, Array(subject.care.removal.dropFirst()), startsSession: true))
            removals[child.pid] = name
        } catch {
            Journal.note("Could not clear \(name): \(error)")
            subject.isClearing = false
        }
    }

    private func start(_ name: String) {
        subjects[name]?.reset()
        Journal.perform("start \(name) again") { try processes.restart(name) }
    }

    private func record(_ name: String) {
        let file = directory.container(name).restarts
        Journal.perform("record the restarts of \(name)") {
            guard let subject = subjects[name] else {
                try Files.remove(file)
                return
            }
            let left = subject.machine.deadline.map { ContinuousClock.now.duration(to: $0).nanoseconds }
            let record = Record(
                memory: subject.machine.memory, dueAt: left.map { WallClock.nanoseconds + $0 },
                last: subject.last)
            try Files.createDirectory(directory.container(name).directory, mode: 0o700)
            try Files.write(try Coding.encode(record), to: file, mode: 0o600)
        }
    }
}
