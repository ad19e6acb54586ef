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
internal import SystemPackage

/// What there is, as reports.
extension Engine {
    public func status(_ identity: EnvironmentTarget) throws -> StatusReport {
        try status(identity, Workspace(id: identity.id, host: try host()))
    }

    func status(_ identity: EnvironmentTarget, _ workspace: Workspace) throws -> StatusReport {
        let records = try workspace.records()
        let supervised = try workspace.supervisedContainers(records)
        var report = StatusReport(environment: identity.id.text, directory: nil, services: [], supervisor: nil)
        report.directory = try workspace.host.durable.environment(id: identity.id.text)?.directory
        if !records.containers.isEmpty {
            report.supervisor = StatusReport.Supervisor(pid: try workspace.supervisor().pid)
        }
        let plan = try workspace.networkPlan(records)
        report.services = try records.containers.map { record in
            try service(record, records, plan, supervised["\(ContainerID(record))"])
        }
        return report
    }

    private func service(
        _ record: ContainerRecord, _ records: RuntimeRecords, _ plan: NetworkPlan, _ status: ContainerStatus?
    ) throws -> StatusReport.Service {
        let id = ContainerID(record)
        let ports = records.publishedPorts.filter { $0.service == record.service && $0.number == record.number }
        var service = StatusReport.Service(
            container: "\(id)", service: record.service, image: try image(of: record), state: "created",
            exitCode: nil, pid: status?.pid, address: plan.address(of: "\(id)").map { "\($0)" },
            ports: ports.map { port in
                StatusReport.Port(
                    hostAddress: PortMapping.HostAddress(recordText: port.hostAddress).bindAddresses[0],
                    hostPort: port.hostPort, target: port.target, transportProtocol: port.transportProtocol)
            }, sinceSeconds: nil)
        var since = UInt64(record.createdAt)
        switch status?.state {
        case .starting, .running:
            service.state = "running"
            since = status?.startedAt ?? since
        case .exited:
            service.state = "exited"
            service.exitCode = status?.code
            since = status?.endedAt ?? since
        case nil:
            if record.state == .creating { service.state = "incomplete" }
        }
        service.sinceSeconds = (WallClock.nanoseconds - Int64(since)) / 1_000_000_000
        return service
    }

    private func image(of record: ContainerRecord) throws -> String {
        try record.decodedFingerprint().image
    }
}
