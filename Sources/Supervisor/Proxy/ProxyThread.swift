internal import Glibc
internal import LinuxSystem
internal import SupervisorProtocol
internal import Synchronization
internal import SystemPackage

/// What the control loop asks of the proxy.
enum ProxyCommand: Sendable {
    /// Opens the ports, replacing those of the same containers. A container without namespace gets its listeners,
    /// whose connections are reset until it has one.
    case publish([PublishedPort], [String: SharedDescriptor])
    /// Closes all ports of a container.
    case withdraw(String)
    /// Lets go of a container's namespace and connections and keeps its listeners.
    case detach(String)
}

/// What became of a command that carried a token.
struct ProxyCompletion: Sendable {
    var token: UInt64
    /// For `publish` only.
    var result: PublicationResult?
}

/// The thread that carries all connections; setns(2) acts on it alone.
final class ProxyThread: Sendable {
    private struct Mailbox {
        var commands: [(command: ProxyCommand, token: UInt64?)] = []
        var completions: [ProxyCompletion] = []
    }

    private let mailbox = Mutex(Mailbox())
    private let commandNotifier: EventNotifier
    private let completionNotifier: EventNotifier

    /// - Parameter descriptorLimit: how many descriptors this process may open.
    init(descriptorLimit: Int) throws(SystemError) {
        commandNotifier = try EventNotifier()
        completionNotifier = try EventNotifier()
        try DedicatedThread.detach { [self] in
            do {
                try ProxyLoop(thread: self, descriptorLimit: descriptorLimit).run()
            } catch {
                // A process whose ports are dead must not pretend to live: the next command starts another.
                let line = Array("The port proxy failed: \(error)\n".utf8)
                _ = write(2, line, line.count)
                _exit(1)
            }
        }
    }

    /// Readable when completions wait.
    var completionDescriptor: Int32 { completionNotifier.descriptor.rawValue }
    /// Readable when commands wait.
    var commandDescriptor: Int32 { commandNotifier.descriptor.rawValue }

    func submit(_ command: ProxyCommand, token: UInt64?) {
        mailbox.withLock { $0.commands.append((command, token)) }
        commandNotifier.signal()
    }

    func takeCommands() -> [(command: ProxyCommand, token: UInt64?)] {
        commandNotifier.clear()
        return mailbox.withLock { mailbox in
            defer { mailbox.commands = [] }
            return mailbox.commands
        }
    }

    func complete(_ completion: ProxyCompletion) {
        mailbox.withLock { $0.completions.append(completion) }
        completionNotifier.signal()
    }

    func takeCompletions() -> [ProxyCompletion] {
        completionNotifier.clear()
        return mailbox.withLock { mailbox in
            defer { mailbox.completions = [] }
            return mailbox.completions
        }
    }
}
