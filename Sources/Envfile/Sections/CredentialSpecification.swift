/// `credential_spec`: the account of a Windows container. Kept, and means nothing here.
public struct CredentialSpecification: Hashable, Sendable {
    /// The key of a config.
    public var config: String?
    public var file: String?
    public var registry: String?

    public init(config: String? = nil, file: String? = nil, registry: String? = nil) {
        self.config = config
        self.file = file
        self.registry = registry
    }
}

extension CredentialSpecification {
    static func decoded(from cursor: Cursor) -> CredentialSpecification? {
        var specification = CredentialSpecification()
        return table.decode(cursor, into: &specification) ? specification : nil
    }

    private static let table = AttributeTable<CredentialSpecification>([
        "config": { $1.config = $0.nonEmptyString() },
        "file": { $1.file = $0.nonEmptyString() },
        "registry": { $1.registry = $0.nonEmptyString() },
    ])

    func rendered() -> Value {
        .object([("config", .text(config)), ("file", .text(file)), ("registry", .text(registry))])
    }
}
