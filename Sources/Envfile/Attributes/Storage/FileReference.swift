/// A secret or config that a service, or the build of one, gets as a file.
package struct FileReference: Hashable, Sendable {
    /// The attribute that grants it.
    package enum Kind: Hashable, Sendable {
        case secret, config
        /// A secret of a build; its target is an id.
        case buildSecret
    }

    package var kind: Kind
    /// The key under the top-level `secrets:` or `configs:`.
    package var source: String
    /// The target as written; by default `/run/secrets/SOURCE`, `/SOURCE`, or the source as ID.
    package var target: String
    /// The owner's ids, as written; `nil` for root's.
    package var user: String?
    package var group: String?
    /// Permission bits such as `0o440`; `nil` for `0o444`.
    package var mode: UInt32?
    /// What the file holds; `nil` where nothing says it, which has been reported, and for a build.
    package var content: [UInt8]?

    package init(
        _ kind: Kind, source: String, target: String? = nil, user: String? = nil, group: String? = nil,
        mode: UInt32? = nil
    ) {
        self.kind = kind
        self.source = source
        self.target = target ?? kind.defaultTarget(for: source)
        self.user = user
        self.group = group
        self.mode = mode
    }

    /// The absolute path of the file in the container.
    package var containerPath: String {
        if target.hasPrefix("/") { return target }
        return kind == .config ? "/" + target : "/run/secrets/" + target
    }
}

extension FileReference.Kind {
    fileprivate func defaultTarget(for source: String) -> String {
        switch self {
        case .secret: "/run/secrets/" + source
        case .config: "/" + source
        case .buildSecret: source
        }
    }
}

extension FileReference {
    /// `secrets` or `configs`: a list of names and of mappings.
    static func decodedList(_ kind: Kind, from cursor: Cursor) -> [Located<FileReference>] {
        (cursor.list() ?? []).compactMap { item in decoded(kind, from: item).map(item.located) }
    }

    private static func decoded(_ kind: Kind, from cursor: Cursor) -> FileReference? {
        if cursor.entries != nil {
            var draft = Draft()
            table.decode(cursor, into: &draft)
            guard let source = draft.source else {
                cursor.requireKeys("source")
                return nil
            }
            return FileReference(
                kind, source: source, target: draft.target, user: draft.user, group: draft.group, mode: draft.mode)
        }
        guard let text = cursor.stringValue else {
            cursor.mismatch("a name or a mapping")
            return nil
        }
        return name(text, at: cursor).map { FileReference(kind, source: $0) }
    }

    private static func name(_ text: String, at cursor: Cursor) -> String? {
        if !text.isEmpty { return text }
        cursor.error("\(cursor.path) must be a name, but is empty")
        return nil
    }

    private struct Draft {
        var source: String?
        var target: String?
        var user: String?
        var group: String?
        var mode: UInt32?
    }

    private static let table = AttributeTable<Draft, FileReference>([
        .init(
            "source", decode: { cursor, draft in draft.source = cursor.string().flatMap { name($0, at: cursor) } },
            render: { .string($0.source) }),
        .init(
            "target", decode: { $1.target = $0.nonEmptyString() },
            render: { $0.isTargetImplied ? nil : .string($0.target) }),
        .init("uid", decode: { $1.user = identifier(from: $0) }, render: { .text($0.user) }),
        .init("gid", decode: { $1.group = identifier(from: $0) }, render: { .text($0.group) }),
        .init(
            "mode", decode: { $1.mode = NumericMode.decoded(from: $0) },
            render: { model in model.mode.map { .integer(Int($0)) } }),
    ])

    /// The text of an id as written; another text is reported.
    private static func identifier(from cursor: Cursor) -> String? {
        guard let text = cursor.nonEmptyString() else { return nil }
        if UInt32(text) == nil {
            cursor.unusable("\(cursor.path) must be a number, but is `\(text)`", expected: "an id such as \"1000\"")
        }
        return text
    }

    static var keys: [AttributeKey] { table.keys }

    /// A default target of a config or a build secret is left out, as in Compose.
    func rendered() -> Value { Self.table.rendered(self) }

    /// A secret's target is always shown.
    private var isTargetImplied: Bool { kind != .secret && target == kind.defaultTarget(for: source) }
}

/// Modes as Compose reads those of secrets and configs: a string is octal, and so is a number that begins with 0;
/// any other number is decimal.
enum NumericMode {
    static func decoded(from cursor: Cursor) -> UInt32? {
        guard let scalar = cursor.scalar, scalar.type == .integer || scalar.type == .string else {
            cursor.mismatch(FileMode.expected)
            return nil
        }
        let isDecimal = scalar.type == .integer && scalar.style == .plain && !scalar.text.hasPrefix("0")
        let mode = isDecimal ? UInt32(scalar.text) : FileMode.parse(scalar.text)
        guard let mode, mode <= 0o7777 else {
            cursor.error("`\(scalar.text)` is no mode", expected: FileMode.expected)
            return nil
        }
        if isDecimal, looksOctal(scalar.text) {
            cursor.warning(
                "\(cursor.path) is the decimal number \(scalar.text), which is the mode 0\(String(mode, radix: 8))",
                hint: "write 0\(scalar.text) for an octal mode")
        }
        return mode
    }

    /// Whether the digits are those of an ordinary mode, in which the owner has at least the group's permissions, and
    /// the group those of others.
    private static func looksOctal(_ text: String) -> Bool {
        let digits = text.utf8.map { $0 &- UInt8(ascii: "0") }
        guard digits.count == 3, digits.allSatisfy({ $0 < 8 }) else { return false }
        return digits[0] & 4 != 0 && digits[0] != 5 && digits[0] | digits[1] == digits[0]
            && digits[1] | digits[2] == digits[1]
    }
}
