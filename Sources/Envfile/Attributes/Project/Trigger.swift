/// Something that runs on the host around a command of Trice: an entry of `triggers`.
package struct Trigger: Hashable, Sendable {
    /// Before or after which command the trigger runs.
    package enum Moment: String, Hashable, Sendable, CaseIterable {
        case before, after
    }

    /// The commands that have triggers.
    package enum Command: String, Hashable, Sendable, CaseIterable {
        case up, down, halt, reload, provision, destroy
    }

    /// The effect of a failed trigger.
    package enum FailureAction: String, Hashable, Sendable, CaseIterable {
        case abort
        case carryOn = "continue"
    }

    package var moment: Moment
    package var command: Command
    /// The script for the shell, in the project directory.
    package var script: String
    package var onFailure: FailureAction

    package init(_ moment: Moment, _ command: Command, script: String, onFailure: FailureAction = .abort) {
        self.moment = moment
        self.command = command
        self.script = script
        self.onFailure = onFailure
    }
}

extension Trigger {
    static func decodedList(from cursor: Cursor) -> [Trigger] {
        cursor.list(ofCommandsUnder: "run").compactMap(decoded)
    }

    private static func decoded(from cursor: Cursor) -> Trigger? {
        var draft = Draft()
        guard table.decode(cursor, into: &draft) else { return nil }
        cursor.requireKeys("run")
        switch (cursor.node["before"] != nil, cursor.node["after"] != nil) {
        case (false, false): cursor.error("\(cursor.path) has neither `before` nor `after`")
        case (true, true): cursor.error("\(cursor.path) has both `before` and `after`", hint: "write two triggers")
        default: break
        }
        guard let (moment, command) = draft.place, let script = draft.script else { return nil }
        return Trigger(moment, command, script: script, onFailure: draft.onFailure)
    }

    private struct Draft {
        var place: (Moment, Command)?
        var script: String?
        var onFailure = FailureAction.abort
    }

    private static let table = DecodingTable<Draft>([
        .init("after", decode: { cursor, draft in draft.place = cursor.choice(Command.self).map { (.after, $0) } }),
        .init("before", decode: { cursor, draft in draft.place = cursor.choice(Command.self).map { (.before, $0) } }),
        .init("on_error", decode: { $1.onFailure = $0.choice(FailureAction.self) ?? .abort }),
        .init("run", decode: { $1.script = $0.script() }),
    ])

    static var keys: [AttributeKey] { table.keys }

    func rendered() -> Value {
        .object([
            (moment.rawValue, .string(command.rawValue)),
            ("on_error", onFailure == .abort ? nil : .string(onFailure.rawValue)), ("run", .string(script)),
        ])
    }
}

extension Cursor {
    /// Text for a shell, which must say something.
    func script() -> String? {
        guard let text = string() else { return nil }
        if text.contains(where: { !$0.isWhitespace }) { return text }
        error("\(path) must say what to run, but is empty")
        return nil
    }
}
