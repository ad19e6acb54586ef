internal import Diagnostics

/// Takes one logical line apart: keyword, flags, arguments.
struct NodeParser {
    let text: LocatedText
    let escape: Unicode.Scalar
    /// Whether this is what follows an `ONBUILD`: deeper ones are refused, so that nesting has an end.
    var isTrigger = false

    /// - Throws: `Failure` for an unknown keyword and for arguments that cannot be taken apart.
    func node(in range: Range<Int>) throws(Failure) -> Node {
        let range = text.trimmed(range)
        let parts = text.split(range, limit: 2)
        let keyword = text.word(parts[0])
        var flags: [Word] = []
        var rest = range.upperBound..<range.upperBound
        if parts.count == 2 {
            var splitter = WordSplitter(text: text, escape: escape, range: parts[1])
            flags = splitter.flags()
            rest = text.trimmed(splitter.rest)
        }
        return Node(
            keyword: keyword, flags: flags, arguments: try arguments(of: keyword, in: rest),
            original: text.string(range), location: text.location(range), rest: text.location(rest))
    }

    private func arguments(of keyword: Word, in rest: Range<Int>) throws(Failure) -> Node.Arguments {
        guard let known = Keyword(rawValue: keyword.text.uppercased()) else {
            let hint = Suggestion.hint(
                for: keyword.text.uppercased(), in: Keyword.allCases.map(\.rawValue), listing: "the instructions are")
            throw Failure("unknown instruction `\(keyword.text)`", at: keyword.location, hint: hint)
        }
        guard !rest.isEmpty else { return .none }
        switch known {
        case .add, .copy, .volume:
            return try json(in: rest) ?? .words(words(in: rest))
        case .cmd, .entrypoint, .run, .shell:
            return try json(in: rest) ?? .text(text.word(rest))
        case .from, .expose: return .words(words(in: rest))
        case .maintainer, .stopSignal, .user, .workdir: return .text(text.word(rest))
        case .arg: return .words(quotedWords(in: rest))
        case .env, .label: return try pairs(in: rest, keyword: known)
        case .healthcheck: return try check(in: rest)
        case .onbuild: return try trigger(in: rest)
        }
    }

    private func words(in rest: Range<Int>) -> [Word] { text.split(rest).map { text.word($0) } }

    private func quotedWords(in rest: Range<Int>) -> [Word] {
        var splitter = WordSplitter(text: text, escape: escape, range: rest)
        return splitter.words()
    }

    /// - Returns: `nil` when the rest is no JSON array at all.
    private func json(in rest: Range<Int>) throws(Failure) -> Node.Arguments? {
        var scanner = JSONArrayScanner(text: text, range: rest)
        switch scanner.scan() {
        case .strings(let words): return .json(words)
        case .otherValue(let location):
            throw Failure("a JSON array here can hold strings only", at: location, hint: "write the value in quotes")
        case .notJSON: return nil
        }
    }

    private func pairs(in rest: Range<Int>, keyword: Keyword) throws(Failure) -> Node.Arguments {
        let words = quotedWords(in: rest)
        guard let first = words.first else { return .none }
        guard first.text.contains("=") else {
            let parts = text.split(rest, limit: 2)
            guard parts.count == 2 else {
                throw Failure(
                    "`\(keyword.rawValue) \(first.text)` has no value", at: first.location,
                    hint: "write `\(keyword.rawValue) \(first.text)=VALUE`")
            }
            return .pairs([Node.Pair(name: text.word(parts[0]), value: text.word(parts[1]), isLegacy: true)])
        }
        var pairs: [Node.Pair] = []
        for word in words {
            guard let (name, value) = word.split(at: "=") else {
                throw Failure(
                    "`\(word.text)` is not of the form NAME=VALUE", at: word.location,
                    hint: "put quotes around a value with blanks in it")
            }
            pairs.append(Node.Pair(name: name, value: value, isLegacy: false))
        }
        return .pairs(pairs)
    }

    private func check(in rest: Range<Int>) throws(Failure) -> Node.Arguments {
        let end = text.scalars[rest].firstIndex { $0.isWhitespace } ?? rest.upperBound
        let command = text.trimmed(end..<rest.upperBound)
        let kind = text.word(rest.lowerBound..<end)
        guard !command.isEmpty else { return .check(kind, .none) }
        return .check(kind, try json(in: command) ?? .text(text.word(command)))
    }

    private func trigger(in rest: Range<Int>) throws(Failure) -> Node.Arguments {
        guard !isTrigger else {
            throw Failure("an ONBUILD cannot be the trigger of another one", at: text.location(rest))
        }
        return .instruction(try NodeParser(text: text, escape: escape, isTrigger: true).node(in: rest))
    }
}

extension Word {
    /// The parts before and behind the first such character.
    func split(at separator: Character) -> (Word, Word)? {
        guard let index = text.firstIndex(of: separator) else { return nil }
        let before = String(text[..<index])
        var left = self
        var right = self
        left.text = before
        right.text = String(text[text.index(after: index)...])
        // Places are exact only when the file contains the word unchanged.
        let width = text.unicodeScalars.count
        if location.start.line == location.end.line, location.end.column - location.start.column == width {
            left.location.end.column = location.start.column + before.unicodeScalars.count
            right.location.start.column = left.location.end.column + 1
        }
        return (left, right)
    }
}
