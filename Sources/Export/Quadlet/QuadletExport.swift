internal import Envfile
internal import Vocabulary

/// An environment as units of systemd for podman: podman-systemd.unit(5).
package enum QuadletExport {
    /// The environment as units of systemd for podman; podman-systemd.unit(5).
    package static func export(_ request: ExportRequest) -> ExportResult {
        var request = request
        request.options.target = .podman
        var assembly = ApplicationAssembly(
            request, isOnHost: true, report: LossReport(places: request.places, omitted: request.options.omitted))
        assembly.report.reportExternals(of: request.environment, .podman)
        let application = assembly.application()
        var writer = QuadletWriter(request, application, report: assembly.report)
        let files = writer.export()
        let units = files.filter { !$0.path.contains("/") }
        let stream = units.map { "# \($0.path)\n\($0.text)" }.joined(separator: "\n")
        return ExportResult(
            files: files, stream: stream, losses: writer.report.losses, needsDirectory: units.count < files.count)
    }
}

/// Writes the model as units. The name of each begins with the project's.
struct QuadletWriter {
    let request: ExportRequest
    let application: Application
    var report: LossReport
    var files: [ExportFile] = []
    /// The workloads that others start after when they are healthy.
    let awaitedHealthy: Set<String>
    private let volumes: [String: Volume]

    init(_ request: ExportRequest, _ application: Application, report: LossReport) {
        self.request = request
        self.application = application
        self.report = report
        awaitedHealthy = Set(
            application.workloads.flatMap(\.service.dependencies).filter { $0.condition == .healthy }.map(
                \.service.rawValue))
        volumes = Dictionary(
            application.volumes.map { ($0.volume.name.rawValue, $0.volume) }, uniquingKeysWith: { first, _ in first })
    }

    mutating func export() -> [ExportFile] {
        for workload in application.workloads {
            QuadletLosses.report(workload, &report)
            for (index, step) in workload.steps.enumerated() {
                add(
                    container(step, named: stepName(workload, index + 1), steps: index, of: workload),
                    as: stepName(workload, index + 1))
            }
            let name = unit(workload.name)
            add(container(workload, named: name, steps: workload.steps.count, of: workload), as: name)
            if case .scheduled(let schedules) = workload.kind { addTimer(schedules, workload) }
        }
        for network in application.networks where !network.identity.isExternal { addNetwork(network) }
        for shared in application.volumes where !shared.volume.identity.isExternal { addVolume(shared.volume) }
        for set in application.fileSets {
            for file in set.files {
                files.append(ExportFile(path: "files/\(set.id)/\(file.path)", content: file.bytes))
            }
        }
        return files
    }

    func unit(_ name: String) -> String { "\(application.name)-\(name)" }

    private func stepName(_ workload: Workload, _ number: Int) -> String {
        unit("\(workload.name)-pre-start-\(number)")
    }

    private mutating func add(_ unit: UnitText, as name: String) {
        files.append(ExportFile(path: "\(name).container", text: unit.text))
    }

    private mutating func addTimer(_ schedules: [JobSchedule], _ workload: Workload) {
        var timer = UnitText()
        timer.section("Unit")
        timer.set("Description", "\(workload.name) of \(application.name) by the clock")
        timer.section("Timer")
        for schedule in schedules {
            timer.set("OnCalendar", CalendarText.events(schedule.cron.description, timeZone: schedule.timezone))
            if schedule.concurrency == .queue {
                report.loss(
                    workload.key.key("triggers", "schedule"), "a start while the job runs is left out",
                    "let the job take less time than there is between two starts")
            }
        }
        timer.set("Persistent", schedules.contains { $0.missedFires == .one })
        timer.section("Install")
        timer.set("WantedBy", "timers.target")
        files.append(ExportFile(path: "\(unit(workload.name)).timer", text: timer.text))
    }

    private mutating func addNetwork(_ network: Envfile.Network) {
        var unit = UnitText()
        unit.section("Network")
        unit.set("NetworkName", network.identity.name(key: network.name.rawValue, project: application.name))
        unit.set("Driver", network.driver)
        unit.set("Internal", network.isInternal)
        unit.set("IPv6", network.usesIPv6)
        for pool in network.addressing.pools {
            unit.set("Subnet", pool.subnet)
            unit.set("Gateway", pool.gateway)
            unit.set("IPRange", pool.range)
        }
        unit.set("Label", network.labels.sorted { $0.key < $1.key }.map { UnitText.word("\($0.key)=\($0.value)") })
        files.append(ExportFile(path: "\(self.unit(network.name.rawValue)).network", text: unit.text))
    }

    private mutating func addVolume(_ volume: Volume) {
        var unit = UnitText()
        unit.section("Volume")
        unit.set("VolumeName", volume.identity.name(key: volume.name.rawValue, project: application.name))
        unit.set("Driver", volume.driver == "local" ? nil : volume.driver)
        unit.set("Type", volume.driverOptions["type"])
        unit.set("Device", volume.driverOptions["device"])
        unit.set("Options", volume.driverOptions["o"])
        unit.set("Label", volume.labels.sorted { $0.key < $1.key }.map { UnitText.word("\($0.key)=\($0.value)") })
        files.append(ExportFile(path: "\(self.unit(volume.name.rawValue)).volume", text: unit.text))
    }
}

// MARK: - Containers

extension QuadletWriter {
    private mutating func container(
        _ workload: Workload, named name: String, steps: Int, of owner: Workload
    ) -> UnitText {
        let isStep = name != unit(owner.name)
        var unit = UnitText()
        unit.section("Unit")
        unit.set("Description", "\(workload.name) of \(application.name)")
        var before = steps > 0 ? ["\(stepName(owner, steps)).service"] : []
        if steps == 0 || !isStep {
            before += (joined(by: owner.service) + owner.service.dependencies.map(\.service.rawValue)).map(started)
        }
        let optional = Set(owner.service.dependencies.filter { !$0.isRequired }.map { started($0.service.rawValue) })
        var seen: Set<String> = []
        for other in before where seen.insert(other).inserted {
            unit.set(optional.contains(other) ? "Wants" : "Requires", other)
            unit.set("After", other)
        }
        unit.section("Container")
        unit.set("ContainerName", name)
        process(workload, &unit)
        names(workload, isStep: isStep, &unit)
        storage(workload, &unit)
        settings(workload, &unit)
        if !isStep { health(workload, &unit) }
        service(workload, isStep: isStep, &unit)
        return unit
    }

    private func started(_ name: String) -> String { "\(unit(name)).service" }

    /// The services whose namespaces a service uses, so that their containers have to be there before.
    private func joined(by service: Service) -> [String] {
        [service.namespaces.network, service.namespaces.pid, service.namespaces.ipc].compactMap { mode in
            if case .service(let name)? = mode { name.rawValue } else { nil }
        }
    }

    private func process(_ workload: Workload, _ unit: inout UnitText) {
        let service = workload.service
        unit.set("Image", workload.image.podmanReference)
        if case .replaced(let words) = service.entrypoint {
            let list = words.map { "\"" + $0.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\"" }
            unit.set(
                "Entrypoint", "[\(list.joined(separator: ","))]".replacing("%", with: "%%").replacing("$", with: "$$"))
        }
        if case .replaced(let words) = service.command { unit.set("Exec", UnitText.words(words)) }
        unit.set("WorkingDir", service.workingDirectory)
        unit.set("User", service.user.map { $0.split(separator: ":").first.map(String.init) ?? $0 })
        unit.set("Group", service.user.flatMap { $0.split(separator: ":").dropFirst().first.map(String.init) })
        unit.set("GroupAdd", service.security.groups)
        unit.set(
            "Environment", service.environment.sorted { $0.key < $1.key }.map { UnitText.word("\($0.key)=\($0.value)") }
        )
        unit.set("UnsetEnv", service.unsetVariables)
        unit.set("RunInit", service.usesInit)
        unit.set("StopSignal", service.stopSignal)
        unit.set("PodmanArgs", "--stop-timeout=\(KubernetesWriter.seconds(service.stopGracePeriod, atLeast: 0))")
        if service.hasTerminal { unit.set("PodmanArgs", "--tty") }
        if service.keepsInputOpen { unit.set("PodmanArgs", "--interactive") }
    }

    private func names(_ workload: Workload, isStep: Bool, _ unit: inout UnitText) {
        let service = workload.service
        // A container in the network of another has the name of that one.
        let isGuest = if case .service? = service.namespaces.network { true } else { false }
        unit.set("HostName", isStep || isGuest && service.naming.hostname == nil ? nil : service.hostname)
        switch service.namespaces.network {
        case .host: unit.set("Network", "host")
        case .disabled: unit.set("Network", "none")
        case .service(let other): unit.set("Network", "container:\(self.unit(other.rawValue))")
        default:
            for attachment in service.networks {
                let network = application.networks.first { $0.name == attachment.network }
                let isExternal = network?.identity.isExternal == true
                let name =
                    isExternal
                    ? network?.identity.name(key: attachment.network.rawValue, project: application.name)
                        ?? attachment.network.rawValue
                    : "\(self.unit(attachment.network.rawValue)).network"
                var options = isStep ? [] : ([service.name] + workload.aliases(in: attachment)).map { "alias=\($0)" }
                if !isStep, let address = attachment.ipv4Address { options.append("ip=\(address)") }
                if !isStep, let address = attachment.ipv6Address { options.append("ip6=\(address)") }
                unit.set("Network", name + (options.isEmpty ? "" : ":" + options.joined(separator: ",")))
            }
        }
        if !isStep { unit.set("PublishPort", service.ports.flatMap(Self.published)) }
        unit.set("DNS", service.naming.dnsServers)
        unit.set("DNSSearch", service.naming.dnsSearch)
        unit.set("DNSOption", service.naming.dnsOptions)
        unit.set(
            "AddHost",
            service.naming.extraHosts.addresses.sorted { $0.key < $1.key }.flatMap { name, addresses in
                addresses.map { "\(name):\($0)" }
            })
    }

    private static func published(_ port: PortMapping) -> [String] {
        let outside = port.published.map { "\($0)" } ?? ""
        let inside = "\(port.target)" + (port.transportProtocol == .tcp ? "" : "/\(port.transportProtocol)")
        switch port.hostAddress {
        case .any: return [outside.isEmpty ? inside : "\(outside):\(inside)"]
        case .loopback: return ["127.0.0.1:\(outside):\(inside)", "[::1]:\(outside):\(inside)"]
        case .address(let address):
            let text = "\(address)"
            return ["\(text.contains(":") ? "[\(text)]" : text):\(outside):\(inside)"]
        }
    }

    private mutating func storage(_ workload: Workload, _ unit: inout UnitText) {
        for mount in workload.mounts {
            let flags = workload.flags(of: mount)
            switch mount.source {
            case .volume(let name, let subpath):
                if subpath != nil {
                    report.loss(
                        workload.key.key("volumes").item(mount.target), "podman mounts the whole volume",
                        "use a volume of its own")
                }
                let volume = volumes[name]
                let source =
                    volume?.identity.isExternal == true
                    ? volume?.identity.name(key: name, project: application.name) ?? name : "\(self.unit(name)).volume"
                unit.set("Volume", "\(source):\(mount.target)\(flags)")
            case .scratch: unit.set("Volume", mount.target)
            case .memory(let size):
                if mount.target == "/dev/shm" {
                    unit.set("ShmSize", size.map { "\($0)" })
                } else {
                    let options = (size.map { ["size=\($0)"] } ?? []) + mount.memoryOptions
                    unit.set("Tmpfs", mount.target + (options.isEmpty ? "" : ":" + options.joined(separator: ",")))
                }
            case .file(let id, let path): unit.set("Volume", "./files/\(id)/\(path):\(mount.target):ro")
            case .directory(let id), .copy(let id): unit.set("Volume", "./files/\(id):\(mount.target)\(flags)")
            case .bind(let path): unit.set("Volume", UnitText.word("\(path):\(mount.target)\(flags)"))
            case .secret(let reference): secret(reference, workload, &unit)
            }
        }
    }

    private mutating func secret(_ reference: FileReference, _ workload: Workload, _ unit: inout UnitText) {
        let key = workload.key.key("secrets").item(reference.source)
        switch request.options.secrets {
        case .omit:
            report.loss(
                key, "the secret `\(reference.source)` is left out, as --secrets omit asks",
                "see that the service gets it in another way")
        case .plain:
            guard let bytes = application.secrets.first(where: { $0.definition.key == reference.source })?.bytes else {
                report.problem(key, "the content of the secret is not known here", "choose --secrets reference")
                return
            }
            let path = "secrets/\(reference.source)"
            if !files.contains(where: { $0.path == path }) {
                files.append(ExportFile(path: path, content: bytes, isSecret: true))
            }
            unit.set("Volume", "./\(path):\(reference.containerPath):ro")
        case .reference, .sops:
            report.note(
                key, "podman has to have the secret `\(reference.source)` before",
                "make it by `podman secret create \(reference.source) FILE`")
            let ids = [reference.user.map { "uid=\($0)" }, reference.group.map { "gid=\($0)" }].compactMap { $0 }
            let mode = "mode=0\(String(reference.mode ?? 0o444, radix: 8))"
            unit.set(
                "Secret",
                (["\(reference.source)", "type=mount", "target=\(reference.containerPath)", mode] + ids)
                    .joined(separator: ","))
        }
    }
}
