/// `develop`: what happens when files change while the service runs.
package struct Development: Hashable, Sendable {
    package var watches: [Watch]

    package init(watches: [Watch] = []) {
        self.watches = watches
    }

    /// A watched path, and the action after a change.
    package struct Watch: Hashable, Sendable {
        /// What happens after a file has changed.
        package enum Action: String, Hashable, Sendable, CaseIterable {
            case rebuild
            case restart
            case sync
            case syncAndRestart = "sync+restart"
            case syncAndExecute = "sync+exec"

            /// Whether files are copied to a target.
            package var copies: Bool { self != .rebuild && self != .restart }
        }

        /// The absolute host path.
        package var path: String
        package var action: Action
        /// The destination in the container; not `nil` for an action that copies.
        package var target: String?
        /// Patterns below the path.
        package var includes: [String]
        package var excludes: [String]
        /// The command in the container after a copy (`sync+exec`).
        package var hook: LifecycleHook?
        /// Whether everything is copied once before the watch begins.
        package var copiesAtStart: Bool

        package init(
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
    /// `develop`; an empty mapping counts as absent.
    static func decoded(from cursor: Cursor) -> Development? {
        if cursor.node.isNull { return nil }
        var development = Development()
        return table.decode(cursor, into: &development) ? development : nil
    }

    private static let table = AttributeTable<Development, Development>([
        .init(
            "watch", keys: .entries(Watch.keys), decode: { $1.watches = ($0.list() ?? []).compactMap(Watch.decoded) },
            render: { model in .items(model.watches) { $0.rendered() } })
    ])

    static var keys: [AttributeKey] { table.keys }

    func rendered() -> Value {
        Self.table.rendered(self)
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

    private static let table = AttributeTable<Draft, Self>([
        .init("action", decode: { $1.action = $0.choice(Action.self) }, render: { .string($0.action.rawValue) }),
        .init(
            "exec", keys: .fields(LifecycleHook.keys), decode: { $1.hook = LifecycleHook.decoded(from: $0) },
            render: { $0.hook?.rendered() }),
        .init(
            "ignore", decode: { $1.excludes = ($0.stringOrList() ?? []).map(\.value) }, render: { .texts($0.excludes) }),
        .init(
            "include", decode: { $1.includes = ($0.stringOrList() ?? []).map(\.value) }, render: { .texts($0.includes) }
        ),
        .init("initial_sync", decode: { $1.copiesAtStart = $0.bool() ?? false }, render: { .flag($0.copiesAtStart) }),
        .init(
            "path",
            decode: { cursor, draft in
                draft.path = cursor.hostPath()
                if cursor.stringValue?.isEmpty == true { cursor.error("\(cursor.path) must be a path, but is empty") }
            }, render: { .string($0.path) }),
        .init("target", decode: { $1.target = $0.nonEmptyString() }, render: { .text($0.target) }),
    ])

    static var keys: [AttributeKey] { table.keys }

    fileprivate func rendered() -> Value {
        Self.table.rendered(self)
    }
}
