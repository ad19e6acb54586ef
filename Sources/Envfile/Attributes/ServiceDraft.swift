internal import Vocabulary

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
    var devices: [Located<DeviceMapping>] = []
    var usesInit: Bool?
    /// The steps of `pre_start`, with what they have of the service.
    var preStart: [ServiceDraft] = []

    var name: ServiceName { service.name }
    var path: Path { cursor.path }
    var profiles: [String] { service.profiles }
}

extension ServiceDraft {
    static func decoded(named name: ServiceName, from entry: Cursor.Entry) -> ServiceDraft? {
        guard var draft = decoded(named: name, entry.value, mark: entry.key.mark, by: table) else {
            return nil
        }
        draft.addImpliedDependencies()
        return draft
    }

    /// What is described like a service, by the keys that it may have.
    static func decoded(
        named name: ServiceName, _ cursor: Cursor, mark: Mark, by table: AttributeTable<ServiceDraft, Service>
    ) -> ServiceDraft? {
        var draft = ServiceDraft(service: Service(name: name, image: ""), mark: mark, cursor: cursor)
        return table.decode(cursor, into: &draft) ? draft : nil
    }

    /// A service that another attribute names is a dependency.
    mutating func addImpliedDependencies() {
        var names = Set(dependencies.map(\.value.service))
        for (key, dependency) in service.impliedDependencies where names.insert(dependency.service).inserted {
            let node = cursor.node[key]
            dependencies.append(
                Located(value: dependency, mark: node?.mark ?? mark, path: .key(path, key)))
        }
        // What a step of `pre_start` names has to be there before the service.
        for step in preStart {
            for (key, dependency) in step.service.impliedDependencies where names.insert(dependency.service).inserted {
                let node = step.cursor.node[key]
                dependencies.append(
                    Located(
                        value: Dependency(service: dependency.service), mark: node?.mark ?? step.mark,
                        path: .key(step.path, key)))
            }
        }
    }

    typealias Keys = [Attribute<ServiceDraft, Service>]

    /// The keys of a service, each with its family.
    static let table = AttributeTable<ServiceDraft, Service>(composeKeys, extras: toolKeys)

    /// The keys that Compose has.
    static let composeKeys =
        processKeys + buildKeys + connectionKeys + storageKeys + namingKeys + lifecycleKeys + limitKeys + securityKeys
        + namespaceKeys + platformKeys

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
            return ("links", Dependency(service: ServiceName(unchecked: name), restarts: true))
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
            found.append(("volumes_from", Dependency(service: ServiceName(unchecked: name))))
        }
        return found
    }
}
