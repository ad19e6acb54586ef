/// Why files cannot be watched: one sentence, and how to mend it.
package struct WatchError: Error, Sendable, CustomStringConvertible {
    /// One sentence, with a remedy where one exists.
    package var message: String

    package init(_ message: String) {
        self.message = message
    }

    package var description: String { message }
}
