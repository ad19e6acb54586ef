/// A command that runs in a container at a turn of its life: an entry of `post_start`, `pre_stop` or
/// `pre_snapshot`, or the `exec` of a watch.
package struct LifecycleHook: Hashable, Sendable, Codable {
    package var command: [String]
    /// `nil` for the service's own, as with the directory.
    package var user: String?
    package var workingDirectory: String?
    /// On top of the service's own variables.
    package var environment: [String: String]
    package var isPrivileged: Bool

    package init(
        command: [String], user: String? = nil, workingDirectory: String? = nil, environment: [String: String] = [:],
        isPrivileged: Bool = false
    ) {
        self.command = command
        self.user = user
        self.workingDirectory = workingDirectory
        self.environment = environment
        self.isPrivileged = isPrivileged
    }
}

extension LifecycleHook {
    static func decodedList(from cursor: Cursor) -> [LifecycleHook] {
        cursor.list(ofCommandsUnder: "command").compactMap(decoded)
    }

    static func decoded(from cursor: Cursor) -> LifecycleHook? {
        var hook = LifecycleHook(command: [])
        guard table.decode(cursor, into: &hook) else { return nil }
        cursor.requireKeys("command")
        return hook
    }

    private static let table = AttributeTable<LifecycleHook, LifecycleHook>([
        .init(
            "command",
            decode: { cursor, hook in
                if case .replaced(let words) = CommandOverride.decoded(from: cursor) { hook.command = words }
                let isBlank = cursor.stringValue?.allSatisfy(\.isWhitespace) == true
                if isBlank || cursor.node.isNull || cursor.items?.isEmpty == true {
                    cursor.unusable("\(cursor.path) must name what to run, but is empty")
                }
            }, render: { model in .list(model.command.map { .string($0) }) }),
        .init(
            "environment", decode: { $1.environment = EnvironmentVariables.decoded(from: $0) },
            render: { .texts($0.environment) }),
        .init("privileged", decode: { $1.isPrivileged = $0.bool() ?? false }, render: { .flag($0.isPrivileged) }),
        .init("user", decode: { $1.user = $0.nonEmptyString() }, render: { .text($0.user) }),
        .init(
            "working_dir", decode: { $1.workingDirectory = $0.nonEmptyString() }, render: { .text($0.workingDirectory) }
        ),
    ])

    static var keys: [AttributeKey] { table.keys }

    func rendered() -> Value {
        Self.table.rendered(self)
    }
}
