internal import Containers
internal import Envfile
internal import Glibc
internal import Images
internal import LinuxSystem
internal import Netlink
internal import Networks
internal import OCI
internal import Planning
internal import Store
internal import SystemPackage
internal import Vocabulary
internal import Workspaces

/// Finds out before anything is changed what would make a plan fail.
struct Preflight: Sendable {
    let workspace: Workspace
    let environment: Environment
    let images: ProjectImages

    /// - Throws: `EngineError` with every problem, one a line.
    func check(_ plan: Plan) throws {
        var problems: [any Error] = []
        func attempt(_ body: () throws -> Void) {
            do { try body() } catch { problems.append(error) }
        }
        attempt { _ = try workspace.host.chosenRuntime() }
        attempt { _ = try Installation().initProgram() }
        attempt { try checkPrivilege() }
        attempt { try checkFirewall() }
        let own = try workspace.records().publishedPorts
        let removed = Set(plan.operations.compactMap(\.operation.removedContainer))
        let released = own.filter { removed.contains(ContainerID($0)) }
        let publication = PortPublication(workspace: workspace, sink: NoSink())
        var published: [DesiredContainer] = []
        attempt { try checkHealth(plan) }
        for planned in plan.operations {
            switch planned.operation {
            case .provision(let id, let step) where step.step.runsOnHost:
                if let shortfall = AnsibleRun.hostShortfall {
                    problems.append(
                        EngineError(
                            .unsupportedHost, "Step `\(step.step.name)` of service \(id.service) \(shortfall)."))
                }
            case .createVolume(let volume) where volume.identity.isExternal:
                attempt {
                    _ = try VolumePlace(workspace: workspace).directory(
                        of: volume.name, DesiredContainer.VolumeSource(volume))
                }
            case .createNetwork(let network) where network.identity.isExternal:
                attempt {
                    _ = try ExternalNetwork(named: network.identity.customName ?? network.name.rawValue, for: workspace)
                }
            case .createNetwork(let network): attempt { try checkSubnet(network) }
            case .createContainer(let container, _):
                attempt { try checkSources(container) }
                attempt { try checkNetwork(of: container) }
                attempt { try checkSysctls(of: container) }
                checkHost(container, attempt)
                published.append(container)
            case .runStep(let container, _, _):
                attempt { try checkSources(container) }
                attempt { try checkNetwork(of: container) }
                checkHost(container, attempt)
            case .publishPorts(_, let claiming, _):
                published += claiming
            case .startContainer(let container): attempt { try checkSources(container) }
            default: continue
            }
        }
        attempt { try publication.check(published, own: own, released: released, attempt) }
        guard !problems.isEmpty else { return }
        let lines = problems.map { ErrorReport(of: $0).message }
        throw EngineError(.unsupportedHost, lines.joined(separator: "\n"), causes: problems)
    }

    /// The runtime, the devices and the profile that a container names.
    private func checkHost(_ container: DesiredContainer, _ attempt: (() throws -> Void) -> Void) {
        let preparation = HostPreparation(workspace: workspace, container: container)
        attempt { _ = try HostPreparation.runtime(of: container, on: workspace.host) }
        attempt { _ = try preparation.devices(and: try preparation.deviceEdits().nodes) }
        attempt { _ = try preparation.blockNumbers() }
        attempt {
            guard let architecture = SeccompArchitecture.native else { return }
            _ = try SeccompFilters.profile(
                container.security.seccomp, .standard, architecture, workspace.host.facts.kernelRelease)
        }
    }

    /// What the containers of a plan ask for and this host cannot put in force, in one sentence; `nil` for nothing.
    func shortfalls(_ plan: Plan) throws -> String? {
        let host = workspace.host
        let chosen = try host.chosenRuntime()
        let abilities = HostAbilities()
        var found: [HostShortfalls.Shortfall] = []
        for container in plan.operations.compactMap(\.operation.madeContainer) {
            let runtime = try HostPreparation.runtime(of: container, on: host) ?? chosen
            found += HostShortfalls(
                limits: abilities.limits(for: runtime, host.facts), security: abilities.security(host.facts),
                facts: host.facts
            ).of(container)
        }
        return HostShortfalls.message(found)
    }

    /// A service that others want healthy has a health check; where its image is not there yet, that is seen later.
    private func checkHealth(_ plan: Plan) throws {
        let started = Set(plan.operations.compactMap(\.operation.startedService))
        let dependencies = environment.services.filter { started.contains($0.name) }.flatMap(\.dependencies)
        for dependency in dependencies where dependency.condition == .healthy {
            guard let service = environment.services.first(where: { $0.name == dependency.service }),
                try hasHealthCheck(service) == false
            else { continue }
            throw EngineError(
                .invalidProject,
                "Service `\(service.name)` has no health check, and others start only when it is healthy. Add "
                    + "`healthcheck:` to it or `wait:`, or let them wait for `service_started`.")
        }
    }

    /// - Returns: `nil` when it depends on an image that is not there.
    private func hasHealthCheck(_ service: Service) throws -> Bool? {
        if service.tools.readiness != nil { return true }
        if let check = service.lifecycle.healthCheck {
            if check.isDisabled || check.test == .off { return false }
            if check.test != nil { return true }
        }
        guard let image = try images.lookup(service.image) else { return nil }
        guard let test = image.configuration.config.healthcheck?.test else { return false }
        return test.first != nil && test.first != "NONE"
    }

    /// What a user without root is told where packets of new containers do not leave the host; `nil` where they do.
    func missingWayOut(_ plan: Plan) throws -> String? {
        let makesNetwork = plan.operations.contains { planned in
            if case .createNetwork = planned.operation { true } else { false }
        }
        guard OutsideHost.isAway, makesNetwork,
            try !NetlinkSocket().routes().contains(where: { $0.prefixLength == 0 && $0.gateway != nil })
        else { return nil }
        return "containers reach each other and nothing beyond this host: `trice doctor` says what the way out lacks"
    }

    private func checkPrivilege() throws {
        guard workspace.host.facts.capabilities.names.contains("CAP_SYS_ADMIN"), geteuid() == 0 else {
            throw EngineError(.unsupportedHost, OutsideHost.remedy)
        }
    }

    /// A named subnet must be free but for what the environment's own networks have of it, which go first.
    private func checkSubnet(_ network: Network) throws {
        let configuration = NetworkConfiguration(of: network)
        if let options = configuration.parent {
            let parent = try ParentLink(options)
            try parent.check(over: NetlinkSocket())
            return try parent.checkSupport()
        }
        guard let subnet = configuration.subnet else { return }
        let own = try workspace.records().networks.flatMap(\.subnets)
        let taken = try AddressPool.occupied(over: NetlinkSocket()).filter { place in
            !own.contains { $0.overlaps(place) }
        }
        for named in [subnet] + configuration.furtherPools.map(\.subnet) {
            _ = try SubnetRequest.named(named).candidates(avoiding: taken)
        }
    }

    private func checkNetwork(of container: DesiredContainer) throws {
        for name in Set(container.naming?.externalLinks?.values.map(\.self) ?? []).sorted()
        where try ForeignContainer.running(named: name, on: workspace.host) == nil {
            throw EngineError(
                .notRunning,
                "No container `\(name)`, to which service `\(container.id.service)` has an external link, runs. Bring it "
                    + "up first; a link takes the `container_name` of a service of any environment, or "
                    + "`PROJECT-SERVICE-1`.")
        }
        guard case .foreign(let name)? = container.networkSource else { return }
        _ = try ForeignContainer(named: name, on: workspace.host)
    }

    /// What can be set of the loopback can be set of every link.
    private func checkSysctls(of container: DesiredContainer) throws {
        let names = container.attachments.flatMap { ($0.sysctls ?? [:]).keys }.sorted()
        let missing = names.first { !Files.exists(Attachment.path(ofSysctl: $0, interface: "lo")) }
        guard let missing else { return }
        throw EngineError(
            .unsupportedHost,
            "The kernel of this host has no setting `\(missing)`, which service \(container.id.service) sets of a link."
        )
    }

    private func checkFirewall() throws {
        guard workspace.host.programs.find("nft") != nil else {
            throw EngineError(.unsupportedHost, "The program `nft` is not installed. Install it: apt install nftables")
        }
    }

    private func checkSources(_ container: DesiredContainer) throws {
        for mount in container.mounts {
            guard case .bind(let path, createsSource: false) = mount.source else { continue }
            if Files.exists(FilePath(path)) { continue }
            throw EngineError(
                .invalidProject, "\(path), which service \(container.id.service) mounts, is not there. Create it first."
            )
        }
    }
}

extension Operation {
    fileprivate var removedContainer: ContainerID? {
        if case .removeContainer(let id, _) = self { id } else { nil }
    }
}

extension Planning.Operation {
    /// The container that it makes.
    fileprivate var madeContainer: DesiredContainer? {
        switch self {
        case .createContainer(let container, _), .runStep(let container, _, _): container
        default: nil
        }
    }

    /// The service of a container that it starts.
    fileprivate var startedService: ServiceName? {
        guard case .startContainer(let container) = self else { return nil }
        return container.id.service
    }
}
