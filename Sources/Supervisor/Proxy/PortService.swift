internal import LinuxSystem
internal import SupervisorProtocol
internal import SystemPackage

/// Ports of the host that lead into containers: performs what `PortMachine` decides, by the thread of the proxy.
final class PortService: Service {
    private let directory: RunDirectory
    private let clients: Clients
    private let namespaces: NamespaceStore
    private let proxy: ProxyThread
    private var machine = PortMachine()
    /// The pid of a container that runs.
    private let pid: (String) -> Int32?

    init(
        _ directory: RunDirectory, on loop: EventLoop, clients: Clients, namespaces: NamespaceStore,
        descriptorLimit: Int, pid: @escaping (String) -> Int32?
    ) throws(SystemError) {
        self.directory = directory
        self.clients = clients
        self.namespaces = namespaces
        self.pid = pid
        proxy = try ProxyThread(descriptorLimit: descriptorLimit)
        _ = try loop.watch(proxy.completionDescriptor) { [unowned self] _ in
            for completion in proxy.takeCompletions() {
                act(machine.completed(client: completion.token, completion.result))
            }
        }
    }

    var deadline: ContinuousClock.Instant? { nil }
    func passDeadlines(_ now: ContinuousClock.Instant) {}
    func clientLeft(_ client: UInt64) {}

    /// Opens again what an earlier supervisor had open; the containers are adopted already.
    func adopt() {
        act(machine.adopted(Coding.record([String: [PublishedPort]].self, at: directory.ports) ?? [:]))
    }

    /// - Throws: `SupervisorError` of code `unknownNamespace`.
    func publish(_ ports: [PublishedPort], client: UInt64) throws {
        // Looked for first: nothing is to be recorded of a publication that cannot be.
        for port in ports { _ = try namespaces.namespace(of: port.container, pid: pid(port.container)) }
        act(machine.publishRequested(ports, client: client))
    }

    func withdraw(_ container: String, client: UInt64) {
        act(machine.withdrawRequested(container, client: client))
    }

    func containerEnded(_ container: String) {
        act(machine.containerEnded(container))
    }

    func containerStarted(_ container: String) {
        act(machine.containerStarted(container))
    }

    /// The ports that are open at this moment.
    var openPorts: [PublishedPort] { machine.open }

    private func act(_ actions: [PortMachine.Action]) {
        for action in actions {
            switch action {
            case .open(let ports, let client): open(ports, client)
            case .close(let container, let client): proxy.submit(.withdraw(container), token: client)
            case .detach(let container): proxy.submit(.detach(container), token: nil)
            case .record(let ports):
                Journal.perform("record the published ports") {
                    try Files.write(try Coding.encode(ports), to: directory.ports, mode: 0o600)
                }
            case .answerPublished(let client, let result): clients.answer(client, .published(result))
            case .answerDone(let client): clients.answer(client, Response.done)
            case .note(let text): Journal.note(text)
            }
        }
    }

    /// A container without namespace, which has ended meanwhile, gets its listeners.
    private func open(_ ports: [PublishedPort], _ client: UInt64) {
        var opened: [String: SharedDescriptor] = [:]
        for name in Set(ports.map(\.container)) where pid(name) != nil || namespaces.isHeld(name) {
            Journal.perform("open the namespace of \(name)") {
                opened[name] = try namespaces.namespace(of: name, pid: pid(name))
            }
        }
        proxy.submit(.publish(ports, opened), token: client)
    }
}
