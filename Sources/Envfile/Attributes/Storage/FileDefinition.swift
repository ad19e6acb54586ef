/// An entry of the top-level `secrets` or `configs`: something that services get as a file.
package struct FileDefinition: Hashable, Sendable {
    /// The top-level section that defines it.
    package enum Kind: String, Hashable, Sendable {
        case secret, config
    }

    /// The source of the content.
    package enum Source: Hashable, Sendable {
        /// An absolute host path.
        case file(String)
        /// The name of a variable.
        case variable(String)
        /// The content itself; only of a config.
        case content(String)
        /// Nothing in this file: it is external, or a driver's.
        case elsewhere
    }

    package var kind: Kind
    /// The key under `secrets:` or `configs:`.
    package var key: String
    package var identity: ResourceIdentity
    package var source: Source
    package var labels: [String: String]
    /// Only of a secret.
    package var driver: String?
    package var driverOptions: [String: String]
    package var templateDriver: String?

    package init(
        _ kind: Kind, key: String, identity: ResourceIdentity = ResourceIdentity(), source: Source,
        labels: [String: String] = [:], driver: String? = nil, driverOptions: [String: String] = [:],
        templateDriver: String? = nil
    ) {
        self.kind = kind
        self.key = key
        self.identity = identity
        self.source = source
        self.labels = labels
        self.driver = driver
        self.driverOptions = driverOptions
        self.templateDriver = templateDriver
    }
}

extension FileDefinition {
    static func decoded(_ kind: Kind, named key: String, from cursor: Cursor) -> FileDefinition? {
        var file = FileDefinition(kind, key: key, identity: .decoded(from: cursor), source: .elsewhere)
        guard table(of: kind).decode(cursor, into: &file) else { return nil }
        file.checkSource(at: cursor)
        file.identity.warnOfIgnored(in: cursor)
        return file
    }

    private func checkSource(at cursor: Cursor) {
        let keys = kind == .secret ? ["file", "environment"] : ["file", "environment", "content"]
        let written = keys.filter { cursor.node[$0] != nil }
        if written.count > 1 {
            let names = written.map { "`\($0)`" }.joined(separator: " and ")
            cursor.error("\(cursor.path) has \(names), but can only have one of them")
        } else if written.isEmpty, driver == nil, !identity.isExternal {
            let names = keys.map { "`\($0)`" }.joined(separator: ", ")
            cursor.error("\(cursor.path) does not say where its content comes from", expected: "one of \(names)")
        }
    }

    private typealias Keys = [Attribute<FileDefinition, FileDefinition>]

    private static let common: Keys = [
        .init(
            "environment",
            decode: { cursor, file in
                if let name = text(from: cursor) { file.source = .variable(name) }
            }, render: { .text($0.source.variable) }),
        .init(
            "external", .file, keys: .fields(ResourceIdentity.keys), decode: { _, _ in },
            render: { .flag($0.identity.isExternal) }),
        .init(
            "file",
            decode: { cursor, file in
                if let text = text(from: cursor), let path = HostPath.resolvedAsWritten(text, at: cursor) {
                    file.source = .file(path)
                }
            }, render: { .text($0.source.path) }),
        .init(
            "labels", .information, decode: { $1.labels = Labels.decoded(from: $0) }, render: { .texts($0.labels) }
        ).merged(.keyValues),
        .init(
            "name", .information, decode: { _, _ in },
            renderInContext: { .string($0.identity.name(key: $0.key, project: $1.project)) }),
        .init(
            "template_driver", .none(.swarm), decode: { $1.templateDriver = $0.nonEmptyString() },
            render: { .text($0.templateDriver) }),
    ]

    private static let ofSecrets: Keys = [
        .init("driver", .none(.swarm), decode: { $1.driver = $0.nonEmptyString() }, render: { .text($0.driver) }),
        .init(
            "driver_opts", .none(.swarm), decode: { $1.driverOptions = ScalarMapping.decoded(from: $0) },
            render: { .texts($0.driverOptions) }),
    ]

    private static let ofConfigs: Keys = [
        .init(
            "content",
            decode: { cursor, file in
                if let text = cursor.string() { file.source = .content(text) }
            }, render: { .text($0.source.content) })
    ]

    private static let secretTable = AttributeTable<FileDefinition, FileDefinition>(common + ofSecrets)
    private static let configTable = AttributeTable<FileDefinition, FileDefinition>(common + ofConfigs)

    private static func table(of kind: Kind) -> AttributeTable<FileDefinition, FileDefinition> {
        kind == .secret ? secretTable : configTable
    }

    static func keys(of kind: Kind) -> [AttributeKey] { table(of: kind).keys }

    private static func text(from cursor: Cursor) -> String? {
        guard let text = cursor.string() else { return nil }
        if text.isEmpty { cursor.error("\(cursor.path) must not be empty") }
        return text.isEmpty ? nil : text
    }

    func rendered(project: String) -> Value {
        Self.table(of: kind).rendered(self, in: RenderingContext(project: project))
    }
}

extension FileDefinition.Source {
    fileprivate var path: String? {
        if case .file(let path) = self { return path }
        return nil
    }

    fileprivate var variable: String? {
        if case .variable(let name) = self { return name }
        return nil
    }

    fileprivate var content: String? {
        if case .content(let text) = self { return text }
        return nil
    }
}
