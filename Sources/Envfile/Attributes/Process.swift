extension ServiceDraft {
    /// The process and its environment.
    static let processKeys: Keys = [
        .init(
            "annotations", .container, decode: { $1.service.annotations = Labels.decoded(from: $0) },
            render: { .texts($0.annotations) }
        ).merged(.keyValues),
        .init(
            "command", .container, decode: { $1.service.command = CommandOverride.decoded(from: $0) },
            render: { $0.command.rendered() }
        ).merged(.replace),
        .init(
            "entrypoint", .container, decode: { $1.service.entrypoint = CommandOverride.decoded(from: $0) },
            render: { $0.entrypoint.rendered() }
        ).merged(.replace),
        .init(
            "env_file", .container, keys: .entries(EnvironmentFile.keys),
            decode: { $1.environmentFiles = EnvironmentFile.decodedList(from: $0) }
        ).merged(.list(.file)),
        .init(
            "environment", .container,
            decode: { cursor, draft in
                let values = EnvironmentVariables.values(from: cursor)
                draft.service.environment = values.compactMapValues(\.self)
                draft.service.unsetVariables = values.filter { $0.value == nil }.keys.sorted()
            },
            render: { $0.renderedEnvironment }
        ).merged(.keyValues),
        .init(
            "image", .image, decode: { $1.image = imageReference(from: $0) },
            render: { $0.isImageGiven ? .string($0.image) : nil }),
        .init(
            "init", .container, decode: { $1.usesInit = $0.bool() },
            render: { $0.isInitGiven ? .bool($0.usesInit) : nil }),
        .init("label_file", .container, decode: { $1.labelFiles = $0.stringOrList() ?? [] }).merged(.list(.file)),
        .init(
            "labels", .container, decode: { $1.service.labels = Labels.decoded(from: $0) },
            render: { .texts($0.labels) }
        ).merged(.keyValues),
        .init(
            "read_only", .container, decode: { $1.service.isReadOnly = $0.bool() ?? false },
            render: { .flag($0.isReadOnly) }),
        .init(
            "stdin_open", .container, decode: { $1.service.keepsInputOpen = $0.bool() ?? false },
            render: { .flag($0.keepsInputOpen) }),
        .init(
            "tty", .container, decode: { $1.service.hasTerminal = $0.bool() ?? false },
            render: { .flag($0.hasTerminal) }),
        .init("user", .container, decode: { $1.service.user = $0.nonEmptyString() }, render: { .text($0.user) }),
        .init(
            "working_dir", .container, decode: { $1.service.workingDirectory = workingDirectory(from: $0) },
            render: { .text($0.workingDirectory) }),
    ]

    private static func imageReference(from cursor: Cursor) -> String? {
        guard let text = cursor.string() else { return nil }
        if text.isEmpty {
            cursor.error("\(cursor.path) must name an image, but is empty", expected: "an image reference")
            return nil
        }
        if text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) { return text }
        cursor.unusable(
            "\(cursor.path) must name an image, but contains blanks", expected: "an image reference")
        return text
    }

    private static func workingDirectory(from cursor: Cursor) -> String? {
        guard let text = cursor.nonEmptyString() else { return nil }
        if !text.hasPrefix("/") {
            cursor.unusable("\(cursor.path) must be an absolute path, but is `\(text)`", expected: "an absolute path")
        }
        return text
    }
}

extension Service {
    /// A variable that is not set is `null`.
    fileprivate var renderedEnvironment: Value? {
        let set = environment.map { ($0.key, Optional(Value.string($0.value))) }
        let members = set + unsetVariables.map { ($0, Optional(Value.null)) }
        return members.isEmpty ? nil : .sorted(members)
    }
}
