internal import Envfile

/// Takes secrets out of a text that is given to others.
///
/// Three rules add up: values at places that hold secrets are replaced before they are written (`blanked`), values that are
/// known to be secret are replaced wherever they appear, and so is what looks like a password in an address or an option.
struct SecretBlanking: Sendable {
    static let mark = "(blanked)"
    /// Shorter values appear by chance, and hardly are secrets.
    private static let shortest = 4

    private(set) var secrets: Set<String> = []

    /// Adds a value that must not appear.
    mutating func add(_ secret: String) {
        for part in [secret] + secret.split(whereSeparator: \.isNewline).map(String.init) {
            let text = part.trimmed
            if text.count >= Self.shortest, !Self.harmless.contains(text.lowercased()) { secrets.insert(text) }
        }
    }

    /// Words that values of variables are and that the report cannot do without.
    private static let harmless: Set<String> = [
        "true", "false", "none", "null", "root", "debug", "info", "warning", "error", "development", "production",
        "test",
        "services", "image", "trice", "localhost",
    ]

    /// The text without any secret.
    func text(_ text: String) -> String {
        var text = text
        // The longest first: one may be part of another.
        for secret in secrets.sorted(by: { ($0.count, $0) > ($1.count, $1) }) {
            text = text.replacing(secret, with: Self.mark)
        }
        text = text.replacing(/(?<scheme>[A-Za-z][A-Za-z0-9+.\-]*:\/\/)[^\/\s@"']+@/) { "\($0.scheme)\(Self.mark)@" }
        return text.replacing(
            /(?<name>(?i:pass(word|wd|phrase)?|secret|token|api[_\-]?key|credentials?)["']?\s*[=:]\s*["']?)[^\s"',}\]]+/
        ) { match in
            "\(match.name)\(Self.mark)"
        }
    }
}

// MARK: - Places of an Envfile

extension SecretBlanking {
    /// Keys whose values, or the values inside, may be secret wherever they stand.
    private static let places: Set<String> = [
        "environment", "args", "labels", "annotations", "content", "driver_opts", "options", "extra_vars",
        "additional_contexts",
    ]

    /// The tree of an Envfile with every value blanked that may be secret; the values join the secrets.
    mutating func blanked(_ value: Value) -> Value {
        switch value {
        case .map(let members):
            return .map(
                members.map { member in
                    let isSecret = Self.places.contains(member.key) || Self.isForOthers(member.key)
                    return Value.Member(member.key, isSecret ? emptied(member.value) : blanked(member.value))
                })
        case .list(let items): return .list(items.map { blanked($0) })
        case .null, .bool, .integer, .number, .string: return value
        }
    }

    /// Trice does not know what is in a key for another program.
    private static func isForOthers(_ key: String) -> Bool { key.hasPrefix("x-") && key != "x-trice" }

    /// Keys stay, values do not; of `NAME=VALUE` the name stays.
    private mutating func emptied(_ value: Value) -> Value {
        switch value {
        case .null: return .null
        case .map(let members): return .map(members.map { Value.Member($0.key, emptied($0.value)) })
        case .list(let items): return .list(items.map { emptied($0) })
        case .string(let text):
            let halves = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let isPair = halves.count == 2 && !halves[0].isEmpty && halves[0].allSatisfy(Self.isOfName)
            let hidden = isPair ? halves[1] : text
            // What only names a variable tells nothing, and its value is added by the caller.
            if !hidden.contains("${") { add(hidden) }
            return .string(isPair ? "\(halves[0])=\(Self.mark)" : Self.mark)
        case .bool, .integer, .number:
            add("\(value.scalarText)")
            return .string(Self.mark)
        }
    }

    private static func isOfName(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || "_.-".contains(character)
    }
}

extension Value {
    /// A scalar as it is written; empty for a list or a map.
    fileprivate var scalarText: String {
        switch self {
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .string(let text): text
        case .null, .list, .map: ""
        }
    }
}

extension String {
    /// Without blanks, and quotes around it.
    fileprivate var trimmed: String {
        let isEdge = { (character: Character) in character.isWhitespace || character == "\"" || character == "'" }
        return String(drop(while: isEdge).reversed().drop(while: isEdge).reversed())
    }
}
