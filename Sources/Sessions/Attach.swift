internal import Containers
internal import Glibc
internal import LinuxSystem
internal import Store
internal import Supervisor
internal import SupervisorProtocol
package import Workspaces

internal import struct Vocabulary.ContainerID

/// What `attach` is asked.
package struct AttachRequest: Sendable {
    package var service: String
    /// Whether signals of this process go to the container's first process; else they end this process.
    package var passesSignals: Bool
    /// Whether the standard input of this process goes to the container.
    package var passesInput: Bool
    /// What a user types on a terminal to leave the container alone; see `DetachKeys.parse`.
    package var detachKeys: [UInt8]

    package init(service: String, passesSignals: Bool, passesInput: Bool, detachKeys: [UInt8]) {
        self.service = service
        self.passesSignals = passesSignals
        self.passesInput = passesInput
        self.detachKeys = detachKeys
    }
}

extension ContainerSessions {
    /// Shows what a container writes from now on, until it ends or the user detaches.
    ///
    /// - Parameter note: called with a sentence when the container takes no input.
    /// - Returns: its exit code; 1 when no supervisor saw its end; 0 when the user has detached.
    package func attach(
        _ request: AttachRequest, _ identity: EnvironmentTarget, note: (String) -> Void,
        show: ([LogStream.Line]) -> Void
    ) throws -> Int32 {
        let workspace = Workspace(id: identity.id, host: try host())
        let record = try workspace.records().container(named: request.service, of: identity)
        let id = ContainerID(record)
        guard layout.isRunning(id, workspace.id) else {
            throw EngineError(.notRunning, "`\(id.service)` is not running. Start it with `trice up \(id.service)`.")
        }
        let signals = request.passesSignals ? SignalBox(try ForwardedSignals()) : nil
        let stream = try logs(identity, LogRequest(services: ["\(id)"], tail: 0))
        // After the signals, which its thread must not get.
        let relay = try inputRelay(request, id, workspace, note)
        defer { relay?.end() }
        // What a terminal shows has no line end while a user types.
        if relay?.isRaw == true { stream.openLineDelay = 20 }
        while true {
            if relay?.isDetached == true { return 0 }
            let lines = try stream.next()
            show(lines)
            if let number = try signals?.signals.next() {
                if number == SIGWINCH {
                    relay?.followSize()
                } else {
                    try workspace.supervisor().kill("\(id)", signal: number)
                }
            }
            guard lines.isEmpty else { continue }
            if !layout.isRunning(id, workspace.id) {
                let status = try workspace.supervisor().wait(for: "\(id)")
                show(try stream.next())
                show(stream.finish())
                return status.code ?? 1
            }
            _ = try stream.waitForMore(show)
        }
    }

    /// - Returns: `nil` where no input is passed.
    private func inputRelay(
        _ request: AttachRequest, _ id: ContainerID, _ workspace: Workspace, _ note: (String) -> Void
    ) throws -> InputRelay? {
        guard request.passesInput else { return nil }
        guard let input = try ContainerInput.open(of: "\(id)", runDirectory: workspace.runDirectory) else {
            note("`\(id.service)` takes no input: it has neither `stdin_open` nor `tty`.")
            return nil
        }
        let relay = InputRelay(input, detachKeys: request.detachKeys)
        try relay.start()
        return relay
    }
}

/// Keeps signals that are passed on in an optional.
private final class SignalBox {
    let signals: ForwardedSignals

    init(_ signals: consuming ForwardedSignals) {
        self.signals = signals
    }
}
