internal import LinuxSystem
internal import SupervisorProtocol
internal import SystemPackage

/// The one thread of the supervisor: dispatches events, deadlines and requests to the services, and does nothing itself.
final class ControlLoop {
    let release: String
    let clients: Clients
    let processes: ProcessService
    let logs: LogService
    let ports: PortService
    let names: NameService
    let health: HealthService
    let restarts: RestartService
    let expectations: ExpectationService
    let jobs: JobService
    let shells: ShellService
    let states: StateService
    let removals: RemovalService
    let namespaces: NamespaceStore
    var isEnding = false
    /// The containers of which something has changed that clients may wait for.
    var changed: Set<String> = []
    private let directory: RunDirectory
    private let loop: EventLoop

    private var services: [any Service] {
        [processes, logs, ports, names, health, restarts, expectations, jobs, shells, states, removals]
    }

    /// Adopts what earlier supervisors left, then listens.
    ///
    /// - Parameter stash: what outlives this process when it is killed.
    init(
        directory: RunDirectory, logs logDirectory: LogDirectory, release: String, startLimit: Int,
        stash: NamespaceStash?
    ) throws {
        self.directory = directory
        self.release = release
        let limit = DescriptorLimit()
        limit.raise()
        try Files.createDirectory(directory.containers, mode: 0o700)
        try Files.createDirectory(logDirectory.path, mode: 0o700)
        loop = try EventLoop()
        // Under another name until everything is adopted: a client that gets through finds it so.
        try Files.remove(directory.newSocket)
        clients = try Clients(at: directory.newSocket, on: loop)
        namespaces = NamespaceStore(directory, stash: stash)
        logs = LogService(logDirectory, on: loop)
        // Before the thread of the proxy, which inherits the blocked signals.
        let processes = try ProcessService(
            directory, on: loop, clients: clients, logs: logs, namespaces: namespaces, limit: limit,
            startLimit: startLimit)
        self.processes = processes
        ports = try PortService(
            directory, on: loop, clients: clients, namespaces: namespaces, descriptorLimit: limit.count
        ) { [unowned processes] in processes.pid(of: $0) }
        let names = NameService(directory, on: loop) { [unowned processes] name in
            directory.isRunningElsewhere(name) ?? processes.isAlive(name)
        }
        self.names = names
        namespaces.whenHeld = { [unowned names] in names.serve($0, in: $1) }
        namespaces.whenForgotten = { [unowned names] in names.forget($0) }
        health = HealthService(directory, on: loop, processes: processes, namespaces: namespaces, limit: limit)
        restarts = RestartService(directory, processes: processes, namespaces: namespaces)
        expectations = ExpectationService(clients: clients, processes: processes, restarts: restarts)
        states = StateService(clients: clients, processes: processes)
        jobs = JobService(logDirectory.jobs)
        shells = ShellService(directory.shells, on: loop)
        removals = RemovalService(on: loop, processes: processes)
        connectServices()
        clients.begin(
            serving: { [unowned self] in try serve($0, $1, client: $2) },
            left: { [unowned self] client in for service in services { service.clientLeft(client) } })
        Journal.perform("take over the namespaces that were kept") { try namespaces.adoptKept() }
        try processes.adopt()
        adoptCare()
        ports.adopt()
        jobs.adopt()
        shells.adopt()
        removals.adopt()
        try Files.rename(directory.newSocket, to: directory.socket)
    }

    /// Serves until a client asks for the end.
    func run() throws {
        while !isEnding {
            try loop.dispatch(until: services.compactMap(\.deadline).min())
            tellChanges()
            let now = ContinuousClock.now
            for service in services where service.deadline.map({ $0 <= now }) == true { service.passDeadlines(now) }
            tellChanges()
        }
        shells.end()
        try Files.remove(directory.socket)
    }
}
