import Foundation
import Glibc

/// A run of the scenarios in which `trice` belongs to a user without root: `TRICE_TEST_USER` is the number of that user, whom
/// the machine knows and who has subordinate IDs. The tests themselves stay root.
package enum UserRun {
    /// The user's number; `nil` in an ordinary run.
    package static let user: UInt32? = ProcessInfo.processInfo.environment["TRICE_TEST_USER"].flatMap { UInt32($0) }

    /// The command as the user's.
    static func adapt(_ command: Command, below directory: String) throws -> Command {
        guard let user else { return command }
        try give(directory, to: user)
        var adapted = command
        adapted.executable = "setpriv"
        adapted.arguments =
            ["--reuid=\(user)", "--regid=\(user)", "--clear-groups", "--", command.executable] + command.arguments
        return adapted
    }

    /// Gives the user what the test, which is root, has made; what containers made belongs to others and stays theirs.
    private static func give(_ directory: String, to user: UInt32) throws {
        let output = try Command(
            "find", [directory, "-xdev", "-uid", "0", "-exec", "chown", "-h", "\(user):\(user)", "{}", "+"]
        ).run()
        // What goes while find looks is no failure.
        _ = output
    }
}
