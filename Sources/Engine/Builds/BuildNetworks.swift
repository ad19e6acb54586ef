internal import Builder
internal import Dispatch
internal import Envfile
internal import Glibc
internal import LinuxSystem
internal import Netlink
internal import Networks
internal import Planning
internal import Store
internal import Synchronization
internal import SystemPackage

/// The network of one build: a bridge with a way outside, made when the first step asks for it and removed at the end.
///
/// In the records it is an environment of its own, named after the process. What a build that was killed left is
/// removed with its other leftovers.
final class BuildNetworks: Sendable {
    private struct State {
        /// Whether it could be made, once somebody tried.
        var making: Result<Void, any Error>?
        var isClosed = false
        var graph: BuildGraph?
        var steps = 0
        /// The namespaces of steps that run.
        var held: [Int: HeldNamespace] = [:]
    }

    /// A descriptor that keeps a namespace.
    private final class HeldNamespace: Sendable {
        let descriptor: OwnedDescriptor

        init(_ descriptor: consuming OwnedDescriptor) {
            self.descriptor = descriptor
        }
    }

    private let workspace: Workspace
    private let sink: any EventSink
    private let state = Mutex(State())
    /// Held as long as the build lives.
    private let lock: FileLock

    private static let prefix = "trice-build."
    private static let name = "build"

    init(_ host: Host, sink: any EventSink) throws {
        let id = EnvironmentID(text: "\(Self.prefix)\(getpid())-\(UInt16.random(in: 0...UInt16.max))")
        workspace = Workspace(id: id, host: host)
        self.sink = sink
        lock = try FileLock(waitingFor: host.layout.lock(of: id))
    }

    /// What a step is given for the network that it asks for.
    func network(_ wanted: BuildNetwork) throws -> StepNetwork {
        switch wanted {
        case .none: return .none
        case .host: return .host
        case .sandbox:
            return .attached { [self] id throws(BuildError) in
                do {
                    return try attach(id)
                } catch {
                    throw BuildError(
                        .runtimeFailed, "Could not give a step a network: \(Explanation(of: error).message)",
                        cause: error)
                }
            }
        case .named(let name):
            throw BuildError(
                .stepInvalid,
                "Could not give a step the network '\(name)': a build knows default, none and host. Change `network:` of its build."
            )
        }
    }

    /// Removes the bridge and the records; nothing is fine.
    func close() throws {
        try removeBridge()
        try Files.remove(workspace.layout.lock(of: workspace.id))
    }

    private func removeBridge() throws {
        try state.withLock { state in
            state.held = [:]
            if state.making != nil { try Self.remove(workspace) }
            state.making = nil
            state.isClosed = true
        }
    }
}

// MARK: - Steps

extension BuildNetworks {
    private func attach(_ id: String) throws -> StepAttachment {
        let number = try state.withLock { state in
            try ensure(&state)
            state.steps += 1
            return state.steps
        }
        let container = ContainerID(service: "step", number: number)
        try workspace.host.runtime.insert(
            ContainerRecord(
                environmentID: workspace.id.text, service: container.service, number: number, runtimeID: id,
                runtime: "", imageID: "", fingerprint: "", createdAt: WallClock.nanoseconds))
        do {
            return try attach(container)
        } catch {
            // The failure that is thrown says more than that of the undoing; the end of the build does it again.
            try? detach(container)
            throw error
        }
    }

    private func attach(_ container: ContainerID) throws -> StepAttachment {
        let claimed = try workspace.host.runtime.claimAddress(
            environmentID: workspace.id.text, network: Self.name, service: container.service,
            number: container.number)
        guard claimed != nil else {
            throw EngineError(.hostUnfit, "The network of the build has no free address left.")
        }
        let namespace = try NetworkOperations(workspace: workspace).prepare(container, try workspace.records())
        let fd = namespace.rawValue
        let held = HeldNamespace(namespace)
        state.withLock { $0.held[container.number] = held }
        return StepAttachment(
            namespace: FilePath("/proc/\(getpid())/fd/\(fd)"),
            hosts: "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n",
            resolvConf: try ResolverConfiguration.ofHost().text,
            detach: { [self] in try detach(container) })
    }

    private func detach(_ container: ContainerID) throws {
        // The veth goes with the namespace.
        state.withLock { $0.held[container.number] = nil }
        try workspace.host.runtime.deleteContainer(
            environmentID: workspace.id.text, service: container.service, number: container.number)
    }
}

// MARK: - The bridge

extension BuildNetworks {
    /// Does what can be done beside the work of others: makes the bridge while a step runs behind which a command comes,
    /// and removes it while layers are written to disk.
    func foresee(_ event: BuildEvent, _ requests: [BuildRequest]) {
        switch event {
        case .planned(let graph): state.withLock { $0.graph = graph }
        case .started(let step, _):
            guard requests.contains(where: { $0.name == step.build && $0.network == .sandbox }) else { return }
            let graph = state.withLock { $0.graph }
            guard !step.isCommand, graph?.hasCommand(behind: step) == true else { return }
            DispatchQueue.global().async { [self] in
                // The step that needs it is told when this fails.
                state.withLock { state in
                    if !state.isClosed { try? ensure(&state) }
                }
            }
        case .settling:
            // Whoever closes it again is told of what remains.
            DispatchQueue.global().async { [self] in try? removeBridge() }
        default: return
        }
    }

    private func ensure(_ state: inout State) throws {
        if state.making == nil { state.making = Result { try make() } }
        try state.making?.get()
    }

    private func make() throws {
        try NetworkOperations(workspace: workspace).create(Envfile.Network(name: Self.name))
        let ports = PortPublication(workspace: workspace, sink: sink)
        try ports.apply(try ports.firewallState())
    }

    private static func remove(_ workspace: Workspace) throws {
        for record in try workspace.records().containers {
            try workspace.host.runtime.deleteContainer(
                environmentID: workspace.id.text, service: record.service, number: record.number)
        }
        try NetworkOperations(workspace: workspace).remove(name)
        try workspace.host.runtime.deleteEnvironment(id: workspace.id.text)
    }

    /// Removes what builds left that were killed.
    static func removeLeftovers(_ host: Host, _ sink: any EventSink) throws {
        for id in try host.runtime.environmentIDs() where id.hasPrefix(prefix) {
            let path = host.layout.lock(of: EnvironmentID(text: id))
            guard let lock = try FileLock.attempt(path) else { continue }
            try remove(Workspace(id: EnvironmentID(text: id), host: host))
            try Files.remove(path)
            _ = consume lock
        }
    }
}

extension StepReference {
    fileprivate var isCommand: Bool { text.isCommand }
}

extension BuildGraph {
    /// Whether the stage of a step has a `RUN` behind it.
    fileprivate func hasCommand(behind step: StepReference) -> Bool {
        guard let node = nodes.first(where: { $0.build == step.build && $0.stage == step.stage }),
            let position = node.steps.firstIndex(of: step.text)
        else { return false }
        return node.steps[position...].contains { $0.isCommand }
    }
}

extension String {
    /// Whether the instruction is a `RUN`.
    fileprivate var isCommand: Bool { prefix { $0 != " " }.uppercased() == "RUN" }
}
