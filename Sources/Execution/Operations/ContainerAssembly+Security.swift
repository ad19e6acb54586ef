internal import Containers
internal import OCI
internal import Planning

/// What a container may do, and what it shares.
extension ContainerAssembly {
    func applySecurity(to configuration: inout ContainerConfiguration) throws {
        let security = container.security
        configuration.capabilities = try Self.capabilities(of: security)
        configuration.isPrivileged = security.isPrivileged
        configuration.forbidsNewPrivileges = security.forbidsNewPrivileges
        configuration.seccomp = host.seccomp
        configuration.showsSystemPaths = security.showsSystemPaths
        // The kernel's own word for no profile is not known to every runtime.
        if host.facts.hasAppArmor, let profile = security.appArmorProfile, profile != "unconfined" {
            configuration.appArmorProfile = profile
        }
        if host.facts.hasSELinux { configuration.processLabel = security.processLabel }
        configuration.devices = host.devices
    }

    /// A privileged container has all of them, as in Docker.
    static func capabilities(of security: DesiredContainer.Security) throws(ContainersError) -> CapabilitySet {
        if security.isPrivileged { return .all }
        return try CapabilitySet.standard.changed(
            add: security.addedCapabilities, drop: security.droppedCapabilities)
    }

    func applyNamespaces(to configuration: inout ContainerConfiguration) {
        let wanted = container.namespaces
        configuration.namespaces.network = host.network
        configuration.namespaces.pid = namespace(wanted.pid, .pid)
        configuration.namespaces.ipc = namespace(wanted.ipc, .ipc)
        configuration.namespaces.uts = namespace(wanted.uts, .uts)
        configuration.namespaces.cgroup = namespace(wanted.cgroup, .cgroup)
        configuration.sysctls = wanted.parameters
        configuration.sharedMemory = host.sharedMemory
        configuration.hasNoSharedMemory = wanted.ipc == .bare
    }

    private func namespace(
        _ source: DesiredContainer.Namespaces.Source?, _ kind: RuntimeSpecification.Namespace.Kind
    ) -> ContainerConfiguration.Namespace {
        switch source {
        case .host: .host
        case .service: host.joinedNamespaces[kind].map { .path($0) } ?? .own
        case .shareable, .bare, nil: .own
        }
    }
}

extension DesiredContainer.Security {
    /// `USER:ROLE:TYPE:LEVEL` of SELinux; `nil` for none.
    fileprivate var processLabel: String? {
        guard let label, label["disable"] == nil else { return nil }
        let usual = [("user", "system_u"), ("role", "system_r"), ("type", "container_t"), ("level", "s0")]
        return usual.map { label[$0.0] ?? $0.1 }.joined(separator: ":")
    }
}
