internal import Diagnostics

/// Checks what services share: networks, volumes, secrets, configs, models, host paths, mount targets and host ports.
struct ResourceCheck {
    let project: ProjectDraft
    let context: DecodingContext
    let fileExists: @Sendable (String) -> Bool
    private let networks: Set<String>
    private let volumes: Set<String>
    private let secrets: Set<String>
    private let configs: Set<String>
    private let models: Set<String>

    init(project: ProjectDraft, context: DecodingContext, fileExists: @escaping @Sendable (String) -> Bool) {
        self.project = project
        self.context = context
        self.fileExists = fileExists
        networks = Set(project.networks.map(\.name))
        volumes = Set(project.volumes.map(\.name))
        secrets = Set(project.secrets.map(\.key))
        configs = Set(project.configs.map(\.key))
        models = Set(project.models.map(\.key))
    }

    private var report: DiagnosticCollector { context.report }
    /// Where what Compose lets pass is reported.
    private var unsupported: DiagnosticCollector { context.dialect == .compose ? context.unsupported : context.report }

    func check(_ services: [ServiceDraft]) {
        checkPorts(services)
        for service in services {
            checkFiles(service)
            checkBuild(service)
            checkNetworks(service)
            checkMounts(service)
        }
    }

    /// The services whose images a build takes from, and its network; `config` shows them as they are.
    private func checkBuild(_ service: ServiceDraft) {
        guard let build = service.service.build else { return }
        let node = service.cursor.node["build"]
        let path = Path.key(service.path, "build")
        func mark(_ key: String) -> Mark { node?[key]?.mark ?? node?.mark ?? service.mark }
        let others = project.services.filter { $0.name != service.name }
        for (name, source) in build.additionalContexts.sorted(by: { $0.key < $1.key }) {
            guard case .service(let wanted) = source else { continue }
            let other = others.first { $0.name == wanted }
            guard other?.service.build == nil else { continue }
            context.unsupported.error(
                other == nil
                    ? "\(service.path) is built from the service `\(wanted)`, which is not defined"
                    : "\(service.path) is built from the service `\(wanted)`, which has no `build` itself",
                at: node?["additional_contexts"]?[name]?.mark ?? mark("additional_contexts"),
                path: .key(.key(path, "additional_contexts"), name),
                hint: other == nil
                    ? Suggestion.hint(for: wanted, in: Set(others.map(\.name)))
                    : "name its image: `docker-image://\(other?.image ?? wanted)`")
        }
        if let network = build.network, !["default", "none", "host"].contains(network) {
            context.unsupported.error(
                "\(service.path) is built in the network `\(network)`, which no build can join", at: mark("network"),
                path: .key(path, "network"), hint: "a build knows `default`, `none` and `host`")
        }
    }

    private func checkNetworks(_ service: ServiceDraft) {
        for attachment in service.networks ?? [] where attachment.value.network != "default" {
            let name = attachment.value.network
            if networks.contains(name) { continue }
            report.error(
                "\(service.path) joins the network `\(name)`, which is not defined", at: attachment.mark,
                path: attachment.path,
                hint: Suggestion.hint(for: name, in: networks) ?? "define it under the top-level `networks:`")
        }
    }

    private func checkFiles(_ service: ServiceDraft) {
        check(service.secrets, of: service, among: secrets, plural: "secrets", \.source)
        check(service.configs, of: service, among: configs, plural: "configs", \.source)
        check(service.models, of: service, among: models, plural: "models", \.model)
        for secret in service.service.build?.secrets ?? [] where !secrets.contains(secret.source) {
            report.error(
                "\(service.path) is built with the secret `\(secret.source)`, which is not defined",
                at: service.cursor.node["build"]?["secrets"]?.mark ?? service.mark,
                path: .key(.key(service.path, "build"), "secrets"),
                hint: Suggestion.hint(for: secret.source, in: secrets) ?? "define it under the top-level `secrets:`")
        }
    }

    private func check<Reference>(
        _ references: [Located<Reference>], of service: ServiceDraft, among names: Set<String>, plural: String,
        _ name: (Reference) -> String
    ) {
        for reference in references {
            let name = name(reference.value)
            if names.contains(name) { continue }
            report.error(
                "\(service.path) uses `\(name)` of `\(plural)`, which is not defined", at: reference.mark,
                path: reference.path,
                hint: Suggestion.hint(for: name, in: names) ?? "define it under the top-level `\(plural):`")
        }
    }

    private func checkMounts(_ service: ServiceDraft) {
        var targets: [String: Mark] = [:]
        for mount in service.mounts + service.memoryMounts {
            checkTarget(mount, of: service, &targets)
            switch mount.value.source {
            case .volume(let name) where !volumes.contains(name):
                report.error(
                    "\(service.path) mounts the volume `\(name)`, which is not defined", at: mount.mark,
                    path: mount.path, hint: Suggestion.hint(for: name, in: volumes) ?? volumeHint(name))
            case .bind(let path, createsSource: false) where !fileExists(path):
                unsupported.error(
                    "\(service.path) mounts `\(path)`, which does not exist on the host", at: mount.mark,
                    path: mount.path,
                    hint: "create it, or let it be created with the long form and `bind: { create_host_path: true }`")
            default: continue
            }
        }
    }

    /// Two mounts on one target are an error; in a compose file the later one stands, but for `tmpfs`.
    private func checkTarget(_ mount: Located<Mount>, of service: ServiceDraft, _ targets: inout [String: Mark]) {
        let target = HostPath.absolute(mount.value.target, in: "/")
        guard let first = targets.updateValue(mount.mark, forKey: target) else { return }
        if context.dialect == .compose, mount.value.tmpfsText == nil { return }
        unsupported.error(
            "\(service.path) mounts two things on `\(target)`", at: mount.mark, path: mount.path,
            hint: "the first is in line \(first.line)")
    }

    private func volumeHint(_ name: String) -> String {
        "define it under the top-level `volumes:`, or write `./\(name)` for a folder"
    }

    private func checkPorts(_ services: [ServiceDraft]) {
        struct Claim: Hashable {
            var address: PortMapping.HostAddress
            var port: UInt16
            var transportProtocol: PortMapping.TransportProtocol
        }
        var claims: [Claim: (service: String, mark: Mark)] = [:]
        for service in services {
            for port in service.ports {
                // A range is a choice, and need not meet anybody.
                guard let published = port.value.published, published.count == 1 else { continue }
                let claim = Claim(
                    address: port.value.hostAddress, port: published.lowerBound,
                    transportProtocol: port.value.transportProtocol)
                if let first = claims[claim] {
                    unsupported.error(
                        "the host port \(claim.port)/\(claim.transportProtocol.rawValue) is published twice",
                        at: port.mark, path: port.path,
                        hint: "`\(first.service)` publishes it in line \(first.mark.line)")
                } else {
                    claims[claim] = (service.name, port.mark)
                }
            }
        }
    }
}
