import Foundation
import Glibc

/// A run of the scenarios in which `trice` belongs to a user without root: `.ci/test-user` makes the user, who has
/// subordinate IDs, and a program in place of `trice` that runs it as that user. The tests themselves stay root.
package enum UserRun {
    /// The user's number; `nil` in an ordinary run.
    package static let user: UInt32? = ProcessInfo.processInfo.environment["TRICE_TEST_USER"].flatMap { UInt32($0) }

    /// Whether `trice` belongs to a user without root.
    package static var isOn: Bool { user != nil }

    /// `trice` itself; in an ordinary run the program under test.
    package static var program: String? {
        isOn ? ProcessInfo.processInfo.environment["TRICE_TEST_PROGRAM"] : Fixture.binary
    }

    /// The arguments of `trice` for a user: nothing freezes services where a user has no control groups, so that a snapshot
    /// stops them.
    static func arguments(_ given: [String]) -> [String] {
        guard isOn, given.first == "snapshot", given.count > 1, ["save", "push"].contains(given[1]),
            !given.contains("--stop")
        else { return given }
        return given + ["--stop"]
    }

    /// A program as the user's; the same command in an ordinary run.
    package static func command(_ command: Command) -> Command {
        guard let user else { return command }
        var adapted = command
        adapted.executable = "setpriv"
        adapted.arguments =
            ["--reuid=\(user)", "--regid=\(user)", "--clear-groups", "--", command.executable] + command.arguments
        return adapted
    }

    /// Gives the user a directory that the test, which is root, has made; what containers made in it stays theirs.
    package static func give(_ directory: String) throws {
        guard let user else { return }
        let arguments = [directory, "-xdev", "-uid", "0", "-exec", "chown", "-h", "\(user):\(user)", "{}", "+"]
        let output = try Command("find", arguments).run()
        guard output.succeeded else { throw TestError(output.description) }
    }

    /// Looks at, or works on, what containers have: in the namespaces of the user, as root there. An ordinary run has it on
    /// the host.
    package static func inside(_ program: String, _ arguments: [String]) -> Command {
        guard isOn, let keeper = keepers.first else { return Command(program, arguments) }
        return Command(
            "nsenter", ["--target", "\(keeper)", "--user", "--mount", "--net", "--", program] + arguments,
            directory: "/")
    }

    /// The processes that keep namespaces of the user at this moment: one for each state directory.
    static var keepers: [Int32] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.filter { process in
            let line = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") ?? Data()
            let words = line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            return words.count == 2 && words[0].hasSuffix("/trice-init") && words[1] == "-w"
        }.sorted()
    }

    /// Waits until the user's namespaces are gone where nothing runs in them: an observer would see them go later.
    static func comeToRest() {
        guard isOn else { return }
        _ = eventually(within: .seconds(3)) {
            keepers.allSatisfy { keeper in
                let own = namespace(of: keeper)
                let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
                return names.compactMap { Int32($0) }.contains { $0 != keeper && namespace(of: $0) == own }
            }
        }
    }

    private static func namespace(of process: Int32) -> String? {
        // One that ends meanwhile has none.
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/ns/user")
    }

    /// Waits until the user has no namespaces: the next command makes new ones.
    package static func waitForTheEndOfNamespaces() {
        guard isOn else { return }
        _ = eventually(within: .seconds(10)) { keepers.isEmpty }
    }
}
