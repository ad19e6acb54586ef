/// The versions of Trice that can read a file: `requires`, such as `">=0.1, <2"`.
package struct VersionRequirement: Hashable, Sendable, CustomStringConvertible {
    /// How a version compares with the one that is written.
    package enum Operator: String, Hashable, Sendable, CaseIterable {
        case equal = "="
        case notEqual = "!="
        case atLeast = ">="
        case greater = ">"
        case atMost = "<="
        case less = "<"
        /// At least the version, and below the next of its last number but one: `~>1.2` is `>=1.2` and `<2`.
        case compatible = "~>"
    }

    /// One comparison, such as `>=0.4`.
    package struct Constraint: Hashable, Sendable, CustomStringConvertible {
        package var comparison: Operator
        package var version: ReleaseVersion

        package init(_ comparison: Operator, _ version: ReleaseVersion) {
            self.comparison = comparison
            self.version = version
        }

        package var description: String { "\(comparison.rawValue)\(version)" }
    }

    /// All of them must hold; never empty.
    package var constraints: [Constraint]

    package init(_ constraints: [Constraint]) {
        self.constraints = constraints
    }

    package var description: String { constraints.map(\.description).joined(separator: ", ") }

    /// Whether a release of Trice meets every constraint.
    package func isSatisfied(by version: ReleaseVersion) -> Bool {
        constraints.allSatisfy { $0.isSatisfied(by: version) }
    }
}

extension VersionRequirement.Constraint {
    /// Whether a release of Trice meets this constraint.
    package func isSatisfied(by candidate: ReleaseVersion) -> Bool {
        switch comparison {
        case .equal: candidate == version
        case .notEqual: candidate != version
        case .atLeast: candidate >= version
        case .greater: candidate > version
        case .atMost: candidate <= version
        case .less: candidate < version
        case .compatible: candidate >= version && candidate < upperBound
        }
    }

    private var upperBound: ReleaseVersion {
        var numbers = version.numbers.count > 1 ? Array(version.numbers.dropLast()) : version.numbers
        numbers[numbers.count - 1] += 1
        return ReleaseVersion(numbers: numbers)
    }
}

extension VersionRequirement {
    private static let expected = "a requirement such as \">=0.1\""

    /// `requires`: constraints with commas or blanks between them.
    static func decoded(from cursor: Cursor) -> VersionRequirement? {
        guard let text = cursor.stringValue, !text.isEmpty else {
            let number = cursor.scalar.flatMap { $0.type == .null || $0.text.isEmpty ? nil : $0.text }
            cursor.mismatch(expected, hint: number.map { "write \">=\($0)\"" })
            return nil
        }
        var constraints: [Constraint] = []
        var rest = text[...].drop(while: isBlank)
        while !rest.isEmpty {
            // The longest operator first: `>=` before `>`.
            let operators = Operator.allCases.sorted { $0.rawValue.count > $1.rawValue.count }
            let comparison = operators.first { rest.hasPrefix($0.rawValue) }
            rest = rest.dropFirst(comparison?.rawValue.count ?? 0).drop(while: isBlank)
            let word = rest.prefix { !isBlank($0) && $0 != "," }
            rest = rest.dropFirst(word.count).drop { isBlank($0) || $0 == "," }
            guard let comparison, let version = ReleaseVersion(String(word)) else {
                report(String(word), hasOperator: comparison != nil, at: cursor)
                return nil
            }
            constraints.append(Constraint(comparison, version))
        }
        return constraints.isEmpty ? nil : VersionRequirement(constraints)
    }

    private static func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" }

    private static func report(_ word: String, hasOperator: Bool, at cursor: Cursor) {
        if !hasOperator, ReleaseVersion(word) != nil {
            cursor.error(
                "the version \(word) in \(cursor.path) has no operator before it", expected: expected,
                hint: "write \">=\(word)\"")
        } else {
            cursor.error("`\(word)` in \(cursor.path) is no version", expected: expected)
        }
    }

    /// Reports the file as one for another version.
    ///
    /// - Parameter version: Trice's own.
    func check(_ version: ReleaseVersion, at cursor: Cursor) {
        guard !isSatisfied(by: version) else { return }
        cursor.error(
            "the file needs Trice \(self), but this is Trice \(version)", expected: "Trice \(self)",
            hint: "install a version that it names, or change `requires:`")
    }

    func rendered() -> Value { .string(description) }
}
