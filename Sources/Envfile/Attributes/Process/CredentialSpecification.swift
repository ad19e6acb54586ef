/// `credential_spec`: the account of a Windows container. Kept, without an effect.
package struct CredentialSpecification: Hashable, Sendable {
    /// The key of a config.
    package var config: String?
    package var file: String?
    package var registry: String?

    package init(config: String? = nil, file: String? = nil, registry: String? = nil) {
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

    private static let table = AttributeTable<CredentialSpecification, CredentialSpecification>([
        .init("config", decode: { $1.config = $0.nonEmptyString() }, render: { .text($0.config) }),
        .init("file", decode: { $1.file = $0.nonEmptyString() }, render: { .text($0.file) }),
        .init("registry", decode: { $1.registry = $0.nonEmptyString() }, render: { .text($0.registry) }),
    ])

    static var keys: [AttributeKey] { table.keys }

    func rendered() -> Value {
        Self.table.rendered(self)
    }
}
