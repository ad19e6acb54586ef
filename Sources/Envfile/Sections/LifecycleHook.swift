/// A command that runs in a container at a turn of its life: an entry of `post_start` or `pre_stop`, or the `exec` of
/// a watch.
public struct LifecycleHook: Hashable, Sendable {
    public var command: [String]
    /// `nil` for the service's own, as with the directory.
    public var user: String?
    public var workingDirectory: String?
    /// On top of the service's own variables.
    public var environment: [String: String]
    public var isPrivileged: Bool

    public init(
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
        (cursor.list() ?? []).compactMap(decoded)
    }

    static func decoded(from cursor: Cursor) -> LifecycleHook? {
        var hook = LifecycleHook(command: [])
        guard table.decode(cursor, into: &hook) else { return nil }
        cursor.requireKeys("command")
        return hook
    }

    private static let table = AttributeTable<LifecycleHook>([
        "command": { cursor, hook in
            if case .replaced(let words) = CommandOverride.decoded(from: cursor) { hook.command = words }
            let isBlank = cursor.stringValue?.allSatisfy(\.isWhitespace) == true
            if isBlank || cursor.node.isNull || cursor.items?.isEmpty == true {
                cursor.unusable("\(cursor.path) must name what to run, but is empty")
            }
        },
        "environment": { $1.environment = EnvironmentVariables.decoded(from: $0) },
        "privileged": { $1.isPrivileged = $0.bool() ?? false },
        "user": { $1.user = $0.nonEmptyString() },
        "working_dir": { $1.workingDirectory = $0.nonEmptyString() },
    ])

    func rendered() -> Value {
        .object([
            ("command", .list(command.map { .string($0) })), ("environment", .texts(environment)),
            ("privileged", .flag(isPrivileged)), ("user", .text(user)), ("working_dir", .text(workingDirectory)),
        ])
    }
}
