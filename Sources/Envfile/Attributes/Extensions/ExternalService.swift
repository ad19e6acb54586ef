package import Vocabulary

/// `external` of a service: it is one of another environment, and no containers are made of it here.
package struct ExternalService: Hashable, Sendable {
    /// The name of the other environment's project, or its ID.
    package var environment: String
    /// The service there.
    package var service: ServiceName

    package init(environment: String, service: ServiceName) {
        self.environment = environment
        self.service = service
    }
}

extension ExternalService {
    /// - Parameter name: that of the service here, which the other one has too unless another is written.
    static func decoded(from cursor: Cursor, named name: ServiceName) -> ExternalService? {
        var external = ExternalService(environment: "", service: name)
        guard table.decode(cursor, into: &external) else { return nil }
        cursor.requireKeys("environment")
        return external
    }

    private static let table = AttributeTable<ExternalService, ExternalService>([
        .init(
            "environment", decode: { $1.environment = name(from: $0) ?? $1.environment },
            render: { .text($0.environment) }),
        .init(
            "service", decode: { $1.service = name(from: $0).map { ServiceName(unchecked: $0) } ?? $1.service },
            render: { .text($0.service.rawValue) }),
    ])

    static var keys: [AttributeKey] { table.keys }

    private static func name(from cursor: Cursor) -> String? {
        guard let text = cursor.nonEmptyString() else { return nil }
        if !ServiceName.isValid(text) {
            cursor.unusable(
                "`\(text)` is no valid name", expected: "letters, digits, `.`, `_` and `-`, as `trice ls` shows them")
        }
        return text
    }

    func rendered() -> Value { Self.table.rendered(self) }
}
