internal import Envfile
internal import OCI

/// What one container of a pod is.
extension KubernetesWriter {
    static let defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// A container of a pod; what has to run before it is added to the parts of the pod.
    ///
    /// - Parameters:
    ///   - isStep: whether it runs to its end before the others of the pod start.
    ///   - prefix: what the names of those begin with that run before it.
    mutating func container(
        _ workload: Workload, named name: String, isStep: Bool, prefix: String, _ parts: inout PodParts
    ) -> Value {
        let service = workload.service
        let mounted = mounts(of: workload, &parts.volumes)
        fill(mounted, of: workload, prefix: prefix, &parts)
        let (command, arguments) = command(of: workload)
        let ports =
            isStep ? [] : parts.ports(options.target == .podman ? hostPorts(workload) : containerPorts(workload))
        let probes = isStep ? Probes() : probes(of: workload)
        return .fields([
            "name": .string(name), "image": .string(reference(of: workload)),
            "imagePullPolicy": .text(pullPolicy(of: service)), "command": .texts(command.map(escaped)),
            "args": .texts(arguments.map(escaped)), "workingDir": .text(service.workingDirectory),
            "ports": .items(ports), "env": .items(environment(of: workload)),
            "resources": resources(of: workload), "volumeMounts": .items(mounted.mounts),
            "startupProbe": probes.startup, "readinessProbe": probes.readiness, "livenessProbe": probes.liveness,
            "lifecycle": isStep ? nil : hooks(of: workload), "securityContext": securityContext(of: workload),
            "stdin": .flag(service.keepsInputOpen), "tty": .flag(service.hasTerminal),
        ])
    }

    private func reference(of workload: Workload) -> String {
        options.target == .podman ? workload.image.podmanReference : workload.image.reference
    }

    /// A text as its reader takes it: a cluster replaces references to variables, podman does not.
    func escaped(_ text: String) -> String {
        options.target == .podman ? text : VariableEscape.escaped(text)
    }

    private func pullPolicy(of service: Service) -> String? {
        switch service.lifecycle.pullPolicy {
        case .always: "Always"
        case .never: "Never"
        case .missing: "IfNotPresent"
        case .build, .refresh, .daily, .weekly, .every, nil: nil
        }
    }

    /// `command` is the entrypoint, `args` is the command. An empty list there means what the image says, so that an
    /// emptied entrypoint or command needs the whole in words.
    private mutating func command(of workload: Workload) -> (command: [String], arguments: [String]) {
        let service = workload.service
        switch (service.entrypoint, service.command) {
        case (.image, .image): return ([], [])
        case (.image, .replaced(let words)) where !words.isEmpty: return ([], words)
        case (.image, .replaced):
            if let entrypoint = workload.imageEntrypoint, !entrypoint.isEmpty { return (entrypoint, []) }
            reportUnknown(workload, "command")
            return ([], [])
        case (.replaced(let entrypoint), .replaced(let words)) where !entrypoint.isEmpty: return (entrypoint, words)
        case (.replaced(let entrypoint), .image) where !entrypoint.isEmpty: return (entrypoint, [])
        case (.replaced, .replaced(let words)): return (words, [])
        case (.replaced, .image):
            if let command = workload.imageCommand, !command.isEmpty { return (command, []) }
            reportUnknown(workload, "entrypoint")
            return ([], [])
        }
    }

    private mutating func reportUnknown(_ workload: Workload, _ key: String) {
        report.problem(
            workload.key.key(key), "an emptied `\(key)` needs the rest of the image's words, which are not known here",
            "get the image by `trice pull`, or write the whole command")
    }

    private mutating func environment(of workload: Workload) -> [Value] {
        let service = workload.service
        var variables = service.environment
        for name in variables.keys where !Self.isVariableName(name) {
            report.loss(
                workload.key.key("environment", name), "`\(name)` is no name of a variable in Kubernetes",
                "use letters, digits, `_`, `-` and `.`, and begin with no digit")
            variables[name] = nil
        }
        if let image = workload.image.configuration, variables["PATH"] == nil {
            let path = image.environment.last { $0.hasPrefix("PATH=") }
            variables["PATH"] = path.map { String($0.dropFirst(5)) } ?? Self.defaultPath
        }
        for name in service.unsetVariables {
            let isOfImage = workload.image.configuration?.environment.contains { $0.hasPrefix(name + "=") }
            if isOfImage != false {
                report.loss(
                    workload.key.key("environment", name), "a variable of the image cannot be taken away",
                    "give it a value, or make the image without it")
            }
        }
        for name in variables.keys.sorted() where Self.looksSecret(name) && variables[name]?.isEmpty == false {
            report.note(
                workload.key.key("environment", name), "the value of `\(name)` is written in plain text",
                "give the service a file under `secrets:`")
        }
        return variables.sorted { $0.key < $1.key }.map { name, value in
            .fields(["name": .string(name), "value": .string(escaped(value))])
        }
    }

    private static func isVariableName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first), name != ".",
            !name.hasPrefix("..")
        else { return false }
        return name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-.".contains($0)) }
    }

    /// Whether the name of a variable is one that secrets have.
    static func looksSecret(_ name: String) -> Bool {
        let name = name.uppercased()
        if name.hasSuffix("_FILE") || name.hasPrefix("ALLOW_") { return false }
        return ["PASSWORD", "PASSWD", "SECRET", "TOKEN", "API_KEY", "PRIVATE_KEY"].contains { name.contains($0) }
    }

    private mutating func resources(of workload: Workload) -> Value? {
        let service = workload.service
        let reserved = service.lifecycle.deployment?.reservations?.processors ?? 0
        var limits: [String: String] = [:]
        var requests: [String: String] = [:]
        let processors = processors(of: service)
        if let processors { limits["cpu"] = Quantity.processors(processors) }
        if let memory = service.memoryLimit { limits["memory"] = Quantity.bytes(memory) }
        if reserved > 0 { requests["cpu"] = Quantity.processors(min(reserved, processors ?? reserved)) }
        if let memory = service.memoryReservation {
            requests["memory"] = Quantity.bytes(min(memory, service.memoryLimit ?? memory))
        }
        // Docker takes both as they are; Kubernetes refuses them.
        if let processors, reserved > processors {
            report.loss(
                workload.key.key("deploy", "resources"), "the reserved processors are more than the limit of them",
                "let the reservation be at most the limit")
        }
        for request in service.deviceRequests {
            let count = if case .count(let number) = request.selection { max(1, number) } else { 1 }
            if request.driver == nil || request.driver == "nvidia" { limits["nvidia.com/gpu"] = "\(count)" }
        }
        return .someFields(["limits": .table(limits), "requests": .table(requests)])
    }

    private func processors(of service: Service) -> Double? {
        if let processors = service.processorLimit { return processors }
        guard let quota = service.limits.cpu.quota, quota > 0 else { return nil }
        return Double(quota) / Double(service.limits.cpu.period ?? 100_000)
    }

    func securityContext(of workload: Workload) -> Value? {
        let security = workload.service.security
        func names(_ capabilities: [String]) -> [String] {
            capabilities.map { name in
                let name = name.uppercased()
                return name.hasPrefix("CAP_") ? String(name.dropFirst(4)) : name
            }
        }
        let added = names(security.addedCapabilities)
        var isUnconfined = false
        var forbidsPrivileges = false
        var labels: [String: String] = [:]
        for option in security.options {
            switch option {
            case .seccomp(.unconfined): isUnconfined = true
            case .noNewPrivileges(let isSet): forbidsPrivileges = isSet
            case .label(let part, let text) where part != .filetype: labels[part.rawValue] = text
            case .labelDisabled: labels["type"] = "spc_t"
            case .seccomp, .appArmor, .label, .systemPathsShown: continue
            }
        }
        // The two exclude each other.
        if security.isPrivileged || added.contains("SYS_ADMIN") { forbidsPrivileges = false }
        let user = workload.user ?? workload.imageUser
        return .someFields([
            "runAsUser": .count(user.map { Int($0.user) }), "runAsGroup": .count(user.map { Int($0.group) }),
            "runAsNonRoot": user.map { $0.user != 0 } == true ? .bool(true) : nil,
            "privileged": .flag(security.isPrivileged),
            "allowPrivilegeEscalation": forbidsPrivileges ? .bool(false) : nil,
            "readOnlyRootFilesystem": .flag(workload.service.isReadOnly),
            "capabilities": .someFields([
                "add": .texts(added), "drop": .texts(names(security.droppedCapabilities)),
            ]), "seLinuxOptions": .table(labels),
            "seccompProfile": isUnconfined ? .fields(["type": .string("Unconfined")]) : nil,
        ])
    }
}
