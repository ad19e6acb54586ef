internal import Builder
internal import Envfile
internal import Execution
internal import Glibc
internal import LinuxSystem
internal import Names
internal import Networks
internal import Planning
internal import Store
internal import Synchronization
internal import SystemPackage
internal import Vocabulary
internal import Workspaces

/// The network of one build: a bridge with a way outside, made when the first step asks for it and removed at the end.
///
/// In the records it is an environment of its own, named after the process. What a build that was killed left is
/// removed with its other leftovers.
final class BuildNetworks: Sendable {
    private struct State {
        var isMade = false
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
    private let firewall: FirewallWriter
    private let networks: NetworkOperations
    private let state = Mutex(State())
    /// Held as long as the build lives.
    private let lock: FileLock

    private static let prefix = "trice-build."
    private static let name: NetworkName = "build"

    init(_ host: Host, sink: any EventSink) throws {
        let id = try EnvironmentID("\(Self.prefix)\(getpid())-\(UInt16.random(in: 0...UInt16.max))")
        workspace = Workspace(id: id, host: host)
        self.sink = sink
        firewall = workspace.firewall(sink)
        networks = NetworkOperations(workspace: workspace)
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
                        .runtimeFailed, "Could not give a step a network: \(ErrorReport(of: error).message)",
                        cause: error)
                }
            }
        case .named(let name):
            throw BuildError(
                .stepInvalid,
                "Could not give a step the network `\(name)`: a build knows default, none and host. Change `network:` of its build."
            )
        }
    }

    /// Removes the bridge and the records; nothing is fine.
    func close() throws {
        try state.withLock { state in
            state.held = [:]
            if state.isMade { try Self.remove(workspace, networks, firewall) }
            state.isMade = false
        }
        try Files.remove(workspace.layout.lock(of: workspace.id))
    }
}

// MARK: - Steps

extension BuildNetworks {
    private func attach(_ id: String) throws -> StepAttachment {
        let number = try state.withLock { state in
            if !state.isMade {
                state.isMade = true
                try make()
            }
            state.steps += 1
            return state.steps
        }
        let container = ContainerID(service: "step", number: number)
        try workspace.host.runtime.insert(
            ContainerRecord(
                environmentID: workspace.id, service: container.service, number: number, runtimeID: id,
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
            environmentID: workspace.id, network: Self.name, service: container.service,
            number: container.number)
        guard claimed != nil else {
            throw EngineError(.unsupportedHost, "The network of the build has no free address left.")
        }
        let namespace = try networks.prepare(container, try workspace.records())
        let fd = namespace.rawValue
        let held = HeldNamespace(namespace)
        state.withLock { $0.held[container.number] = held }
        return StepAttachment(
            namespace: FilePath("/proc/\(getpid())/fd/\(fd)"),
            hosts: "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n",
            resolvConf: try ResolverConfiguration.reachable().text,
            detach: { [self] in try detach(container) })
    }

    private func detach(_ container: ContainerID) throws {
        // The veth goes with the namespace.
        state.withLock { $0.held[container.number] = nil }
        try workspace.host.runtime.deleteContainer(
            environmentID: workspace.id, service: container.service, number: container.number)
    }
}

// MARK: - The bridge

extension BuildNetworks {
    private func make() throws {
        for warning in try ResolverConfiguration.reachable().warnings { sink.note(warning, isWarning: true) }
        try networks.create(Envfile.Network(name: Self.name))
        try firewall.sync()
    }

    private static func remove(
        _ workspace: Workspace, _ networks: NetworkOperations, _ firewall: FirewallWriter
    ) throws {
        for record in try workspace.records().containers {
            try workspace.host.runtime.deleteContainer(
                environmentID: workspace.id, service: record.service, number: record.number)
        }
        try firewall.sync(networks: [])
        try networks.remove(name)
        try workspace.host.runtime.deleteEnvironment(id: workspace.id)
    }

    /// Removes what builds left that were killed.
    static func removeLeftovers(_ host: Host) throws {
        for id in try host.runtime.environmentIDs() where id.text.hasPrefix(prefix) {
            let path = host.layout.lock(of: id)
            guard let lock = try FileLock.attempt(path) else { continue }
            let workspace = Workspace(id: id, host: host)
            try remove(workspace, NetworkOperations(workspace: workspace), workspace.firewall(NoSink()))
            try Files.remove(path)
            _ = consume lock
        }
    }
}
