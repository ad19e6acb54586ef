/// One question that other servers are asked: decides whom and when, but does nothing.
///
/// A server that is slow is not given up: the next one is asked beside it, and the first answer counts. A client of
/// resolv.conf(5) waits for five seconds, so that a failure has to be told before.
package struct Forwarding<C: Clock>: Sendable where C.Duration == Duration {
    /// A moment of the clock.
    package typealias Instant = C.Instant

    /// What the caller has to do.
    package enum Action: Hashable, Sendable {
        /// Asks the server with this number.
        case ask(Int)
        /// Tells the client that no server answers.
        case fail
    }

    /// How long one server is waited for alone.
    package static var interval: Duration { .seconds(1) }
    /// How long all of them have together.
    package static var limit: Duration { .milliseconds(4500) }

    private let serverCount: Int
    private let end: Instant
    private var asked = 0
    private var failed: Set<Int> = []
    /// When the next `deadlinePassed` is due.
    package private(set) var deadline: Instant

    /// - Parameter serverCount: how many servers there are, the best first.
    package init(serverCount: Int, now: Instant) {
        self.serverCount = serverCount
        end = now.advanced(by: Self.limit)
        deadline = now
    }

    /// The servers that were asked and have not failed: when another one answers, these are slow.
    package var waiting: [Int] { (0..<min(asked, serverCount)).filter { !failed.contains($0) } }

    /// The first question, and the next one when its time has come.
    package mutating func deadlinePassed(now: Instant) -> Action? {
        guard deadline <= now else { return nil }
        guard now < end else { return .fail }
        return next(now)
    }

    /// A server cannot be reached, or says that it failed.
    package mutating func failed(_ server: Int, now: Instant) -> Action? {
        guard failed.insert(server).inserted else { return nil }
        if failed.count >= serverCount { return .fail }
        // One that is still waited for may answer; one that was not asked yet need not wait for it.
        return asked < serverCount ? next(now) : nil
    }

    private mutating func next(_ now: Instant) -> Action {
        guard failed.count < serverCount else { return .fail }
        while failed.contains(asked % serverCount) { asked += 1 }
        defer { asked += 1 }
        deadline = min(end, now.advanced(by: Self.interval))
        return .ask(asked % serverCount)
    }
}

/// Which of several servers is asked first.
package struct ServerOrder<Server: Hashable & Sendable, C: Clock>: Sendable where C.Duration == Duration {
    /// How long a server that was slower than another one comes last.
    package static var rest: Duration { .seconds(30) }

    private var resting: [Server: C.Instant] = [:]

    package init() {}

    /// The order of the file, those that rest last.
    package func sorted(_ servers: [Server], now: C.Instant) -> [Server] {
        let (slow, fit) = (servers.filter { isResting($0, now) }, servers.filter { !isResting($0, now) })
        return fit + slow
    }

    private func isResting(_ server: Server, _ now: C.Instant) -> Bool {
        resting[server].map { $0 > now } ?? false
    }

    /// A server has answered before those that were asked earlier: these are asked later for a while.
    package mutating func answered(_ server: Server, before slower: [Server], now: C.Instant) {
        resting[server] = nil
        for other in slower where other != server { resting[other] = now.advanced(by: Self.rest) }
        // Files change, and what they once named is not kept for ever.
        if resting.count > 64 { resting = resting.filter { $0.value > now } }
    }
}
