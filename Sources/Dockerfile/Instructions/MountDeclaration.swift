internal import Diagnostics

/// A `--mount` of `RUN` as written: options with unreplaced variables.
///
/// Source: Dockerfile reference, "RUN --mount".
package struct MountDeclaration: Hashable, Sendable {
    /// The source of the files: a stage by name or number, a named context or an image. It cannot contain a variable.
    package var from: Word?
    package var location: Location
    /// In their order, `from` too.
    var options: [Option]

    struct Option: Hashable, Sendable {
        var key: Key
        /// As the user named it.
        var name: String
        /// `nil` for an option that is only named.
        var value: Word?
        var location: Location
    }

    /// One option, under any of its names.
    enum Key: Hashable, Sendable {
        case type, from, source, target, isReadOnly, isWritable, id, sharing, isRequired, size, mode, uid, gid, env
    }

    static let keys: KeyValuePairs<String, Key> = [
        "type": .type, "from": .from, "source": .source, "src": .source, "target": .target, "dst": .target,
        "destination": .target, "readonly": .isReadOnly, "ro": .isReadOnly, "readwrite": .isWritable, "rw": .isWritable,
        "id": .id, "sharing": .sharing, "required": .isRequired, "size": .size, "mode": .mode, "uid": .uid, "gid": .gid,
        "env": .env,
    ]

    /// - Throws: `Failure` for an unknown option, and for everything else when no variable is in it.
    init(_ word: Word) throws(Failure) {
        location = word.location
        options = []
        for field in try OptionList.fields(word) { options.append(try Self.option(field)) }
        for option in options where option.key == .from {
            guard let value = option.value, !value.text.isEmpty else {
                throw Failure("`from` names no stage", at: option.location)
            }
            if let dollar = value.text.firstIndex(of: "$"), value.text.index(after: dollar) < value.text.endIndex {
                throw Failure(
                    "`from` of a mount cannot hold a variable", at: value.location,
                    hint: "give the image a name with FROM and an ARG above the first FROM")
            }
            from = value
        }
        if !word.text.contains("$") { _ = try RunMount(self) { word throws(Failure) in word.text } }
    }

    private static func option(_ field: Word) throws(Failure) -> Option {
        let (name, value) = field.split(at: "=") ?? (field, nil as Word?)
        guard let key = keys.first(where: { $0.key == name.text.lowercased() })?.value else {
            throw Failure(
                "unknown option `\(name.text)` of a mount", at: name.location,
                hint: Suggestion.hint(for: name.text, in: keys.map(\.key), listing: "the options are"))
        }
        guard value != nil || [.isReadOnly, .isWritable, .isRequired].contains(key) else {
            throw Failure(
                "option `\(name.text)` of a mount needs a value", at: name.location,
                hint: "write `\(name.text)=VALUE`")
        }
        return Option(key: key, name: name.text, value: value, location: field.location)
    }
}

/// Fields between commas, with quotes as in CSV (RFC 4180).
enum OptionList {
    static func fields(_ word: Word) throws(Failure) -> [Word] {
        var fields: [Word] = []
        let scalars = Array(word.text.unicodeScalars)
        // Places are exact only when the file contains the word unchanged.
        let isExact =
            word.location.start.line == word.location.end.line
            && word.location.end.column - word.location.start.column == scalars.count
        var index = 0
        repeat {
            let start = index
            let (text, end) = try field(scalars, from: start, of: word)
            var location = word.location
            if isExact {
                location.start.column += start
                location.end.column = word.location.start.column + end
            }
            fields.append(Word(text: text, location: location))
            index = end + 1
        } while index <= scalars.count
        return fields
    }

    private static func field(
        _ scalars: [Unicode.Scalar], from start: Int, of word: Word
    ) throws(Failure) -> (String, Int) {
        guard start < scalars.count, scalars[start] == "\"" else {
            let end = scalars[start...].firstIndex(of: ",") ?? scalars.count
            return (String(scalars: scalars[start..<end]), end)
        }
        var text: [Unicode.Scalar] = []
        var index = start + 1
        while index < scalars.count {
            if scalars[index] == "\"" {
                guard index + 1 < scalars.count, scalars[index + 1] == "\"" else { break }
                index += 1
            }
            text.append(scalars[index])
            index += 1
        }
        guard index < scalars.count, index + 1 == scalars.count || scalars[index + 1] == "," else {
            throw Failure("the quotes in these options do not match", at: word.location)
        }
        return (String(scalars: text), index + 1)
    }
}
