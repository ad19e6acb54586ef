internal import Envfile
internal import Vocabulary

/// What the pods of a workload are.
extension KubernetesWriter {
    /// Labels that say which networks and names a pod has.
    static let networkPrefix = "network.trice.dev/"

    /// The template of a workload's pods.
    ///
    /// - Parameter restart: `restartPolicy`; `nil` for the default of the object around it.
    mutating func template(of workload: Workload, restart: String? = nil) -> Value {
        let label = names.workload(workload.name)
        var labels = frame.labels(label)
        for network in networkLabels(of: workload) { labels[Self.networkPrefix + network] = "true" }
        return .fields([
            "metadata": .fields(["labels": .table(labels), "annotations": .table(annotations(of: workload))]),
            "spec": spec(of: workload, restart: restart),
        ])
    }

    mutating func spec(of workload: Workload, restart: String?) -> Value {
        let service = workload.service
        var volumes = PodVolumes()
        var before: [Value] = []
        for (index, step) in workload.steps.enumerated() {
            let (container, fillers) = container(step, named: "pre-start-\(index + 1)", isStep: true, &volumes)
            // A step sees what the service sees, so that the same space is filled once.
            before += fillers.filter { !before.contains($0) } + [container]
            if step.service.lifecycle.runsPerReplica != true, workload.replicas > 1 {
                report.loss(
                    workload.key.key("pre_start"), "a step runs before each of the \(workload.replicas) pods",
                    "let the step do nothing when its work is done, or make it a service that others wait for")
            }
        }
        let (main, fillers) = container(
            workload, named: names.workload(workload.name), isStep: false, &volumes)
        before += fillers.filter { !before.contains($0) }
        let usesHostNetwork = service.namespaces.network == .host
        return .fields([
            "automountServiceAccountToken": .bool(false), "enableServiceLinks": .bool(false),
            "restartPolicy": .text(restart), "hostNetwork": .flag(usesHostNetwork),
            "hostPID": .flag(service.namespaces.pid == .host), "hostIPC": .flag(service.namespaces.ipc == .host),
            "shareProcessNamespace": .flag(service.isInitGiven && service.usesInit && service.namespaces.pid != .host),
            "dnsPolicy": usesHostNetwork ? .string("ClusterFirstWithHostNet") : nil,
            "dnsConfig": resolver(of: service), "hostAliases": .items(hostAliases(of: workload)),
            "hostname": .text(hostname(of: workload)), "nodeSelector": .table(nodes(of: workload)),
            "runtimeClassName": .text(service.platform.runtime),
            "terminationGracePeriodSeconds": .integer(Self.seconds(service.stopGracePeriod, atLeast: 0)),
            "securityContext": podSecurity(of: workload), "initContainers": .items(before),
            "containers": .list([main]), "volumes": .items(volumes.values),
        ])
    }

    private func podSecurity(of workload: Workload) -> Value {
        let service = workload.service
        let user = workload.user ?? workload.imageUser
        var groups = user?.groups.filter { $0 != user?.group && $0 != 0 } ?? []
        // Without a user of its own the image's user gets the groups that are numbers.
        if user == nil { groups = service.security.groups.compactMap { UInt32($0) } }
        // What the volumes have belongs to the group, so that a user who is not root may write there.
        let group = workload.mounts.isEmpty ? nil : user.flatMap { $0.user == 0 ? nil : $0.group }
        let sysctls = service.namespaces.sysctls.sorted { $0.key < $1.key }
        return .fields([
            "fsGroup": .count(group.map { Int($0) }),
            "fsGroupChangePolicy": group == nil ? nil : .string("OnRootMismatch"),
            "supplementalGroups": .items(groups.sorted().map { .integer(Int($0)) }),
            "sysctls": .items(
                sysctls.map { .fields(["name": .string($0.key), "value": .string($0.value)]) }),
            "seccompProfile": .fields(["type": .string("RuntimeDefault")]),
        ])
    }

    private func resolver(of service: Service) -> Value? {
        let options = service.naming.dnsOptions.map { option in
            let parts = option.split(separator: ":", maxSplits: 1).map(String.init)
            return Value.fields(["name": .string(parts[0]), "value": .text(parts.count > 1 ? parts[1] : nil)])
        }
        return .someFields([
            "nameservers": .texts(service.naming.dnsServers), "searches": .texts(service.naming.dnsSearch),
            "options": .items(options),
        ])
    }

    private mutating func hostAliases(of workload: Workload) -> [Value] {
        var names: [String: [String]] = [:]
        for (name, addresses) in workload.service.naming.extraHosts.addresses.sorted(by: { $0.key < $1.key }) {
            for address in addresses {
                if address == "host-gateway" {
                    report.loss(
                        workload.key.key("extra_hosts", name), "a cluster has no one host that `host-gateway` could be",
                        "give the address")
                } else {
                    names[address, default: []].append(name)
                }
            }
        }
        return names.sorted { $0.key < $1.key }.map { address, names in
            .fields(["ip": .string(address), "hostnames": .texts(names)])
        }
    }

    /// A name of the pod's own; only one pod can have it, and those of a StatefulSet have names from their set.
    private mutating func hostname(of workload: Workload) -> String? {
        guard let name = workload.service.naming.hostname, name != workload.name else { return nil }
        let label = name.split(separator: ".").first.map(String.init) ?? name
        if workload.replicas == 1, !isStateful(workload), DNSLabel.make(label) == label { return label }
        report.loss(
            workload.key.key("hostname"), "the host name of a pod is the pod's own name",
            "let nothing depend on `\(name)`; others reach the service as `\(names.workload(workload.name))`")
        return nil
    }

    private mutating func nodes(of workload: Workload) -> [String: String] {
        var labels: [String: String] = [:]
        if let platform = workload.service.platform.platform {
            let parts = platform.lowercased().split(separator: "/").map(String.init)
            if let system = parts.first, parts.count > 1 {
                labels["kubernetes.io/os"] = system
                let names = ["x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64"]
                labels["kubernetes.io/arch"] = names[parts[1]] ?? parts[1]
            }
        }
        let placement = workload.service.lifecycle.deployment?.placement ?? DeploymentPlacement()
        for constraint in placement.constraints {
            let parts = constraint.split(separator: "=", omittingEmptySubsequences: true).map { part in
                String(part.filter { $0 != " " })
            }
            let prefix = "node.labels."
            if constraint.contains("=="), parts.count == 2, parts[0].hasPrefix(prefix) {
                labels[String(parts[0].dropFirst(prefix.count))] = parts[1]
            } else {
                report.loss(
                    workload.key.key("deploy", "placement", "constraints"),
                    "`\(constraint)` has no label of a node that Kubernetes knows",
                    "write `node.labels.NAME == VALUE`")
            }
        }
        return labels
    }

    /// `annotations`, and `labels`, whose values are too free for labels here.
    mutating func annotations(of workload: Workload) -> [String: String] {
        let service = workload.service
        var annotations: [String: String] = [:]
        for (section, values) in [("labels", service.labels), ("annotations", service.annotations)] {
            for (name, value) in values {
                guard Self.isQualified(name) else {
                    report.loss(
                        workload.key.key(section, name), "`\(name)` is no name of an annotation in Kubernetes",
                        "use at most 63 letters, digits, `-`, `_` and `.`, with a domain and `/` before them")
                    continue
                }
                annotations[name] = value
            }
        }
        for case .appArmor(let profile) in service.security.options {
            let container = names.workload(workload.name)
            annotations["container.apparmor.security.beta.kubernetes.io/\(container)"] =
                ["unconfined", "docker-default"].contains(profile)
                ? (profile == "unconfined" ? "unconfined" : "runtime/default") : "localhost/\(profile)"
        }
        return annotations
    }

    /// Whether a text is `[DOMAIN/]NAME`.
    static func isQualified(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        func isWord(_ part: Substring) -> Bool {
            guard let first = part.first, let last = part.last else { return false }
            let ends = [first, last].allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
            return ends && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
        }
        guard let name = parts.last, name.utf8.count <= 63, isWord(name), parts.count <= 2 else { return false }
        guard parts.count == 2 else { return true }
        let domain = parts[0]
        return isWord(domain) && domain.utf8.count <= 253 && !domain.contains("_")
            && domain.allSatisfy { !$0.isUppercase }
            && domain.split(separator: ".", omittingEmptySubsequences: false).allSatisfy {
                !$0.isEmpty && $0.first != "-" && $0.last != "-"
            }
    }
}
