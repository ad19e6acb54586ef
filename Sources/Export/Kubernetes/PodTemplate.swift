internal import Envfile
internal import Vocabulary

/// What the pods of a workload are.
extension KubernetesWriter {
    /// Labels that say which networks and names a pod has.
    static let networkPrefix = "network.trice.dev/"
    /// What the API server accepts.
    private static let mostNameServers = 3

    /// The template of a workload's pods.
    ///
    /// - Parameter restart: `restartPolicy`; `nil` for the default of the object around it.
    mutating func template(of workload: Workload, restart: String? = nil) -> Value {
        let label = names.workload(workload.name)
        var labels = frame.labels(label)
        for network in networkLabels(of: workload) { labels[Self.networkPrefix + network] = "true" }
        return .fields([
            "metadata": .fields(["labels": .table(labels), "annotations": .table(podAnnotations(of: workload))]),
            "spec": spec(of: workload, restart: restart),
        ])
    }

    mutating func spec(of workload: Workload, restart: String?) -> Value {
        let members = [workload] + (companions[workload.name] ?? [])
        var parts = PodParts()
        var containers: [Value] = []
        for member in members {
            let label = names.workload(member.name)
            let prefix = member.name == workload.name ? "" : "\(label)-"
            // It fills what its steps see too.
            containers.append(container(member, named: label, isStep: false, prefix: prefix, &parts))
            for (index, step) in member.steps.enumerated() {
                parts.steps.append(
                    container(
                        step, named: "\(prefix)pre-start-\(index + 1)", isStep: true, prefix: prefix, &parts))
                if step.service.lifecycle.runsPerReplica != true, workload.replicas > 1 {
                    report.loss(
                        member.key.key("pre_start"), "a step runs before each of the \(workload.replicas) pods",
                        "let the step do nothing when its work is done, or make it a service that others wait for")
                }
            }
        }
        let service = workload.service
        let usesHostNetwork = service.namespaces.network == .host
        let sharesProcesses = members.contains { member in
            member.sharedKeys.contains("pid")
                || member.service.isInitGiven && member.service.usesInit && member.service.namespaces.pid != .host
        }
        return .fields([
            "automountServiceAccountToken": .bool(false), "enableServiceLinks": .bool(false),
            "restartPolicy": .text(restart), "hostNetwork": .flag(usesHostNetwork),
            "hostPID": .flag(service.namespaces.pid == .host), "hostIPC": .flag(service.namespaces.ipc == .host),
            "shareProcessNamespace": .flag(sharesProcesses),
            "dnsPolicy": usesHostNetwork ? .string("ClusterFirstWithHostNet") : nil,
            "dnsConfig": resolver(of: workload), "hostAliases": .items(hostAliases(of: workload)),
            "hostname": .text(hostname(of: workload)), "nodeSelector": .table(nodes(of: workload)),
            "runtimeClassName": .text(service.platform.runtime),
            "terminationGracePeriodSeconds": .integer(
                members.map { Self.seconds($0.service.stopGracePeriod, atLeast: 0) }.max() ?? 10),
            "securityContext": podSecurity(of: members),
            "initContainers": .items(parts.initial(besides: Set(members.map { names.workload($0.name) }))),
            "containers": .list(containers), "volumes": .items(parts.volumes.values),
        ])
    }

    /// What holds for all containers of a pod: the user of the first of them, and the groups of all.
    private mutating func podSecurity(of members: [Workload]) -> Value {
        let user = members.first.flatMap { $0.user ?? $0.imageUser }
        let furtherGroups = Set(members.flatMap { groups(of: $0) }).filter { $0 != user?.group && $0 != 0 }
        // What the volumes have belongs to the group, so that a user who is not root may write there.
        let group = members.lazy.filter { !$0.mounts.isEmpty }.compactMap { $0.user ?? $0.imageUser }
            .first { $0.user != 0 }?.group
        let sysctls = (members.first?.service.namespaces.sysctls ?? [:]).sorted { $0.key < $1.key }
        return .fields([
            "fsGroup": .count(group.map { Int($0) }),
            "fsGroupChangePolicy": group == nil ? nil : .string("OnRootMismatch"),
            "supplementalGroups": .items(furtherGroups.sorted().map { .integer(Int($0)) }),
            "sysctls": .items(
                sysctls.map { .fields(["name": .string($0.key), "value": .string($0.value)]) }),
            "seccompProfile": .fields(["type": .string("RuntimeDefault")]),
        ])
    }

    /// The further groups of a workload's user, in numbers.
    private mutating func groups(of workload: Workload) -> [UInt32] {
        if let user = workload.user ?? workload.imageUser { return user.groups }
        let given = workload.service.security.groups
        if given.isEmpty { return [] }
        // The image names no user, so that it is root.
        if let root = workload.image.user?("0", given) { return root.groups }
        for name in given where UInt32(name) == nil {
            report.loss(
                workload.key.key("group_add"), "the number of the group `\(name)` is not known here",
                "get the image by `trice pull`, or write the number")
        }
        return given.compactMap { UInt32($0) }
    }

    private mutating func resolver(of workload: Workload) -> Value? {
        let service = workload.service
        var servers = service.naming.dnsServers
        if servers.count > Self.mostNameServers {
            servers = Array(servers.prefix(Self.mostNameServers))
            report.loss(
                workload.key.key("dns"), "a pod has at most \(Self.mostNameServers) name servers",
                "leave out those that are not asked")
        }
        let options = service.naming.dnsOptions.map { option in
            let parts = option.split(separator: ":", maxSplits: 1).map(String.init)
            return Value.fields(["name": .string(parts[0]), "value": .text(parts.count > 1 ? parts[1] : nil)])
        }
        return .someFields([
            "nameservers": .texts(servers), "searches": .texts(service.naming.dnsSearch),
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

    /// Those of all containers of the pod; the first that has a name gives its value.
    private mutating func podAnnotations(of workload: Workload) -> [String: String] {
        var result = annotations(of: workload)
        for member in companions[workload.name] ?? [] {
            result.merge(annotations(of: member)) { first, _ in first }
        }
        return result
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
