internal import Diagnostics

/// The flags of one instruction, checked against those that it knows.
struct FlagReader {
    enum Form {
        case boolean, text, list
    }

    private let node: Node
    private var values: [String: [Word]] = [:]

    /// - Throws: `Failure` for an unknown flag, one given twice and one without its value.
    init(_ node: Node, _ known: KeyValuePairs<String, Form> = [:]) throws(Failure) {
        self.node = node
        let forms = Dictionary(uniqueKeysWithValues: known.map { ($0.key, $0.value) })
        for flag in node.flags {
            let (name, value) = flag.split(at: "=") ?? (flag, nil as Word?)
            let bare = String(name.text.dropFirst(2))
            guard let form = forms[bare] else { throw Self.unknown(name, in: node, known.map(\.key)) }
            guard values[bare] == nil || form == .list else {
                throw Failure("`--\(bare)` is given twice", at: flag.location)
            }
            if form != .boolean, value == nil {
                throw Failure("`--\(bare)` needs a value", at: flag.location, hint: "write `--\(bare)=VALUE`")
            }
            let truth = Word(text: "true", location: flag.location)
            values[bare, default: []].append(value ?? truth)
        }
    }

    private static func unknown(_ name: Word, in node: Node, _ known: [String]) -> Failure {
        let keyword = node.keyword.text.uppercased()
        let hint =
            known.isEmpty
            ? "\(keyword) has no flags"
            : Suggestion.hint(for: name.text, in: known.map { "--\($0)" }, listing: "the flags of \(keyword) are")
        return Failure("unknown flag `\(name.text)` of \(keyword)", at: name.location, hint: hint)
    }

    func word(_ name: String) -> Word? { values[name]?.first }

    func words(_ name: String) -> [Word] { values[name] ?? [] }

    /// - Returns: `nil` when the flag is not given.
    func boolean(_ name: String) throws(Failure) -> Bool? {
        guard let word = word(name) else { return nil }
        switch word.text.lowercased() {
        case "true": return true
        case "false": return false
        default:
            throw Failure("`--\(name)` can be true or false, not `\(word.text)`", at: word.location)
        }
    }

    func choice<Value: RawRepresentable & CaseIterable>(
        _ name: String, default fallback: Value
    ) throws(Failure) -> Value where Value.RawValue == String {
        guard let word = word(name) else { return fallback }
        guard let value = Value(rawValue: word.text) else {
            let names = Value.allCases.map(\.rawValue)
            throw Failure(
                "`\(word.text)` is no value of `--\(name)`", at: word.location,
                hint: Suggestion.hint(for: word.text, in: names, listing: "it can be"))
        }
        return value
    }
}
