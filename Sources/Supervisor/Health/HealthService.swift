internal import Containers
internal import LinuxSystem
internal import SupervisorProtocol
internal import SystemPackage
internal import Vocabulary

/// Finds out the health of containers: performs what `HealthMachine` decides.
final class HealthService: Service {
    private typealias Machine = HealthMachine<ContinuousClock>

    /// What there is for one container that runs.
    private final class Patient {
        var machine: Machine
        let entry: FilePath
        var report = HealthReport()
        var run: (number: Int, check: any HealthCheckRun)?
        var began: UInt64 = 0
        /// For a check of the output.
        var lines: LogReader?

        init(_ machine: Machine, entry: FilePath) {
            self.machine = machine
            self.entry = entry
        }
    }

    private let directory: RunDirectory
    private let loop: EventLoop
    private let processes: ProcessService
    private let namespaces: NamespaceStore
    private let limit: DescriptorLimit
    private var patients: [String: Patient] = [:]
    /// The runtimes of checks that were abandoned or are under way, by their pid.
    private var children: [Int32: (name: String, number: Int, check: CommandCheck)] = [:]
    /// Told of each change of a container's health.
    var whenChanged: (String) -> Void = { _ in }

    init(
        _ directory: RunDirectory, on loop: EventLoop, processes: ProcessService, namespaces: NamespaceStore,
        limit: DescriptorLimit
    ) {
        self.directory = directory
        self.loop = loop
        self.processes = processes
        self.namespaces = namespaces
        self.limit = limit
    }

    var deadline: ContinuousClock.Instant? { patients.values.compactMap(\.machine.deadline).min() }

    func passDeadlines(_ now: ContinuousClock.Instant) {
        for (name, patient) in patients where patient.machine.deadline.map({ $0 <= now }) == true {
            act(patient.machine.deadlinePassed(now: now), on: name)
        }
    }

    func clientLeft(_ client: UInt64) {}

    /// The health of a container; of one that has ended the last that was known.
    func report(of name: String) -> HealthReport? {
        patients[name]?.report ?? Coding.record(HealthReport.self, at: directory.container(name).health)
    }
}

// MARK: - From start to end

extension HealthService {
    func containerStarted(_ name: String, _ care: Care?) {
        containerEnded(name)
        Journal.perform("forget the health of \(name)") { try Files.remove(directory.container(name).health) }
        guard let care, let settings = care.health else { return }
        patients[name] = Patient(Machine(settings, startedAt: .now), entry: FilePath(care.entry))
        record(name)
    }

    /// The container runs, and an earlier supervisor has looked after it.
    ///
    /// - Parameter startedAt: nanoseconds since the epoch.
    func containerAdopted(_ name: String, _ care: Care, startedAt: UInt64) {
        guard let settings = care.health else { return }
        let known = Coding.record(HealthReport.self, at: directory.container(name).health) ?? HealthReport()
        let elapsed = Duration.nanoseconds(max(0, WallClock.nanoseconds - Int64(startedAt)))
        let machine = Machine(settings, known.state, failures: known.failures, elapsed: elapsed, now: .now)
        let patient = Patient(machine, entry: FilePath(care.entry))
        patient.report = known
        patients[name] = patient
    }

    /// What was found out stays until the container is started again or forgotten.
    func containerEnded(_ name: String) {
        guard let patient = patients[name] else { return }
        act(patient.machine.stop(), on: name)
        patients[name] = nil
    }

    /// - Returns: whether the child was the runtime of a check.
    func childEnded(_ pid: Int32, _ status: ExitStatus) -> Bool {
        guard let (name, number, check) = children.removeValue(forKey: pid) else { return false }
        let outcome = check.outcome(of: status)
        check.close()
        // One that was abandoned says nothing about the run of the container that there is now.
        if let run = patients[name]?.run, run.check === check { finish(name, number, outcome) }
        return true
    }

    private func act(_ actions: [Machine.Action], on name: String) {
        guard let patient = patients[name] else { return }
        for action in actions {
            switch action {
            case .run(let number): run(number, name, patient)
            case .kill(let number): if patient.run?.number == number { patient.run?.check.kill() }
            case .abandon(let number): if patient.run?.number == number { patient.run = nil }
            case .changed(let state):
                patient.report.state = state
                if state == .healthy, patient.report.healthyAt == nil {
                    patient.report.healthyAt = UInt64(WallClock.nanoseconds)
                }
                record(name)
                whenChanged(name)
            }
        }
    }

    private func record(_ name: String) {
        guard let patient = patients[name] else { return }
        Journal.perform("record the health of \(name)") {
            try Files.write(
                try Coding.encode(patient.report), to: directory.container(name).health, mode: 0o600)
        }
    }
}

// MARK: - Checks

extension HealthService {
    private func run(_ number: Int, _ name: String, _ patient: Patient) {
        if processes.pid(of: name).map(Freezer.isFrozen) == true {
            return patient.machine.postponed(number, now: .now)
        }
        patient.began = UInt64(WallClock.nanoseconds)
        do {
            switch patient.machine.settings.test {
            case .execution(let words):
                let check = try CommandCheck(words, entry: patient.entry, on: loop, limit: limit)
                patient.run = (number, check)
                children[check.pid] = (name, number, check)
            case .tcp(let port): try connect(number, name, patient, port, path: nil)
            case .http(let port, let path): try connect(number, name, patient, port, path: path)
            case .log(let text):
                let isFound = try look(for: text, name, patient)
                finish(
                    name, number,
                    CheckOutcome(isSuccess: isFound, code: nil, output: isFound ? "" : "no line contains `\(text)`"))
            }
        } catch {
            finish(name, number, CheckOutcome(isSuccess: false, code: nil, output: "\(error)"))
        }
    }

    private func connect(
        _ number: Int, _ name: String, _ patient: Patient, _ port: UInt16, path: String?
    ) throws {
        let namespace = try namespaces.namespace(of: name, pid: processes.pid(of: name))
        let check = ConnectionCheck(
            port: port, path: path, addresses: patient.machine.settings.addresses, in: namespace, on: loop
        ) { [unowned self] outcome in finish(name, number, outcome) }
        patient.run = (number, check)
        check.begin()
    }

    /// How many pieces of a log one check looks at: others are served in between.
    private static let piecesOfLog = 64

    /// Whether a line since the start contains the text; lines are read once, and what is left by the next check.
    private func look(for text: String, _ name: String, _ patient: Patient) throws -> Bool {
        var reader: LogReader
        if let known = patient.lines {
            reader = known
        } else {
            let since = processes.status(of: name)?.startedAt ?? 0
            reader = try LogReader(directory: processes.logs.directory, containers: [name], since: since)
        }
        defer { patient.lines = reader }
        for _ in 0..<Self.piecesOfLog {
            let lines = try reader.next()
            if lines.isEmpty { return false }
            if lines.contains(where: { $0.text.contains(text) }) { return true }
        }
        return false
    }

    private func finish(_ name: String, _ number: Int, _ outcome: CheckOutcome) {
        guard let patient = patients[name] else { return }
        if patient.run?.number == number { patient.run = nil }
        let state = patient.machine.state
        let actions = patient.machine.finished(number, isSuccess: outcome.isSuccess, now: .now)
        let failures = patient.machine.failures
        let isNews = failures != patient.report.failures || patient.machine.state != state
        patient.report.failures = failures
        patient.report.last = HealthResult(
            startedAt: patient.began, endedAt: UInt64(WallClock.nanoseconds), code: outcome.code,
            isSuccess: outcome.isSuccess, output: outcome.output)
        act(actions, on: name)
        // A success after a success is nothing that another supervisor has to know.
        if isNews, actions.isEmpty { record(name) }
    }
}
