/// `develop`: what happens when files change while the service runs.
public struct Development: Hashable, Sendable {
    public var watches: [Watch]

    public init(watches: [Watch] = []) {
        self.watches = watches
    }

    /// A path that is watched, and what a change of it does.
    public struct Watch: Hashable, Sendable {
        public enum Action: String, Hashable, Sendable, CaseIterable {
            case rebuild
            case restart
            case sync
            case syncAndRestart = "sync+restart"
            case syncAndExecute = "sync+exec"

            /// Whether files are copied to a target.
            public var copies: Bool { self != .rebuild && self != .restart }
        }

        /// The absolute host path.
        public var path: String
        public var action: Action
        /// Where files are copied to in the container; not `nil` for an action that copies.
        public var target: String?
        /// Patterns below the path.
        public var includes: [String]
        public var excludes: [String]
        /// What runs in the container after a copy (`sync+exec`).
        public var hook: LifecycleHook?
        /// Whether everything is copied once before the watch begins.
        public var copiesAtStart: Bool

        public init(
            path: String, action: Action, target: String? = nil, includes: [String] = [], excludes: [String] = [],
            hook: LifecycleHook? = nil, copiesAtStart: Bool = false
        ) {
            self.path = path
            self.action = action
            self.target = target
            self.includes = includes
            self.excludes = excludes
            self.hook = hook
            self.copiesAtStart = copiesAtStart
        }
    }
}

extension Development {
    /// `develop`; an empty one is none.
    static func decoded(from cursor: Cursor) -> Development? {
        if cursor.node.isNull { return nil }
        var development = Development()
        return table.decode(cursor, into: &development) ? development : nil
    }

    private static let table = AttributeTable<Development>([
        "watch": { $1.watches = ($0.list() ?? []).compactMap(Watch.decoded) }
    ])

    func rendered() -> Value {
        .object([("watch", .items(watches) { $0.rendered() })])
    }
}

extension Development.Watch {
    fileprivate static func decoded(from cursor: Cursor) -> Self? {
        var draft = Draft()
        guard table.decode(cursor, into: &draft) else { return nil }
        cursor.requireKeys("path", "action")
        guard let path = draft.path, let action = draft.action else { return nil }
        if action.copies, cursor.node["target"] == nil {
            cursor.error("\(cursor.path) copies files (`action: \(action.rawValue)`) but has no `target`")
        }
        if action == .syncAndExecute, cursor.node["exec"] == nil {
            cursor.unusable("\(cursor.path) has no `exec`, which `action: sync+exec` runs")
        }
        return Self(
            path: path, action: action, target: draft.target, includes: draft.includes, excludes: draft.excludes,
            hook: draft.hook, copiesAtStart: draft.copiesAtStart)
    }

    private struct Draft {
        var path: String?
        var action: Action?
        var target: String?
        var includes: [String] = []
        var excludes: [String] = []
        var hook: LifecycleHook?
        var copiesAtStart = false
    }

    private static let table = AttributeTable<Draft>([
        "action": { $1.action = $0.choice(Action.self) },
        "exec": { $1.hook = LifecycleHook.decoded(from: $0) },
        "ignore": { $1.excludes = ($0.stringOrList() ?? []).map(\.value) },
        "include": { $1.includes = ($0.stringOrList() ?? []).map(\.value) },
        "initial_sync": { $1.copiesAtStart = $0.bool() ?? false },
        "path": { cursor, draft in
            draft.path = cursor.hostPath()
            if cursor.stringValue?.isEmpty == true { cursor.error("\(cursor.path) must be a path, but is empty") }
        },
        "target": { $1.target = $0.nonEmptyString() },
    ])

    fileprivate func rendered() -> Value {
        .object([
            ("action", .string(action.rawValue)), ("exec", hook?.rendered()), ("ignore", .texts(excludes)),
            ("include", .texts(includes)), ("initial_sync", .flag(copiesAtStart)), ("path", .string(path)),
            ("target", .text(target)),
        ])
    }
}
