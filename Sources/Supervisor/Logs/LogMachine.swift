/// One output of one container.
struct OutputKey: Hashable, Sendable {
    var container: String
    var stream: LogStream
}

/// Which outputs are read when: decides, but does nothing.
///
/// An output whose log cannot take more, because the disk is full, is left alone for a second; the container waits
/// meanwhile, and what it wrote is in the pipe.
struct LogMachine<C: Clock>: Sendable where C.Duration == Duration {
    enum Action: Sendable, Hashable {
        /// Copies what there is, for a bounded while; the result is to be reported by `drained`.
        case drain(OutputKey)
        /// Has `readable` called when something comes.
        case watch(OutputKey)
        case unwatch(OutputKey)
        /// Tells the user why an output is left alone.
        case noteBlocked(OutputKey, reason: String)
    }

    /// How long a blocked output is left alone.
    static var pause: Duration { .seconds(1) }

    private enum State: Sendable, Hashable {
        case watched
        case blocked(until: C.Instant)
    }

    private var outputs: [OutputKey: State] = [:]

    /// When the next `deadlinePassed` is due.
    var deadline: C.Instant? {
        outputs.values.compactMap { state in
            if case .blocked(let date) = state { return date }
            return nil
        }.min()
    }

    /// The outputs of a container are open.
    mutating func opened(_ container: String) -> [Action] {
        LogStream.allCases.map { OutputKey(container: container, stream: $0) }.compactMap { key in
            outputs.updateValue(.watched, forKey: key) == .watched ? nil : .watch(key)
        }
    }

    mutating func readable(_ key: OutputKey) -> [Action] {
        outputs[key] == .watched ? [.drain(key)] : []
    }

    /// - Parameter obstacle: why the log takes no more, where it does not.
    mutating func drained(_ key: OutputKey, obstacle: String?, now: C.Instant) -> [Action] {
        guard let state = outputs[key] else { return [] }
        switch (state, obstacle) {
        case (.watched, nil): return []
        case (.watched, let reason?):
            outputs[key] = .blocked(until: now.advanced(by: Self.pause))
            return [.noteBlocked(key, reason: reason), .unwatch(key)]
        case (.blocked, nil):
            outputs[key] = .watched
            return [.watch(key)]
        case (.blocked, _?):
            outputs[key] = .blocked(until: now.advanced(by: Self.pause))
            return []
        }
    }

    mutating func deadlinePassed(now: C.Instant) -> [Action] {
        outputs.compactMap { key, state in
            if case .blocked(let date) = state, date <= now { return .drain(key) }
            return nil
        }
    }

    /// The outputs are closed: nothing more is read.
    mutating func closed(_ container: String) -> [Action] {
        LogStream.allCases.map { OutputKey(container: container, stream: $0) }.compactMap { key in
            outputs.removeValue(forKey: key) == .watched ? .unwatch(key) : nil
        }
    }
}
