/// Collects attributes without an effect, so that a warning names each one once, however often it is used.
struct IgnoredReport {
    private struct Entry {
        let reason: AttributeEffect.Reason
        let mark: Mark
        let path: Path
        /// The services that write it.
        var services: [String] = []
    }

    private var entries: [String: Entry] = [:]

    /// Records the attributes of a service that have no effect.
    mutating func note(_ service: ServiceDraft) {
        walk(service.cursor, AttributeCatalogue.ignoredInServices, pattern: "", service: service.name)
        for mount in service.mounts {
            // The short form has no keys of its own.
            if mount.value.options.propagation != nil { note(mount, "bind.propagation", of: service) }
            if mount.value.options.skipsCopy { note(mount, "volume.nocopy", of: service) }
            if case .foreign(let type, _) = mount.value.source {
                note("volumes.type: \(type)", .foreign, service: service.name, at: mount.mark, path: mount.path)
            }
        }
        for port in service.ports where port.value.transportProtocol == .sctp {
            note("ports.protocol: sctp", .notYet, service: service.name, at: port.mark, path: port.path)
        }
    }

    /// Records the attributes outside of services that have no effect.
    mutating func note(project cursor: Cursor) {
        walk(cursor, AttributeCatalogue.ignoredInProject, pattern: "", service: nil)
    }

    /// Notes the names given by hand to networks and volumes.
    mutating func note(_ environment: Environment, in project: Cursor) {
        for network in environment.networks { note(network.identity, "networks", network.name, in: project) }
        for volume in environment.volumes { note(volume.identity, "volumes", volume.name, in: project) }
    }

    private mutating func note(_ identity: ResourceIdentity, _ plural: String, _ key: String, in project: Cursor) {
        guard identity.customName != nil, let node = project.node[plural]?[key]?["name"] else { return }
        let path = Path.key(.key(.key(.root, plural), key), "name")
        note("\(plural).name", .notYet, service: nil, at: node.mark, path: path)
    }

    private mutating func note(_ mount: Located<Mount>, _ option: String, of service: ServiceDraft) {
        guard let reason = AttributeCatalogue.ignoredInServices.value(at: "volumes.*.\(option)") else { return }
        note("volumes.\(option)", reason, service: service.name, at: mount.mark, path: mount.path)
    }

    private mutating func note(
        _ attribute: String, _ reason: AttributeEffect.Reason, service: String?, at mark: Mark, path: Path
    ) {
        var entry = entries[attribute] ?? Entry(reason: reason, mark: mark, path: path)
        if let service, entry.services.last != service { entry.services.append(service) }
        entries[attribute] = entry
    }

    /// One warning for each attribute that is written.
    func warn(_ report: DiagnosticCollector) {
        for (attribute, entry) in entries {
            var services = ""
            if let first = entry.services.first {
                let isOne = entry.services.count == 1
                services = isOne ? " (service \(first))" : " (services \(entry.services.joined(separator: ", ")))"
            }
            report.warning(
                "`\(attribute)` \(entry.reason.rawValue) and is ignored\(services)", at: entry.mark, path: entry.path)
        }
    }

    private mutating func walk(
        _ cursor: Cursor, _ table: PathTree<AttributeEffect.Reason>, pattern: String, service: String?
    ) {
        if let entries = cursor.entries {
            for entry in entries {
                let key = entry.key.name
                if key == "x-trice" { walk(entry.value, table, pattern: pattern, service: service) }
                if let next = table.child(key) {
                    step(entry.value, next, pattern + key, service: service, mark: entry.key.mark)
                } else if let next = table.item {
                    step(entry.value, next, pattern, service: service, mark: entry.key.mark)
                }
            }
        } else if let next = table.item {
            for item in cursor.items ?? [] {
                step(item, next, pattern, service: service, mark: item.node.mark)
            }
        }
    }

    private mutating func step(
        _ cursor: Cursor, _ table: PathTree<AttributeEffect.Reason>, _ pattern: String, service: String?, mark: Mark
    ) {
        if let reason = table.value {
            guard cursor.node.saysSomething else { return }
            note(pattern, reason, service: service, at: mark, path: cursor.path)
        } else {
            walk(cursor, table, pattern: pattern.hasSuffix(".") ? pattern : pattern + ".", service: service)
        }
    }
}

extension Node {
    /// Whether leaving the value out would make a difference.
    fileprivate var saysSomething: Bool {
        switch content {
        case .sequence(let items): !items.isEmpty
        case .mapping(let pairs): !pairs.isEmpty
        case .scalar(let scalar): !["", "false", "no", "0"].contains(scalar.text.lowercased()) && scalar.type != .null
        }
    }
}
