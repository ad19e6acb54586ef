/// An entry of `pre_start`: a container that runs to its end before the service's own start.
///
/// It is described like a service. What it does not say is what the service says: collections are completed, all else is
/// replaced.
enum PreStartStep {
    /// The keys of a service that a step cannot have.
    private static let others: Set<String> = [
        "attach", "build", "container_name", "depends_on", "deploy", "develop", "expose", "extends", "external_links",
        "healthcheck", "links", "ports", "post_start", "pre_start", "pre_stop", "profiles", "provider", "restart",
        "scale", "stdin_open", "tty",
    ]

    static let table = AttributeTable<ServiceDraft, Service>(
        ServiceDraft.composeKeys.filter { !others.contains($0.key.name) } + [
            .init(
                "per_replica", decode: { $1.service.lifecycle.runsPerReplica = $0.bool() },
                render: { model in model.lifecycle.runsPerReplica.map { .bool($0) } })
        ],
        refused: [
            "provision": .init(
                words: "takes no steps under `provision`: it runs once to its end, before the service",
                hint: "write them under the service, or give it an image with what the steps do")
        ])

    /// - Parameter service: the service that the steps are of.
    static func decodedList(from cursor: Cursor, of service: ServiceDraft) -> [ServiceDraft] {
        guard let base = inherited(from: service.cursor.node) else { return [] }
        let merger = Merger(dialect: cursor.context.dialect, report: cursor.context.report)
        return cursor.list(ofCommandsUnder: "command").compactMap { item in
            let node = merger.merged(base, with: item.node, by: .oneService, path: item.path)
            return ServiceDraft.decoded(
                named: service.name, Cursor(node, path: item.path, context: item.context), mark: item.node.mark,
                by: table)
        }
    }

    /// What a step has of its service.
    private static func inherited(from node: Node) -> Node? {
        guard case .mapping(let pairs) = node.content else { return nil }
        return Node(content: .mapping(pairs.filter { table.names.contains($0.key.name) }), tag: nil, mark: node.mark)
    }
}
