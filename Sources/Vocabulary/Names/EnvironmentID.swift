/// What tells one environment on a host from all others: `name-1a2b3c4d`, or a name given by hand.
///
/// It names directories, cgroups and tables of the packet filter, so it has 1 to 120 letters, digits, `.`, `_` and
/// `-`, and begins with a letter or digit.
package struct EnvironmentID: TextualValue, Comparable {
    package let text: String

    package init(_ text: String) throws(InvalidValue) {
        guard ServiceName.isValid(text), text.utf8.count <= 120 else {
            throw InvalidValue(
                text,
                "cannot name an environment: use 1 to 120 letters, digits, `.`, `_` and `-`, and begin with a letter "
                    + "or digit")
        }
        self.text = text
    }

    package var description: String { text }

    package static func < (left: EnvironmentID, right: EnvironmentID) -> Bool { left.text < right.text }
}
