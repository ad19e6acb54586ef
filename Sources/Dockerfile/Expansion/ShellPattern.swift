/// A pattern of `${NAME#pattern}` and its like: `*` is any text, `?` any character; a backslash takes their meaning away.
///
/// Source: Dockerfile reference, "Environment replacement"; bracket expressions are not part of it.
struct ShellPattern {
    private enum Token: Hashable {
        case literal(Unicode.Scalar), one, many
    }

    private var tokens: [Token] = []

    /// - Returns: `nil` when a backslash precedes a character without a special meaning.
    init?(_ text: ArraySlice<Unicode.Scalar>) {
        var rest = text
        while let scalar = rest.popFirst() {
            switch scalar {
            case "*": if tokens.last != .many { tokens.append(.many) }
            case "?": tokens.append(.one)
            case "\\":
                guard let escaped = rest.popFirst(), "*?\\}/".unicodeScalars.contains(escaped) else { return nil }
                tokens.append(.literal(escaped))
            default: tokens.append(.literal(scalar))
            }
        }
    }

    private init(tokens: [Token]) {
        self.tokens = tokens
    }

    func removingPrefix(of text: [Unicode.Scalar], longest: Bool) -> [Unicode.Scalar] {
        guard let length = match(text[...], longest: longest) else { return text }
        return Array(text[length...])
    }

    func removingSuffix(of text: [Unicode.Scalar], longest: Bool) -> [Unicode.Scalar] {
        let mirrored = ShellPattern(tokens: tokens.reversed())
        return mirrored.removingPrefix(of: text.reversed(), longest: longest).reversed()
    }

    /// Replaces the first match or all matches, each as long as possible.
    func replacing(in text: [Unicode.Scalar], with replacement: [Unicode.Scalar], all: Bool) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        var index = 0
        var end = -1
        while index <= text.count {
            let length = match(text[index...], longest: true)
            if length == nil, tokens.first == .many { break }
            if let length, length > 0 || index != end {
                result += replacement
                index += length
                end = index
                if !all { break }
                if length > 0 { continue }
            }
            guard index < text.count else { break }
            result.append(text[index])
            index += 1
        }
        return result + text[min(index, text.count)...]
    }

    /// How much of the start of the text the pattern matches; `nil` for no match.
    private func match(_ text: ArraySlice<Unicode.Scalar>, longest: Bool) -> Int? {
        // The possible next tokens, with `tokens.count` for a match.
        var states = closure([0])
        var found = states.contains(tokens.count) ? 0 : nil as Int?
        for (offset, scalar) in text.enumerated() {
            if states.isEmpty || (found != nil && !longest) { break }
            var next: Set<Int> = []
            for state in states where state < tokens.count {
                switch tokens[state] {
                case .many: next.insert(state)
                case .one: next.insert(state + 1)
                case .literal(let wanted): if wanted == scalar { next.insert(state + 1) }
                }
            }
            states = closure(next)
            if states.contains(tokens.count) { found = offset + 1 }
        }
        return found
    }

    /// `*` may match nothing.
    private func closure(_ states: Set<Int>) -> Set<Int> {
        var result = states
        for state in states.sorted() {
            var state = state
            while state < tokens.count, tokens[state] == .many {
                state += 1
                result.insert(state)
            }
        }
        return result
    }
}
