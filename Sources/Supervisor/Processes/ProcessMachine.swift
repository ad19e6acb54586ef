internal import Glibc
internal import LinuxSystem
internal import SupervisorProtocol

/// Why a request is refused or a start failed.
struct ProcessFailure: Error, Sendable, Hashable {
    var code: SupervisorError.Code
    var message: String
}

/// All containers of one environment, from the request to start them to their end, and the clients that wait for that:
/// decides, but does nothing.
///
/// The shell performs the actions in their order before it reports the next event.
struct ProcessMachine<C: Clock>: Sendable where C.Duration == Duration {
    enum Action: Sendable, Hashable {
        /// Starts the runtime; to be answered by `launched` or `startFailed`.
        case launch(String)
        /// The runtime has ended; what it left is to be looked at, and to be answered by `started` or `startFailed`.
        case inspect(String, ExitStatus?)
        /// PID 1 has ended; what is known of its end is to be collected, and to be answered by `ended`.
        case examine(String, ExitStatus?)
        case signal(String, Int32)
        /// Reads the outputs to their end, writes the final record and lets go of the process.
        case finish(String, Ending)
        /// Nothing came to run: removes what the start left.
        case discard(String)
        case answerStarted(client: UInt64, pid: Int32)
        case answerFailed(client: UInt64, ProcessFailure)
        /// Tells the client the states of these containers, as far as they are known.
        case answerStatus(client: UInt64, [String])
        case note(String)
    }

    private struct Entry: Sendable {
        var lifecycle: Lifecycle<C>
        /// The client that waits for the start.
        var starter: UInt64?
        /// Whether it was started before, and the container stays when this start fails.
        var isRestart = false
        /// The runtime, while it starts the container.
        var helper: Int32?
    }

    private var entries: [String: Entry] = [:]
    private var queue: StartQueue
    private var pendingEndings: [UInt64: PendingEndings] = [:]
    /// When a container that was killed ought to have ended.
    private var killDeadlines: [String: C.Instant] = [:]
    /// Ends of children that came before their pid was known.
    private var unclaimedExits: [Int32: ExitStatus] = [:]

    /// How long the kernel may take to end a killed process: longer than a core dump, shorter than a user's patience.
    static var killTimeout: Duration { .seconds(10) }

    init(startLimit: Int) {
        queue = StartQueue(limit: startLimit)
    }
}

// MARK: - What is known

extension ProcessMachine {
    var names: [String] { entries.keys.sorted() }

    /// Sorted.
    var alive: [String] { entries.filter(\.value.lifecycle.isAlive).keys.sorted() }

    func lifecycle(of name: String) -> Lifecycle<C>? { entries[name]?.lifecycle }

    /// Whether the end of this child has been reported already.
    func hasEnded(_ pid: Int32) -> Bool { unclaimedExits[pid] != nil }

    /// Whether the runtime is at work for a container.
    func helper(of name: String) -> Int32? { entries[name]?.helper }

    /// When the next `deadlinePassed` is due.
    var deadline: C.Instant? {
        (entries.values.compactMap(\.lifecycle.deadline) + killDeadlines.values).min()
    }
}

// MARK: - Starts

extension ProcessMachine {
    /// - Throws: `alreadyRunning`.
    mutating func startRequested(_ name: String, client: UInt64) throws(ProcessFailure) -> [Action] {
        guard entries[name]?.lifecycle.isAlive != true else {
            throw ProcessFailure(code: .alreadyRunning, message: "Container `\(name)` runs already.")
        }
        entries[name] = Entry(lifecycle: Lifecycle(), starter: client)
        return queue.enqueue(name).map { .launch($0) }
    }

    /// A container that has ended is started again; that no client waits for.
    ///
    /// - Throws: `unknownContainer`, `alreadyRunning`.
    mutating func restartRequested(_ name: String) throws(ProcessFailure) -> [Action] {
        try check(name)
        guard entries[name]?.lifecycle.isAlive == false else {
            throw ProcessFailure(code: .alreadyRunning, message: "Container `\(name)` runs already.")
        }
        entries[name] = Entry(lifecycle: Lifecycle(), isRestart: true)
        return queue.enqueue(name).map { .launch($0) }
    }

    mutating func launched(_ name: String, helper: Int32) -> [Action] {
        entries[name]?.helper = helper
        // So short that its end was reported before its start.
        guard let status = unclaimedExits.removeValue(forKey: helper) else { return [] }
        return childEnded(helper, status)
    }

    /// The runtime of a start that an earlier supervisor began has ended; its status went to that one.
    mutating func helperGone(_ name: String) -> [Action] {
        guard entries[name]?.helper != nil else { return [] }
        entries[name]?.helper = nil
        return [.inspect(name, nil)]
    }

    /// A child of this process has ended.
    mutating func childEnded(_ pid: Int32, _ status: ExitStatus?) -> [Action] {
        if let name = entries.first(where: { $0.value.helper == pid })?.key {
            entries[name]?.helper = nil
            return [.inspect(name, status)]
        }
        if let name = entries.first(where: { $0.value.lifecycle.pid == pid })?.key { return [.examine(name, status)] }
        if !queue.isIdle { unclaimedExits[pid] = status }
        return []
    }

    /// PID 1 of a container runs.
    ///
    /// - Parameter isGone: whether it has ended already, and a parent before this process has taken its status.
    mutating func started(_ name: String, pid: Int32, isGone: Bool, now: C.Instant) -> [Action] {
        guard var entry = entries[name] else { return [] }
        let actions = entry.lifecycle.started(pid: pid, now: now).flatMap { Self.actions($0, name) }
        let answer = entry.starter.map { Action.answerStarted(client: $0, pid: pid) }
        entry.starter = nil
        entries[name] = entry
        let stray = unclaimedExits.removeValue(forKey: pid)
        let next = finishStart(name)
        let end: [Action] = stray != nil || isGone ? [.examine(name, stray)] : []
        return actions + [answer].compactMap(\.self) + next + end
    }

    /// Nothing came to run: clients that wait for the end hear of it, and the container is unknown again when `discarded`
    /// has answered `discard`.
    mutating func startFailed(_ name: String, _ failure: ProcessFailure, at time: UInt64) -> [Action] {
        let starter = entries[name]?.starter
        let isRestart = entries[name]?.isRestart == true
        let endings = ended(name, Ending(nil, at: time))
        if isRestart { return endings + [.note(failure.message)] + finishStart(name) }
        let answer: Action =
            starter.map { .answerFailed(client: $0, failure) } ?? .note(failure.message)
        return endings + [.discard(name), answer] + finishStart(name)
    }

    mutating func discarded(_ name: String) {
        if entries[name]?.lifecycle.isAlive == false { entries[name] = nil }
    }

    private mutating func finishStart(_ name: String) -> [Action] {
        let next = queue.finish(name)
        if queue.isIdle { unclaimedExits = [:] }
        return next.map { .launch($0) }
    }
}

// MARK: - Adoption

extension ProcessMachine {
    /// An earlier supervisor left the container in this state.
    mutating func adopted(_ name: String, _ state: Lifecycle<C>.State, helper: Int32? = nil) {
        entries[name] = Entry(lifecycle: Lifecycle(state), helper: helper)
    }

    /// An earlier supervisor was stopping the container.
    ///
    /// - Parameter deadline: when SIGKILL is due; `nil` when it was sent.
    mutating func adoptedStopping(_ name: String, pid: Int32, deadline: C.Instant?) {
        entries[name] = Entry(lifecycle: Lifecycle(.running(pid: pid), isStopping: true, deadline: deadline))
    }
}

// MARK: - Ends

extension ProcessMachine {
    /// - Parameter orders: those of unknown containers are left out.
    mutating func stopRequested(_ orders: [StopOrder], client: UInt64, now: C.Instant) -> [Action] {
        let known = orders.filter { entries[$0.name] != nil }
        let names = known.map(\.name)
        let pending = PendingEndings(
            names: names, alive: Set(names.filter { entries[$0]?.lifecycle.isAlive == true }))
        if pending.isComplete { return [.answerStatus(client: client, names)] }
        pendingEndings[client] = pending
        let actions = known.flatMap { order in
            let grace = Duration.milliseconds(max(0, order.graceMilliseconds))
            let actions = entries[order.name]?.lifecycle.stopRequested(signal: order.signal, grace: grace, now: now)
            return (actions ?? []).flatMap { Self.actions($0, order.name) }
        }
        expectEnds(of: actions, now: now)
        return actions
    }

    /// - Throws: `unknownContainer`.
    mutating func waitRequested(_ name: String, client: UInt64) throws(ProcessFailure) -> [Action] {
        try check(name)
        return (entries[name]?.lifecycle.waitRequested(client: client) ?? []).flatMap { Self.actions($0, name) }
    }

    /// - Throws: `unknownContainer`, `notRunning`.
    func checkRunning(_ name: String) throws(ProcessFailure) {
        try check(name)
        guard entries[name]?.lifecycle.pid != nil else {
            throw ProcessFailure(code: .notRunning, message: "Container `\(name)` does not run.")
        }
    }

    /// - Throws: `stillRunning`. An unknown container is fine.
    mutating func forgetRequested(_ name: String) throws(ProcessFailure) {
        guard entries[name]?.lifecycle.isAlive != true else {
            throw ProcessFailure(
                code: .stillRunning, message: "Container `\(name)` still runs and cannot be forgotten. Stop it first.")
        }
        entries[name] = nil
    }

    /// A killed process ends at once, unless it is frozen or waits in the kernel.
    private mutating func expectEnds(of actions: [Action], now: C.Instant) {
        for case .signal(let name, SIGKILL) in actions where killDeadlines[name] == nil {
            killDeadlines[name] = now.advanced(by: Self.killTimeout)
        }
    }

    /// Tells clients that wait for the end of containers that were killed and have not ended; these are still awaited.
    private mutating func reportStuck(now: C.Instant) -> [Action] {
        var actions: [Action] = []
        for (name, deadline) in killDeadlines.sorted(by: { $0.key < $1.key }) where deadline <= now {
            killDeadlines[name] = nil
            let failure = ProcessFailure(
                code: .stillRunning,
                message: "Container `\(name)` was killed and has not ended for 10 s: its processes are frozen, or wait "
                    + "for a device or a file server. Mend that, then repeat the command.")
            for (client, pending) in pendingEndings.sorted(by: { $0.key < $1.key }) where pending.awaits(name) {
                pendingEndings[client] = nil
                actions.append(.answerFailed(client: client, failure))
            }
        }
        return actions
    }

    mutating func ended(_ name: String, _ ending: Ending) -> [Action] {
        killDeadlines[name] = nil
        var actions = (entries[name]?.lifecycle.ended(ending) ?? []).flatMap { Self.actions($0, name, ending) }
        guard !actions.isEmpty else { return [] }
        for (client, var pending) in pendingEndings.sorted(by: { $0.key < $1.key }) {
            let isLast = pending.ended(name)
            pendingEndings[client] = isLast ? nil : pending
            if isLast { actions.append(.answerStatus(client: client, pending.names)) }
        }
        return actions
    }

    mutating func clientLeft(_ client: UInt64) {
        pendingEndings[client] = nil
        for name in entries.keys { entries[name]?.lifecycle.clientGone(client) }
    }

    mutating func deadlinePassed(now: C.Instant) -> [Action] {
        let actions = names.flatMap { name in
            (entries[name]?.lifecycle.deadlinePassed(now: now) ?? []).flatMap { Self.actions($0, name) }
        }
        expectEnds(of: actions, now: now)
        return actions + reportStuck(now: now)
    }

    /// - Throws: `unknownContainer`.
    func check(_ name: String) throws(ProcessFailure) {
        guard entries[name] != nil else {
            throw ProcessFailure(code: .unknownContainer, message: "The supervisor knows no container `\(name)`.")
        }
    }

    private static func actions(_ action: Lifecycle<C>.Action, _ name: String, _ ending: Ending? = nil) -> [Action] {
        switch action {
        case .signal(let number): [.signal(name, number)]
        case .sync: ending.map { [.finish(name, $0)] } ?? []
        case .answer(let client): [.answerStatus(client: client, [name])]
        }
    }
}
