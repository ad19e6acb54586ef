internal import LinuxSystem
internal import SupervisorProtocol

/// Which ports of which containers are open on the host, and who waits for it: decides, but does nothing.
struct PortMachine: Sendable {
    enum Action: Sendable, Hashable {
        /// Opens ports, for the client; 0 is no client.
        case open([PublishedPort], client: UInt64)
        /// Closes all ports of a container.
        case close(String, client: UInt64)
        /// Lets go of a container's namespace and connections and keeps its listeners.
        case detach(String)
        /// Writes down what is published.
        case record([String: [PublishedPort]])
        case answerPublished(client: UInt64, PublicationResult)
        case answerDone(client: UInt64)
        case note(String)
    }

    /// By container.
    private(set) var published: [String: [PublishedPort]] = [:]
    /// The containers whose ports are being opened by no client, in the order of the answers: those that were adopted
    /// from an earlier supervisor, and those of containers that were started again.
    private var reopening: [String] = []
    /// The containers whose adopted ports could not be opened.
    private var closed: Set<String> = []
    /// What is being opened, by client.
    private var pending: [UInt64: [PublishedPort]] = [:]

    /// An earlier supervisor had these open.
    mutating func adopted(_ ports: [String: [PublishedPort]]) -> [Action] {
        published = ports
        reopening = ports.keys.sorted()
        return ports.sorted { $0.key < $1.key }.map { .open($0.value, client: 0) }
    }

    mutating func publishRequested(_ ports: [PublishedPort], client: UInt64) -> [Action] {
        pending[client] = ports
        return [.open(ports, client: client)]
    }

    /// - Parameter result: `nil` for the closing of ports.
    mutating func completed(client: UInt64, _ result: PublicationResult?) -> [Action] {
        guard let result else { return [.answerDone(client: client)] }
        var actions: [Action] = []
        if let wanted = pending.removeValue(forKey: client), result.isPublished {
            for name in Set(wanted.map(\.container)) {
                published[name] = []
                closed.remove(name)
            }
            for (port, opened) in zip(wanted, result.ports) {
                var port = port
                port.hostPort = opened.hostPort
                published[port.container, default: []].append(port)
            }
            actions.append(.record(published))
        } else if client == 0, let name = reopening.first {
            reopening.removeFirst()
            if result.isPublished {
                closed.remove(name)
            } else {
                closed.insert(name)
                actions.append(.note("Could not open the published ports of \(name) again: \(result.ports)"))
            }
        }
        return actions + [.answerPublished(client: client, result)]
    }

    mutating func withdrawRequested(_ container: String, client: UInt64) -> [Action] {
        closed.remove(container)
        let wasPublished = published.removeValue(forKey: container) != nil
        return (wasPublished ? [.record(published)] : []) + [.close(container, client: client)]
    }

    /// What is open; a port whose opening is still under way is not.
    var open: [PublishedPort] {
        published.filter { !closed.contains($0.key) && !reopening.contains($0.key) }
            .sorted { $0.key < $1.key }.flatMap(\.value)
    }

    func containerEnded(_ container: String) -> [Action] { [.detach(container)] }

    /// What was published of a container leads to its new process.
    mutating func containerStarted(_ container: String) -> [Action] {
        guard let ports = published[container], !ports.isEmpty else { return [] }
        reopening.append(container)
        return [.open(ports, client: 0)]
    }
}
