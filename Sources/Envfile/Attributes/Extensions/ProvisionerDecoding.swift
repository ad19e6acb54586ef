extension Provisioner {
    /// `provision` of a service: a list of steps.
    static func decodedList(from cursor: Cursor) -> [Provisioner] {
        var names: Set<String> = []
        return cursor.list(ofCommandsUnder: "shell").enumerated().compactMap { index, item in
            guard let step = decoded(at: index, from: item) else { return nil }
            if !names.insert(step.name).inserted {
                item.error(
                    "\(item.path) is called `\(step.name)`, as a step before it is", hint: "give it its own name")
            }
            return step
        }
    }

    private static func decoded(at index: Int, from cursor: Cursor) -> Provisioner? {
        var draft = Draft()
        guard table.decode(cursor, into: &draft) else { return nil }
        let actions = ["shell", "copy", "ansible"].filter { cursor.node[$0] != nil }
        if actions.isEmpty {
            cursor.error("\(cursor.path) does not say what to do", expected: "`shell`, `copy` or `ansible`")
        } else if actions.count > 1 {
            cursor.error("\(cursor.path) has both `\(actions[0])` and `\(actions[1])`", hint: "write two steps")
        }
        if cursor.node["working_dir"] != nil, actions == ["ansible"] {
            cursor.warning(
                "`working_dir` of \(cursor.path) means nothing with `ansible`",
                hint: "Ansible runs on the host, in the project directory")
        }
        if cursor.node["inputs"] != nil, draft.policy != .changed {
            cursor.warning(
                "`inputs` of \(cursor.path) mean nothing without `run: changed`", hint: "add `run: changed`")
        }
        guard let action = draft.action else { return nil }
        return Provisioner(
            name: draft.name ?? String(index + 1), action, policy: draft.policy, inputs: draft.inputs,
            user: draft.user, workingDirectory: draft.workingDirectory, environment: draft.environment)
    }

    private struct Draft {
        var name: String?
        var action: Action?
        var policy = Policy.once
        var inputs: [String] = []
        var user: String?
        var workingDirectory: String?
        var environment: [String: String] = [:]
    }

    private static let table = DecodingTable<Draft>([
        .init(
            "ansible", keys: .fields(AnsiblePlay.keys),
            decode: { cursor, draft in draft.action = AnsiblePlay.decoded(from: cursor).map { .ansible($0) } }),
        .init(
            "copy", keys: .fields(Copy.keys),
            decode: { cursor, draft in draft.action = Copy.decoded(from: cursor).map { .copy($0) } }),
        .init("environment", decode: { $1.environment = EnvironmentVariables.decoded(from: $0) }),
        .init("inputs", decode: { $1.inputs = ($0.stringOrList() ?? []).map(\.value).filter { !$0.isEmpty } }),
        .init("name", decode: { $1.name = $0.nonEmptyString() }),
        .init("run", decode: { $1.policy = $0.choice(Policy.self) ?? .once }),
        .init("shell", keys: .fields(Script.keys), decode: { $1.action = Script.decoded(from: $0) }),
        .init("user", decode: { $1.user = $0.nonEmptyString() }),
        .init("working_dir", decode: { $1.workingDirectory = $0.containerPath() }),
    ])

    static var keys: [AttributeKey] { table.keys }

    func rendered() -> Value {
        var copied: Value?
        var played: Value?
        var shell: Value?
        switch action {
        case .ansible(let play): played = play.rendered()
        case .shell(let text): shell = .string(text)
        case .script(let path, let arguments):
            shell = .object([("args", .texts(arguments)), ("path", .string(path))])
        case .copy(let copy): copied = copy.rendered()
        }
        return .object([
            ("ansible", played), ("copy", copied), ("environment", .texts(environment)), ("inputs", .texts(inputs)),
            ("name", .string(name)),
            ("run", policy == .once ? nil : .string(policy.rawValue)), ("shell", shell), ("user", .text(user)),
            ("working_dir", .text(workingDirectory)),
        ])
    }
}

/// `shell` of a step: text, or a script with its arguments.
private struct Script {
    var path: String?
    var arguments: [String] = []

    static func decoded(from cursor: Cursor) -> Provisioner.Action? {
        if cursor.stringValue != nil { return cursor.script().map { .shell($0) } }
        guard cursor.entries != nil else {
            cursor.mismatch("a string or a mapping with a `path`")
            return nil
        }
        var script = Script()
        table.decode(cursor, into: &script)
        cursor.requireKeys("path")
        return script.path.map { .script(path: $0, arguments: script.arguments) }
    }

    private static let table = DecodingTable<Script>([
        .init("args", decode: { $1.arguments = ($0.strings() ?? []).map(\.value) }),
        .init(
            "path",
            decode: { cursor, script in
                script.path = cursor.nonEmptyString().flatMap { HostPath.resolved($0, at: cursor) }
            }),
    ])

    fileprivate static var keys: [AttributeKey] { table.keys }
}

extension Provisioner.Copy {
    fileprivate static func decoded(from cursor: Cursor) -> Self? {
        var copy = Self(source: "", target: "")
        guard table.decode(cursor, into: &copy) else { return nil }
        cursor.requireKeys("source", "target")
        return copy.source.isEmpty || copy.target.isEmpty ? nil : copy
    }

    private static let table = AttributeTable<Self, Self>([
        .init(
            "mode", decode: { $1.mode = FileMode.decoded(from: $0) },
            render: { model in model.mode.map { .string("0" + String($0, radix: 8)) } }),
        .init("owner", decode: { $1.owner = $0.nonEmptyString() }, render: { .text($0.owner) }),
        .init(
            "source",
            decode: { cursor, copy in
                guard let text = cursor.nonEmptyString() else { return }
                copy.source = HostPath.resolved(text, at: cursor) ?? ""
                copy.copiesContents = text.hasSuffix("/")
            }, render: { .string($0.copiesContents && $0.source != "/" ? $0.source + "/" : $0.source) }),
        .init("target", decode: { $1.target = $0.containerPath() ?? "" }, render: { .string($0.target) }),
    ])

    static var keys: [AttributeKey] { table.keys }

    fileprivate func rendered() -> Value {
        Self.table.rendered(self)
    }
}
