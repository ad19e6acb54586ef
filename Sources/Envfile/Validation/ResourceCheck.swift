internal import Diagnostics
internal import Vocabulary

/// Checks what services share: networks, volumes, secrets, configs, models, host paths, mount targets and host ports.
struct ResourceCheck {
    let project: ProjectDraft
    let context: DecodingContext
    let fileExists: @Sendable (String) -> Bool
    private let networks: Set<NetworkName>
    private let volumes: Set<VolumeName>
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

    func check(_ services: [ServiceDraft], jobs: [ServiceDraft] = []) {
        let workloads = services + services.flatMap(\.preStart) + jobs
        checkPorts(services)
        NetworkCheck(project: project, context: context).check(services)
        VolumeCheck(project: project, report: unsupported, fileExists: fileExists).check(workloads)
        let security = SecurityCheck(services: services, context: context, fileExists: fileExists)
        for service in workloads {
            security.check(service)
            checkNetworkMode(service)
            checkPortReferences(service, services)
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
                    : "name its image: `docker-image://\(other?.image ?? wanted.rawValue)`")
        }
        if let network = build.network, !["default", "none", "host"].contains(network) {
            context.unsupported.error(
                "\(service.path) is built in the network `\(network)`, which no build can join", at: mark("network"),
                path: .key(path, "network"), hint: "a build knows `default`, `none` and `host`")
        }
    }

    /// Compose itself refuses a mode beside `networks`.
    private func checkNetworkMode(_ service: ServiceDraft) {
        guard let mode = service.service.namespaces.network else { return }
        switch mode {
        case .disabled: return
        case .host, .service, .container:
            guard let port = service.ports.first else { return }
            if mode == .host {
                return report.warning(
                    "\(service.path) publishes ports and has the host's own network, in which they are open anyway",
                    at: port.mark, path: port.path, hint: "remove `ports:`")
            }
            unsupported.error(
                "\(service.path) publishes ports and has no network of its own", at: port.mark, path: port.path,
                hint: "publish them by the service of `network_mode`")
        case .own, .shareable, .named: checkNetworkOfMode(NetworkName(unchecked: mode.text), service)
        }
    }

    /// A network that a mode names is one outside of the file.
    private func checkNetworkOfMode(_ name: NetworkName, _ service: ServiceDraft) {
        let mark = (service.cursor.node["network_mode"] ?? service.cursor.node).mark
        let path = Path.key(service.path, "network_mode")
        if networks.contains(name) {
            unsupported.error(
                "\(service.path).network_mode is `\(name)`, and names a network outside of the file", at: mark,
                path: path, hint: "write `networks: [\(name)]` for the one of the file")
        } else if !NetworkName.isValid(name.rawValue) {
            unsupported.error(
                "\(service.path).network_mode is `\(name)`, which is no name of a network", at: mark, path: path,
                hint: "write `none`, `host`, `bridge`, `service:NAME`, `container:NAME` or the name of a network")
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

    /// The ports that variables of a service and its steps name, as `${PORT:web:80}`.
    private func checkPortReferences(_ service: ServiceDraft, _ services: [ServiceDraft]) {
        let variables = service.service.environment.sorted { $0.key < $1.key }
        check(variables.map { ("the variable `\($0.key)`", $0.value) }, under: "environment", of: service, services)
        let steps = service.service.tools.provisioners.flatMap { step in
            var texts = Array(step.environment.values)
            switch step.action {
            case .shell(let text): texts.append(text)
            case .ansible(let play): texts += play.texts
            case .script, .copy: break
            }
            return texts.map { ("the step `\(step.name)`", $0) }
        }
        check(steps, under: "provision", of: service, services)
    }

    private func check(
        _ texts: [(owner: String, text: String)], under key: String, of service: ServiceDraft,
        _ services: [ServiceDraft]
    ) {
        for (owner, text) in texts {
            for port in PostUpMessage(text: text)?.ports ?? [] {
                let other = services.first { $0.name == port.service }
                let isPublished = other?.ports.contains {
                    $0.value.target == port.target && $0.value.transportProtocol == port.transportProtocol
                }
                if isPublished == true { continue }
                let path = Path.key(service.path, key)
                report.error(
                    other == nil
                        ? "\(owner) names a port of the service `\(port.service)`, which is not defined"
                        : "\(owner) names the port \(port.target)/\(port.transportProtocol) of the service "
                            + "`\(port.service)`, which does not publish it",
                    at: (service.cursor.node[key] ?? service.cursor.node).mark, path: path,
                    hint: other == nil
                        ? Suggestion.hint(for: port.service, in: Set(services.map(\.name))) : "add it to its `ports:`")
            }
        }
    }

    private func checkFiles(_ service: ServiceDraft) {
        check(service.secrets, of: service, among: secrets, plural: "secrets", \.source)
        check(service.configs, of: service, among: configs, plural: "configs", \.source)
        check(service.models, of: service, among: models, plural: "models", \.model)
        checkSources(service.secrets, project.secrets, of: service, plural: "secrets")
        checkSources(service.configs, project.configs, of: service, plural: "configs")
        for secret in service.service.build?.secrets ?? [] where !secrets.contains(secret.source) {
            report.error(
                "\(service.path) is built with the secret `\(secret.source)`, which is not defined",
                at: service.cursor.node["build"]?["secrets"]?.mark ?? service.mark,
                path: .key(.key(service.path, "build"), "secrets"),
                hint: Suggestion.hint(for: secret.source, in: secrets) ?? "define it under the top-level `secrets:`")
        }
    }

    /// A secret or config without content cannot be mounted.
    private func checkSources(
        _ references: [Located<FileReference>], _ definitions: [FileDefinition], of service: ServiceDraft,
        plural: String
    ) {
        for reference in references {
            guard let definition = definitions.first(where: { $0.key == reference.value.source }),
                let problem = FileSources(context: context).problem(of: definition)
            else { continue }
            let node = project.cursor.node[plural]?[definition.key]
            unsupported.error(
                "\(plural).\(definition.key), which \(service.path) uses, \(problem)",
                at: (node ?? project.cursor.node).mark, path: .key(.key(.root, plural), definition.key),
                hint: definition.source == .elsewhere ? "give it a `file` or an `environment`" : nil)
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

    private func volumeHint(_ name: VolumeName) -> String {
        "define it under the top-level `volumes:`, or write `./\(name)` for a folder"
    }

    /// A range is a choice, and need not meet anybody.
    private func checkPorts(_ services: [ServiceDraft]) {
        struct Claim: Hashable {
            var port: Port
            var transportProtocol: Transport
        }
        var claims: [Claim: [(address: HostAddress, service: ServiceName, mark: Mark)]] = [:]
        for service in services {
            for port in service.ports {
                guard let published = port.value.published, published.count == 1 else { continue }
                let claim = Claim(port: published.lowerBound, transportProtocol: port.value.transportProtocol)
                let address = port.value.hostAddress
                if let first = claims[claim]?.first(where: { $0.address.overlaps(address) }) {
                    unsupported.error(
                        "the host port \(claim.port)/\(claim.transportProtocol.rawValue) is published twice",
                        at: port.mark, path: port.path,
                        hint: "`\(first.service)` publishes it in line \(first.mark.line)"
                            + (first.address == address ? "" : ", at an address that both have"))
                } else {
                    claims[claim, default: []].append((address, service.name, port.mark))
                }
            }
        }
    }
}
