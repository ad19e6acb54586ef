internal import Vocabulary

/// The top level of a file, before profiles and checks across services.
struct ProjectDraft {
    let cursor: Cursor
    var services: [ServiceDraft] = []
    var jobs: [ServiceDraft] = []
    var networks: [Network] = []
    var volumes: [Volume] = []
    var secrets: [FileDefinition] = []
    var configs: [FileDefinition] = []
    var models: [ModelDefinition] = []
    var tools = ProjectTools()
    /// The `x-` keys of the top level, which are shown unchanged.
    var extensions: [String: Value] = [:]
}

extension ProjectDraft {
    /// Decodes the root of a document; `name` and `compat` have been read by then.
    static func decoded(from cursor: Cursor) -> ProjectDraft {
        var draft = ProjectDraft(cursor: cursor)
        table.decode(cursor, into: &draft)
        for entry in cursor.entries ?? [] where entry.key.name.hasPrefix("x-") && entry.key.name != "x-trice" {
            draft.extensions[entry.key.name] = Value(entry.value.node)
        }
        return draft
    }

    /// The keys of the top level; `Environment` shows them in an order of its own.
    static let table = AttributeTable<ProjectDraft, Environment>(
        [
            .init(
                "configs", .container, keys: .entries(FileDefinition.keys(of: .config)),
                decode: { $1.configs = each("config", $0) { .decoded(.config, named: $0, from: $1) } },
                render: { environment in
                    .members(environment.configs) { ($0.key, $0.rendered(project: environment.name)) }
                }),
            // The included files are merged before this table is used.
            .init(
                "include", .file, keys: .entries(AttributeKey.plain("env_file", "path", "project_directory")),
                decode: { _, _ in }),
            .init(
                "jobs", .lifecycle, keys: .entries(Job.table.keys),
                decode: { cursor, draft in
                    for entry in cursor.mapping() ?? [] {
                        guard let name: ServiceName = name(of: entry, kind: "job") else { continue }
                        if let job = Job.decoded(named: name, from: entry) { draft.jobs.append(job) }
                    }
                },
                renderInContext: { environment, context in
                    .members(environment.jobs) { ($0.name.rawValue, Job.table.rendered($0, in: context)) }
                }
            ).likeServices(),
            .init(
                "models", .none(.foreign), keys: .entries(ModelDefinition.keys),
                decode: { $1.models = each("model", $0) { .decoded(named: $0, from: $1) } },
                render: { environment in .members(environment.models) { ($0.key, $0.rendered()) } }),
            .init("name", .file, decode: { _, _ in }, render: { .string($0.name) }),
            .init(
                "networks", .network, keys: .entries(Network.keys),
                decode: { $1.networks = eachNamed("network", $0) { .decoded(named: $0, from: $1) } },
                render: { environment in
                    .members(environment.networks.filter { !$0.isOfMode }) {
                        ($0.name.rawValue, $0.rendered(project: environment.name))
                    }
                }),
            .init(
                "secrets", .container, keys: .entries(FileDefinition.keys(of: .secret)),
                decode: { $1.secrets = each("secret", $0) { .decoded(.secret, named: $0, from: $1) } },
                render: { environment in
                    .members(environment.secrets) { ($0.key, $0.rendered(project: environment.name)) }
                }),
            .init(
                "services", .parts, keys: .entries(ServiceDraft.table.keys),
                decode: { cursor, draft in
                    for entry in cursor.mapping() ?? [] {
                        guard let name: ServiceName = name(of: entry, kind: "service") else { continue }
                        if let service = ServiceDraft.decoded(named: name, from: entry) {
                            draft.services.append(service)
                        }
                    }
                },
                renderInContext: { environment, context in
                    .sorted(
                        (environment.services + environment.externalServices).map {
                            ($0.name.rawValue, $0.rendered(context))
                        })
                }),
            .init("version", .information, decode: { _, _ in }),
            .init(
                "volumes", .volume, keys: .entries(Volume.keys),
                decode: { $1.volumes = eachNamed("volume", $0) { .decoded(named: $0, from: $1) } },
                render: { environment in
                    .members(environment.volumes) { ($0.name.rawValue, $0.rendered(project: environment.name)) }
                }),
        ],
        extras: [
            .init("compat", .file, decode: { _, _ in }),
            .init(
                "post_up_message", .command,
                decode: { $1.tools.postUpMessage = PostUpMessage.decoded(from: $0) },
                render: { $0.tools.postUpMessage?.rendered() }),
            .init(
                "requires", .file, decode: { $1.tools.requirement = requirement(from: $0) },
                render: { $0.tools.requirement?.rendered() }),
            .init(
                "triggers", .command, keys: .entries(Trigger.keys),
                decode: { $1.tools.triggers = Trigger.decodedList(from: $0) },
                render: { environment in .items(environment.tools.triggers) { $0.rendered() } }),
        ])

    private static func requirement(from cursor: Cursor) -> VersionRequirement? {
        let requirement = VersionRequirement.decoded(from: cursor)
        if let version = cursor.context.version { requirement?.check(version, at: cursor) }
        return requirement
    }

    /// The entries whose names are such as other attributes refer to.
    private static func eachNamed<Name: ResourceName, Resource>(
        _ kind: String, _ cursor: Cursor, _ decode: (Name, Cursor) -> Resource?
    ) -> [Resource] {
        (cursor.mapping() ?? []).compactMap { entry in
            name(of: entry, kind: kind).flatMap { decode($0, entry.value) }
        }
    }

    private static func each<Resource>(
        _ kind: String, _ cursor: Cursor, _ decode: (String, Cursor) -> Resource?
    ) -> [Resource] {
        eachNamed(kind, cursor) { (name: ServiceName, value) in decode(name.rawValue, value) }
    }

    /// The name that the key of an entry is; `nil` for another key, which is reported.
    private static func name<Name: ResourceName>(of entry: Cursor.Entry, kind: String) -> Name? {
        if let name = Name(parsing: entry.key.name) { return name }
        entry.keyError(
            "`\(entry.key.name)` is no valid \(kind) name",
            hint: ServiceName.remedy(for: entry.key.name))
        return nil
    }
}
