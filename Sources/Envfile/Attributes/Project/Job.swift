internal import Vocabulary

/// An entry of `jobs`: a container that runs to its end when something triggers it, described like a service.
enum Job {
    /// The keys of a service that a job cannot have.
    private static let others: Set<String> = [
        "attach", "container_name", "deploy", "develop", "extends", "external_links", "links", "post_start",
        "pre_start", "pre_stop", "provider", "restart", "scale",
    ]

    static let table = AttributeTable<ServiceDraft, Service>(
        ServiceDraft.composeKeys.filter { !others.contains($0.key.name) } + [
            .init(
                "triggers", keys: .fields(JobTriggers.keys),
                decode: { $1.service.lifecycle.triggers = JobTriggers.decoded(from: $0) },
                render: { $0.lifecycle.triggers?.rendered() })
        ],
        refused: [
            "provision": .init(
                words: "takes no steps under `provision`: each run of a job begins anew with its image",
                hint: "let its command do the work, or give it an image with what the steps do, by `build:`")
        ])

    static func decoded(named name: ServiceName, from entry: Cursor.Entry) -> ServiceDraft? {
        var draft = ServiceDraft.decoded(named: name, entry.value, mark: entry.key.mark, by: table)
        draft?.addImpliedDependencies()
        if draft != nil { entry.value.requireKeys("triggers") }
        return draft
    }
}
