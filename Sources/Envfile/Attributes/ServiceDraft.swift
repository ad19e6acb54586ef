/// One service of a file, with the places for later checks.
struct ServiceDraft {
    /// The values that need no check against other services; the assembly adds the others.
    var service: Service
    /// The place of the service's key.
    let mark: Mark
    let cursor: Cursor
    var image: String?
    var environmentFiles: [Located<EnvironmentFile>] = []
    var labelFiles: [Located<String>] = []
    var mounts: [Located<Mount>] = []
    /// The mounts of `tmpfs:`, which follow those of `volumes:` in any order of the keys.
    var memoryMounts: [Located<Mount>] = []
    var ports: [Located<PortMapping>] = []
    /// `nil` when the service does not have the key.
    var networks: [Located<NetworkAttachment>]?
    var dependencies: [Located<Dependency>] = []
    var secrets: [Located<FileReference>] = []
    var configs: [Located<FileReference>] = []
    var models: [Located<ModelBinding>] = []
    var usesInit: Bool?

    var name: String { service.name }
    var path: Path { cursor.path }
    var profiles: [String] { service.profiles }
}

extension ServiceDraft {
    static func decoded(from entry: Cursor.Entry) -> ServiceDraft? {
        var draft = ServiceDraft(
            service: Service(name: entry.key.name, image: ""), mark: entry.key.mark, cursor: entry.value)
        guard table.decode(entry.value, into: &draft) else { return nil }
        draft.addImpliedDependencies()
        return draft
    }

    /// A service that another attribute names is a dependency.
    private mutating func addImpliedDependencies() {
        var names = Set(dependencies.map(\.value.service))
        for (key, dependency) in service.impliedDependencies where names.insert(dependency.service).inserted {
            let node = cursor.node[key]
            dependencies.append(
                Located(value: dependency, mark: node?.mark ?? mark, path: .key(path, key)))
        }
    }

    typealias Keys = [Attribute<ServiceDraft, Service>]

    /// The keys of a service, each with its family.
    static let table = AttributeTable<ServiceDraft, Service>(
        processKeys + buildKeys + connectionKeys + storageKeys + namingKeys + lifecycleKeys + limitKeys + securityKeys
            + namespaceKeys + platformKeys,
        extras: toolKeys)

    /// Every key of a service in the Compose Specification that the loader knows.
    static var knownKeys: Set<String> { table.names }
}

extension Service {
    func rendered(_ context: RenderingContext) -> Value { ServiceDraft.table.rendered(self, in: context) }
}

extension Service {
    /// The services that links, shared namespaces and `volumes_from` name, by the attribute that does.
    fileprivate var impliedDependencies: [(key: String, Dependency)] {
        var found: [(key: String, Dependency)] = naming.links.map { link in
            let parts = link.split(separator: ":", omittingEmptySubsequences: false)
            let name = parts.count == 2 ? String(parts[0]) : link
            return ("links", Dependency(service: name, restarts: true))
        }
        let modes = [
            ("network_mode", namespaces.network), ("ipc", namespaces.ipc), ("pid", namespaces.pid),
            ("uts", namespaces.uts), ("cgroup", namespaces.cgroup),
        ]
        for case (let key, .service(let name)?) in modes {
            found.append((key, Dependency(service: name, restarts: true)))
        }
        for text in storage.volumesFrom where !text.hasPrefix("container:") {
            let name = text.split(separator: ":", omittingEmptySubsequences: false).first.map(String.init) ?? text
            found.append(("volumes_from", Dependency(service: name)))
        }
        return found
    }
}
