internal import Containers
internal import Glibc
internal import LinuxSystem
package import Workspaces

extension ContainerSessions {
    /// Shows what services write, until `whenIdle` says that it is enough or all containers are gone.
    ///
    /// - Parameters:
    ///   - show: called with lines, and the names of the containers that are shown.
    ///   - whenIdle: called at least twice a second with the number of signals that asked this process to end; `false`
    ///     ends.
    package func follow(
        _ identity: EnvironmentTarget, services: [String], show: ([LogStream.Line], [String]) -> Void,
        whenIdle: (Int) throws -> Bool
    ) throws {
        let signals = try ForwardedSignals()
        let stream = try logs(identity, LogRequest(services: services, tail: nil))
        var count = 0
        var looked = ContinuousClock.now
        while true {
            let lines = try stream.next()
            show(lines, stream.names)
            // A service that always has something to say keeps no signal waiting.
            if !lines.isEmpty, .now - looked < .milliseconds(500) { continue }
            looked = .now
            while let number = try signals.next() {
                if number != SIGWINCH { count += 1 }
            }
            guard try whenIdle(count) else { break }
            if lines.isEmpty { _ = try stream.waitForMore { show($0, stream.names) } }
        }
        // What was written last, while the services were stopped.
        while true {
            let lines = try stream.next()
            if lines.isEmpty { break }
            show(lines, stream.names)
        }
        show(stream.finish(), stream.names)
    }
}
