/// An entry of the top-level `secrets` or `configs`: something that services get as a file.
public struct FileDefinition: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable {
        case secret, config
    }

    /// Where the content comes from.
    public enum Source: Hashable, Sendable {
        /// An absolute host path.
        case file(String)
        /// The name of a variable.
        case variable(String)
        /// The content itself; only of a config.
        case content(String)
        /// Nothing in this file: it is external, or a driver's.
        case elsewhere
    }

    public var kind: Kind
    /// The key under `secrets:` or `configs:`.
    public var key: String
    public var identity: ResourceIdentity
    public var source: Source
    public var labels: [String: String]
    /// Only of a secret.
    public var driver: String?
    public var driverOptions: [String: String]
    public var templateDriver: String?

    public init(
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
        guard (kind == .secret ? secretTable : configTable).decode(cursor, into: &file) else { return nil }
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

    private static let common: [String: AttributeTable<FileDefinition>.Decode] = [
        "environment": { cursor, file in
            if let name = text(from: cursor) { file.source = .variable(name) }
        },
        "external": { _, _ in },
        "file": { cursor, file in
            if let text = text(from: cursor), let path = HostPath.resolvedAsWritten(text, at: cursor) {
                file.source = .file(path)
            }
        },
        "labels": { $1.labels = Labels.decoded(from: $0) },
        "name": { _, _ in },
        "template_driver": { $1.templateDriver = $0.nonEmptyString() },
    ]

    private static let secretTable = AttributeTable<FileDefinition>(
        common.merging([
            "driver": { $1.driver = $0.nonEmptyString() },
            "driver_opts": { $1.driverOptions = ScalarMapping.decoded(from: $0) },
        ]) { common, _ in common })

    private static let configTable = AttributeTable<FileDefinition>(
        common.merging([
            "content": { cursor, file in
                if let text = cursor.string() { file.source = .content(text) }
            }
        ]) { common, _ in common })

    private static func text(from cursor: Cursor) -> String? {
        guard let text = cursor.string() else { return nil }
        if text.isEmpty { cursor.error("\(cursor.path) must not be empty") }
        return text.isEmpty ? nil : text
    }

    func rendered(project: String) -> Value {
        var path: String?
        var variable: String?
        var content: String?
        switch source {
        case .file(let text): path = text
        case .variable(let text): variable = text
        case .content(let text): content = text
        case .elsewhere: break
        }
        return .object([
            ("content", .text(content)), ("driver", .text(driver)), ("driver_opts", .texts(driverOptions)),
            ("environment", .text(variable)), ("external", .flag(identity.isExternal)), ("file", .text(path)),
            ("labels", .texts(labels)), ("name", .string(identity.name(key: key, project: project))),
            ("template_driver", .text(templateDriver)),
        ])
    }
}
