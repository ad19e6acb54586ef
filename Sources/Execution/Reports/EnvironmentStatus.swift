internal import Containers
internal import Envfile
internal import Glibc
internal import Images
internal import LinuxSystem
internal import Networks
internal import OCI
internal import Planning
internal import Store
internal import Supervisor
internal import SupervisorProtocol
internal import SystemPackage
package import Workspaces

internal import struct Vocabulary.ContainerID
internal import struct Vocabulary.EnvironmentID
internal import enum Vocabulary.HostAddress

/// What there is, as reports.
extension EnvironmentControl {
    /// The environment as records, kernel and supervisor have it now. Nothing is changed.
    package func status(_ identity: EnvironmentTarget) throws -> StatusReport {
        let workspace = Workspace(id: identity.id, host: try context.host())
        let sighting = try Sighting(workspace)
        var report = try status(identity, workspace, sighting, looksAtFirewall: true)
        let steps = try StepReports(workspace: workspace, project: identity.project)
            .all(sighting.records.containers.map { ContainerID($0) })
        for index in report.services.indices { report.services[index].steps = steps[report.services[index].container] }
        return report
    }

    func status(
        _ identity: EnvironmentTarget, _ workspace: Workspace, _ sighting: Sighting, looksAtFirewall: Bool
    ) throws -> StatusReport {
        let services = try services(workspace, sighting)
        var report = StatusReport(environment: identity.id.text, directory: nil, services: services, supervisor: nil)
        report.directory = try workspace.host.durable.environment(id: identity.id)?.directory
        report.supervisor = try workspace.runningSupervisor().map { StatusReport.Supervisor(pid: $0.pid) }
        report.usedBy = try workspace.host.serviceUses().filter { $0.owner == identity.id.text }
        if services.isEmpty {
            let name = identity.project?.environment.name
            report.notes = try workspace.whereabouts(projectName: name).map(\.message)
        }
        report.externals = try externals(of: workspace)
        report.problems = try problems(workspace, sighting, looksAtFirewall)
        return report
    }

    /// The services of other environments for which networks were joined.
    private func externals(of workspace: Workspace) throws -> [StatusReport.External] {
        let uses = try workspace.host.serviceUses().filter { $0.user == workspace.id.text }
        return try Dictionary(grouping: uses, by: \.owner).sorted { $0.key < $1.key }.flatMap { owner, uses in
            let other = Workspace(id: try EnvironmentID(owner), host: workspace.host)
            let containers = try services(other, try Sighting(other))
            return uses.flatMap { use in
                let own = containers.filter { $0.service == use.service }
                let first = own.first { $0.state != "running" } ?? own.first { $0.health != "healthy" } ?? own.first
                return use.names.map { name in
                    StatusReport.External(
                        name: name, environment: owner, service: use.service, state: first?.state ?? "missing",
                        health: first?.health)
                }
            }
        }
    }

    /// The containers of these services, or of all when none is named. Neither the packet filter nor mounts are looked at,
    /// so that it may be asked again and again.
    ///
    /// - Throws: `EngineError.unknownService`.
    package func rows(of services: [String], _ identity: EnvironmentTarget) throws -> [StatusReport.Service] {
        // Another connection each time: a supervisor may come and go.
        let workspace = Workspace(id: identity.id, host: try context.host())
        return try self.services(workspace, try Sighting(workspace)).selecting(services, identity)
    }

    /// A container, and its first process where it runs.
    struct Member: OfContainer {
        var container: String
        var service: String
        var pid: Int32?
    }

    /// The containers of services, or of all, without a look at anything else.
    ///
    /// - Throws: `EngineError.unknownService`.
    func containers(of services: [String], _ identity: EnvironmentTarget) throws -> [Member] {
        let workspace = Workspace(id: identity.id, host: try context.host())
        let records = try workspace.records()
        let statuses = try workspace.supervisedContainers(records)
        let members = records.containers.map { record in
            let status = statuses["\(ContainerID(record))"]
            return Member(
                container: "\(ContainerID(record))", service: "\(record.service)",
                pid: status?.state == .exited ? nil : status?.pid)
        }
        return try members.selecting(services, identity)
    }

    /// The containers of services that run, or of all, by the records of their processes alone: neither the database nor
    /// the supervisor is asked.
    ///
    /// - Returns: `nil` where that does not tell: nothing is up, or a name is that of no such container.
    func runningContainers(of services: [String], _ environment: EnvironmentID) -> [Member]? {
        let layout = context.layout
        // What cannot be read is for the caller's other way to report.
        guard let names = try? Files.names(in: layout.containersRun(of: environment)) else { return nil }
        let members = names.compactMap { try? ContainerID($0) }.sorted().compactMap { id in
            layout.runningProcess(of: id, environment)
                .map { Member(container: "\(id)", service: "\(id.service)", pid: $0) }
        }
        guard !services.isEmpty else { return members }
        let selected = members.filter { services.contains($0.service) || services.contains($0.container) }
        let areFound = services.allSatisfy { name in
            selected.contains { $0.service == name || $0.container == name }
        }
        return areFound ? selected : nil
    }

    /// Every container of the records, with its state and ports.
    func services(_ workspace: Workspace, _ sighting: Sighting) throws -> [StatusReport.Service] {
        let plan = try workspace.networkPlan(sighting.records)
        return try sighting.records.containers.map { try service($0, sighting, plan) }
    }

    /// What of a running environment is no longer as `up` made it.
    private func problems(
        _ workspace: Workspace, _ sighting: Sighting, _ looksAtFirewall: Bool
    ) throws -> [String] {
        let observed = try Observer(workspace: workspace).observe(looksAtFirewall: looksAtFirewall, from: sighting)
        let running = observed.containers.filter { $0.state == .running }
        guard !running.isEmpty else { return [] }
        var problems: [String] = []
        if !observed.hasSupervisor { problems.append("The supervisor does not run.") }
        if let problem = observed.firewallProblem { problems.append("The firewall is not as it was made: \(problem).") }
        for container in running {
            if observed.heldPorts[container.id] != nil, !observed.publishedPorts.contains(container.id) {
                problems.append("A published port of \(container.id) is closed.")
            }
            for target in container.replacedMounts {
                problems.append("What \(container.id) has at `\(target)` was replaced on the host.")
            }
        }
        return problems
    }

    private func service(
        _ record: ContainerRecord, _ sighting: Sighting, _ plan: NetworkPlan
    ) throws -> StatusReport.Service {
        let id = ContainerID(record)
        let status = sighting.containers["\(id)"]
        let ports = sighting.records.publishedPorts.filter { ContainerID($0) == id }
        var service = StatusReport.Service(
            container: "\(id)", service: "\(record.service)", image: try image(of: record), state: "created",
            exitCode: nil, pid: status?.pid, address: plan.address(of: "\(id)").map { "\($0)" },
            ports: ports.map { port in
                StatusReport.Port(port, isOpen: sighting.openPorts.contains(port))
            }, sinceSeconds: nil)
        var since = UInt64(record.createdAt)
        switch status?.state {
        case .starting:
            // It has no process yet, so it does not run.
            service.state = status?.isRestarting == true ? "restarting" : "created"
        case .running:
            service.state = status?.pid.map(Freezer.isFrozen) == true ? "paused" : "running"
            since = status?.startedAt ?? since
        case .exited:
            service.state = status?.isRestarting == true ? "restarting" : "exited"
            service.exitCode = status?.code
            since = status?.endedAt ?? since
        case nil:
            if record.state == .creating { service.state = "incomplete" }
        }
        service.sinceSeconds = (WallClock.nanoseconds - Int64(since)) / 1_000_000_000
        if let status { service.add(status) }
        return service
    }

    private func image(of record: ContainerRecord) throws -> String {
        try record.decodedFingerprint().image
    }
}

extension StatusReport.Service {
    /// Adds what the supervisor found out by looking after the container.
    fileprivate mutating func add(_ status: ContainerStatus) {
        if status.state == .running, let health = status.health {
            self.health = health.state.rawValue
            lastCheck = health.last.map {
                StatusReport.Check(
                    isSuccess: $0.isSuccess, exitCode: $0.code, output: $0.output, failures: health.failures)
            }
            if let healthyAt = health.healthyAt, let startedAt = status.startedAt, healthyAt >= startedAt {
                healthyAfter = Int64((healthyAt - startedAt) / 1_000_000)
            }
        }
        guard let report = status.restarts else { return }
        restarts = report.count
        lastExit = report.lastEndedAt.map {
            StatusReport.Exit(
                code: report.lastCode, signal: report.lastSignal,
                secondsAgo: (WallClock.nanoseconds - Int64($0)) / 1_000_000_000)
        }
    }
}

extension StatusReport.Port {
    init(_ record: PublishedPortRecord, isOpen: Bool = true) {
        self.init(
            hostAddress: "\(record.hostAddress.bindAddresses[0])", hostPort: record.hostPort.rawValue,
            target: record.target.rawValue, transportProtocol: "\(record.transportProtocol)", isOpen: isOpen)
    }
}
