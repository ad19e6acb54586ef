/// A pattern of file paths as Go's `filepath.Match` knows it, with `**` for any number of directories.
///
/// `*` and `?` do not match a slash, `[a-z]` and `[^a-z]` are classes, a backslash takes a meaning away. `**` is what
/// Docker's ignore files, `--exclude` and `--parents` add. Source: Go's `path/filepath.Match`; Dockerfile reference,
/// ".dockerignore files".
package struct PathPattern: Hashable, Sendable {
    package let text: String
    private let tokens: [Token]
    /// The only path that it matches; `nil` for a pattern with wildcards.
    private let literal: String?

    private enum Token: Hashable {
        case literal(Unicode.Scalar)
        /// Any scalar but a slash.
        case one
        case group(isNegated: Bool, [ClosedRange<Unicode.Scalar>])
        /// Any text without a slash.
        case many
        /// Nothing, or any text that ends with a slash.
        case directories
        case anything
    }

    /// - Parameter doubleStar: Whether `**` matches slashes; otherwise it is like `*`, as in `COPY` without `--parents`.
    /// - Returns: `nil` for a class without an end, or with nothing in it, and for a backslash at the end.
    package init?(_ text: String, doubleStar: Bool = true) {
        var reader = TokenReader(text, doubleStar: doubleStar)
        guard let tokens = reader.tokens() else { return nil }
        self.text = text
        self.tokens = tokens
        var plain = String.UnicodeScalarView()
        for case .literal(let scalar) in tokens { plain.append(scalar) }
        literal = plain.count == tokens.count ? String(plain) : nil
    }

    /// Whether the pattern is more than a plain path.
    package var hasWildcards: Bool { literal == nil }

    /// Whether it matches all of the path.
    package func matches(_ path: String) -> Bool {
        // By scalars, as everywhere here: equal text may have other scalars.
        if let literal { return literal.utf8.elementsEqual(path.utf8) }
        return reach(Array(path.unicodeScalars)).last?.last ?? false
    }

    /// Whether it can match something below the directory.
    package func canMatch(below directory: String) -> Bool {
        reach(Array("\(directory)/".unicodeScalars)).dropLast().contains { $0.last ?? false }
    }

    /// Which lengths of the path each number of tokens can match: as many rows as tokens, and one for none.
    private func reach(_ path: [Unicode.Scalar]) -> [[Bool]] {
        var row = [Bool](repeating: false, count: path.count + 1)
        row[0] = true
        var rows = [row]
        for token in tokens {
            row = Self.advance(row, over: path, by: token)
            rows.append(row)
        }
        return rows
    }

    private static func advance(_ row: [Bool], over path: [Unicode.Scalar], by token: Token) -> [Bool] {
        var next = [Bool](repeating: false, count: row.count)
        var isOpen = false
        switch token {
        case .many, .anything:
            for index in row.indices {
                if index > 0, token == .many, path[index - 1] == "/" { isOpen = false }
                isOpen = isOpen || row[index]
                next[index] = isOpen
            }
        case .directories:
            for index in row.indices {
                next[index] = row[index] || (isOpen && path[index - 1] == "/")
                isOpen = isOpen || row[index]
            }
        default:
            for index in path.indices where row[index] { next[index + 1] = matches(path[index], token) }
        }
        return next
    }

    private static func matches(_ scalar: Unicode.Scalar, _ token: Token) -> Bool {
        switch token {
        case .literal(let wanted): scalar == wanted
        case .one: scalar != "/"
        case .group(let isNegated, let ranges): ranges.contains { $0.contains(scalar) } != isNegated
        default: false
        }
    }
}

extension PathPattern {
    /// Reads a pattern from left to right.
    private struct TokenReader {
        private let doubleStar: Bool
        private let scalars: [Unicode.Scalar]
        private var index = 0

        init(_ text: String, doubleStar: Bool) {
            self.doubleStar = doubleStar
            scalars = Array(text.unicodeScalars)
        }

        private var peek: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

        mutating func tokens() -> [Token]? {
            var tokens: [Token] = []
            while let scalar = peek {
                index += 1
                switch scalar {
                case "*": tokens.append(star())
                case "?": tokens.append(.one)
                case "[":
                    guard let group = group() else { return nil }
                    tokens.append(group)
                case "\\":
                    guard let escaped = peek else { return nil }
                    index += 1
                    tokens.append(.literal(escaped))
                default: tokens.append(.literal(scalar))
                }
            }
            return tokens
        }

        /// The meaning of a star, depending on the following stars. A slash after two stars belongs to them.
        private mutating func star() -> Token {
            guard doubleStar else {
                while peek == "*" { index += 1 }
                return .many
            }
            guard peek == "*" else { return .many }
            let isAtStart = index == 1
            index += 1
            let hasSlash = peek == "/"
            if hasSlash { index += 1 }
            if peek == nil { return .anything }
            // `**x` at the start is any path that ends with x, when x has no wildcard.
            let isSuffix =
                isAtStart && !hasSlash && !scalars[index...].contains { "*?[]\\".unicodeScalars.contains($0) }
            return isSuffix ? .anything : .directories
        }

        private mutating func group() -> Token? {
            let isNegated = peek == "^"
            if isNegated { index += 1 }
            var ranges: [ClosedRange<Unicode.Scalar>] = []
            while true {
                if peek == "]", !ranges.isEmpty {
                    index += 1
                    return .group(isNegated: isNegated, ranges)
                }
                guard let low = member() else { return nil }
                guard peek == "-" else {
                    ranges.append(low...low)
                    continue
                }
                index += 1
                guard let high = member() else { return nil }
                // A range whose end is before its start is empty, and valid.
                ranges.append(low <= high ? low...high : "\u{0}"..."\u{0}")
            }
        }

        private mutating func member() -> Unicode.Scalar? {
            guard let scalar = peek, scalar != "-", scalar != "]" else { return nil }
            index += 1
            guard scalar == "\\" else { return scalar }
            guard let escaped = peek else { return nil }
            index += 1
            return escaped
        }
    }
}
