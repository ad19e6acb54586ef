/// Why the namespaces of a user without root could not be had.
package struct RootlessError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What stood in the way.
    package enum Code: Sendable {
        /// The user has no range in /etc/subuid or /etc/subgid.
        case noIdentities
        /// newuidmap or newgidmap is missing or refuses.
        case noMapping
        /// The kernel gives users no namespaces.
        case noNamespaces
        /// A directory or socket of Trice's own cannot be used.
        case directory
    }

    package let code: Code
    /// Sentences for the user, with the way out.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
