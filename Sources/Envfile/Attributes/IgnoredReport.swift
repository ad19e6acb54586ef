internal import Vocabulary

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
        walk(service.cursor, AttributeCatalogue.ignoredInServices, pattern: "", service: service.name.rawValue)
        for mount in service.mounts {
            // The long form says it by a key, which the walk has found; the short one by `:z`.
            if mount.value.options.selinux != nil {
                note("volumes.bind.selinux", .notYet, service: service.name.rawValue, at: mount.mark, path: mount.path)
            }
            if case .foreign(let type, _) = mount.value.source {
                note(
                    "volumes.type: \(type)", .foreign, service: service.name.rawValue, at: mount.mark, path: mount.path)
            }
        }
        if let driver = service.service.lifecycle.logging?.foreignDriver {
            let mark = service.cursor.node["logging"]?["driver"]?.mark ?? service.mark
            let path = Path.key(.key(service.path, "logging"), "driver")
            note("logging.driver: \(driver)", .foreign, service: service.name.rawValue, at: mark, path: path)
        }
        for attachment in service.networks ?? [] {
            for key in attachment.value.driverOptions.keys.sorted() where !EndpointOptions.known.contains(key) {
                note(
                    "networks.driver_opts: \(key)", .foreign, service: service.name.rawValue, at: attachment.mark,
                    path: .key(attachment.path, "driver_opts"))
            }
        }
    }

    /// Records the attributes outside of services that have no effect.
    mutating func note(project cursor: Cursor) {
        walk(cursor, AttributeCatalogue.ignoredInProject, pattern: "", service: nil)
    }

    /// Notes what networks say and their driver does not know.
    mutating func note(_ environment: Environment, in project: Cursor) {
        for network in environment.networks {
            let driver = network.driver.flatMap { ParentOptions.Driver(rawValue: $0) }
            let known = driver.map(ParentOptions.known) ?? BridgeOptions.known
            for key in network.driverOptions.keys.sorted() where !known.contains(key) {
                guard let node = project.node["networks"]?[network.name.rawValue]?["driver_opts"] else { continue }
                let path = Path.key(.key(.key(.root, "networks"), network.name.rawValue), "driver_opts")
                note("networks.driver_opts: \(key)", .foreign, service: nil, at: node.mark, path: path)
            }
        }
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
            report.ignored(
                attribute, "`\(attribute)` \(entry.reason.rawValue) and is ignored\(services)", at: entry.mark,
                path: entry.path)
        }
    }

    private mutating func walk(
        _ cursor: Cursor, _ table: IgnoredKeys, pattern: String, service: String?
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

    private static let isUsuallyNeutral: AttributeKey.Neutrality = { text, _ in
        ["false", "no", "0"].contains(text.lowercased())
    }

    private mutating func step(
        _ cursor: Cursor, _ table: IgnoredKeys, _ pattern: String, service: String?, mark: Mark
    ) {
        if let reason = table.reason {
            let isNeutral = AttributeCatalogue.neutralities[pattern] ?? Self.isUsuallyNeutral
            guard cursor.node.saysSomething(of: service, isNeutral) else { return }
            note(pattern, reason, service: service, at: mark, path: cursor.path)
        } else {
            walk(cursor, table, pattern: pattern.hasSuffix(".") ? pattern : pattern + ".", service: service)
        }
    }
}

extension Node {
    /// Whether leaving the value out would make a difference.
    fileprivate func saysSomething(of service: String?, _ isNeutral: AttributeKey.Neutrality) -> Bool {
        switch content {
        case .sequence(let items): !items.isEmpty
        case .mapping(let pairs): !pairs.isEmpty
        case .scalar(let scalar):
            scalar.type != .null && !scalar.text.isEmpty && !isNeutral(scalar.text, service)
        }
    }
}
