import TestSupport

/// When during a command a process is killed: at a random moment of about as long as the command takes on this machine.
///
/// How long that is depends on the machine and its load. Each command that ended before its moment makes the next
/// moments of its kind earlier, and each that was still running makes them later.
struct Moments {
    private static let shortest = 8
    private static let longest = 1000

    /// The latest moment of each command, in milliseconds after its start.
    private var bounds: [Action: Int] = [:]

    /// A moment at which `action` is likely to be running still, in milliseconds after its start.
    func next(_ action: Action, using random: inout FuzzRandom) -> Int {
        Int.random(in: 0..<bound(action), using: &random)
    }

    /// Learns from one moment of `action` whether something could be killed at it.
    mutating func adapt(_ action: Action, wasInTime: Bool) {
        let adapted = wasInTime ? bound(action) * 9 / 8 : bound(action) * 3 / 4
        bounds[action] = min(max(adapted, Self.shortest), Self.longest)
    }

    private func bound(_ action: Action) -> Int {
        bounds[action] ?? (action == .build || action == .recreate ? 700 : 350)
    }
}
