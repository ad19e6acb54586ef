/// What tells one environment on a host from all others: `name-1a2b3c4d`, or a name given by hand.
///
/// It names directories, cgroups and tables of the packet filter, so it has 1 to 112 letters, digits, `.`, `_` and
/// `-`, and begins with a letter or digit. A string literal that is not such a name is a programmer's mistake and stops
/// the program.
package struct EnvironmentID: TextualValue, Comparable, ExpressibleByStringLiteral {
    /// The most bytes that an id has: with a service's name and a number it names directories and cgroups, for which
    /// the kernel takes 255.
    package static let longest = 112
    /// The most bytes of a project's name, which a hash of its directory follows.
    package static let longestProjectName = longest - 9

    package let text: String

    package init(_ text: String) throws(InvalidValue) {
        guard Self.isValid(text) else {
            throw InvalidValue(
                text,
                "cannot name an environment: use 1 to \(Self.longest) letters, digits, `.`, `_` and `-`, and begin with "
                    + "a letter or digit")
        }
        self.text = text
    }

    package init(stringLiteral text: String) {
        precondition(Self.isValid(text), "`\(text)` cannot name an environment")
        self.text = text
    }

    /// The id that a record has, whatever its form: what an earlier version made can be listed and removed.
    package init(recorded text: String) {
        self.text = text
    }

    package init(from decoder: any Decoder) throws {
        text = try decoder.singleValueContainer().decode(String.self)
    }

    private static func isValid(_ text: String) -> Bool {
        ServiceName.isValid(text) && text.utf8.count <= longest
    }

    package var description: String { text }

    package static func < (left: EnvironmentID, right: EnvironmentID) -> Bool { left.text < right.text }
}
