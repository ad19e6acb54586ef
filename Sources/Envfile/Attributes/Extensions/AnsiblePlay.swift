/// A playbook that the host's Ansible plays against the container: `ansible` of a step.
package struct AnsiblePlay: Hashable, Sendable {
    /// The absolute host path.
    package var playbook: String
    /// The groups of the inventory that the container is in.
    package var groups: [String]
    /// The extra variables, by name.
    package var variables: [String: Value]
    /// What `ansible-playbook` gets besides, such as `--tags`.
    package var arguments: [String]

    package init(
        playbook: String, groups: [String] = [], variables: [String: Value] = [:], arguments: [String] = []
    ) {
        self.playbook = playbook
        self.groups = groups
        self.variables = variables
        self.arguments = arguments
    }

    /// The extra variables as JSON, each by its name.
    package var variableTexts: [String: String] { variables.mapValues { $0.jsonText() } }

    /// All extra variables as one JSON object.
    package var variablesText: String {
        Value.map(variables.sorted { $0.key < $1.key }.map { Value.Member($0.key, $0.value) }).jsonText()
    }

    /// The texts in which `${PORT:web:80}` is the number of a host port.
    package var texts: [String] { arguments + variableTexts.sorted { $0.key < $1.key }.map(\.value) }
}

extension AnsiblePlay {
    /// A playbook, or a mapping with one.
    static func decoded(from cursor: Cursor) -> AnsiblePlay? {
        var play = AnsiblePlay(playbook: "")
        if cursor.stringValue != nil {
            play.playbook = path(at: cursor) ?? ""
        } else if cursor.entries != nil {
            table.decode(cursor, into: &play)
            cursor.requireKeys("playbook")
        } else {
            cursor.mismatch("a playbook or a mapping with a `playbook`")
        }
        return play.playbook.isEmpty ? nil : play
    }

    private static func path(at cursor: Cursor) -> String? {
        cursor.nonEmptyString().flatMap { HostPath.resolved($0, at: cursor) }
    }

    private static let table = AttributeTable<AnsiblePlay, AnsiblePlay>([
        .init(
            "arguments", decode: { $1.arguments = ($0.strings() ?? []).map(\.value) },
            render: { .texts($0.arguments) }),
        .init(
            "extra_vars",
            decode: { cursor, play in
                for entry in cursor.mapping() ?? [] { play.variables[entry.key.name] = Value(entry.value.node) }
            }, render: { model in .members(model.variables.map { $0 }) { ($0.key, $0.value) } }),
        .init(
            "groups", decode: { $1.groups = groups(at: $0) }, render: { .texts($0.groups) }),
        .init("playbook", decode: { $1.playbook = path(at: $0) ?? "" }, render: { .text($0.playbook) }),
    ])

    /// Names that Ansible takes: letters, digits and `_`.
    private static func groups(at cursor: Cursor) -> [String] {
        (cursor.strings() ?? []).compactMap { group in
            let isName =
                group.value.utf8.allSatisfy { $0.isAlphanumeric || $0 == UInt8(ascii: "_") }
                && group.value.first?.isNumber == false
            guard !isName || ["all", "ungrouped"].contains(group.value) else { return group.value }
            Cursor(string: group, context: cursor.context).error(
                "`\(group.value)` is no name of a group of Ansible's", expected: "letters, digits and `_`")
            return nil
        }
    }

    static var keys: [AttributeKey] { table.keys }

    func rendered() -> Value { Self.table.rendered(self) }
}
