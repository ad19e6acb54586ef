internal import LinuxSystem
internal import SystemPackage

/// Runs git so that it asks nobody and runs nothing that a repository brings.
struct GitProgram: Sendable {
    /// A path, or a name that is looked up in `PATH`.
    var program = "git"
    /// `NAME=value`; added to, or instead of, what this process has.
    var environment: [String: String] = [:]

    /// Options before the subcommand.
    private static let options = [
        "-c", "core.hooksPath=/dev/null", "-c", "core.autocrlf=false", "-c", "core.fsmonitor=false",
        "-c", "protocol.ext.allow=never", "-c", "init.defaultBranch=master", "-c", "advice.detachedHead=false",
        "-c", "gc.auto=0",
    ]

    /// - Parameter directory: Of the working tree, where the command has one.
    /// - Returns: What git wrote to its standard output.
    /// - Throws: `.gitFailed` with git's own words; `.programMissing`.
    @discardableResult
    func run(_ arguments: [String], in directory: FilePath? = nil, _ what: @autoclosure () -> String) throws(BuildError)
        -> String
    {
        let output: ProcessOutput
        do throws(SystemError) {
            output = try ProcessOutput.of(command(arguments, in: directory), isCancellable: true)
        } catch {
            throw BuildError(what(), error)
        }
        if output.status.code == 127 {
            throw BuildError(
                .programMissing, "Could not \(what()): the program '\(program)' is not installed. Install git.")
        }
        guard output.status.isSuccess else {
            let words = output.message.split(separator: "\n").suffix(4).joined(separator: "; ")
            throw BuildError(.gitFailed, "Could not \(what()): git said: \(words)")
        }
        return String(decoding: output.standardOutput, as: UTF8.self)
    }

    private func command(_ arguments: [String], in directory: FilePath?) -> ChildProcess.Command {
        var variables = environment
        variables["GIT_TERMINAL_PROMPT"] = "0"
        variables["LC_ALL"] = "C"
        // A shell, since the modes of what is checked out come from the mask; env(1) adds to our own variables. Those
        // that say which repository to use mean ours, not that of whoever started us.
        let foreign = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE"]
        let settings =
            foreign.flatMap { ["-u", $0] } + variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return ChildProcess.Command(
            "/bin/sh",
            ["-c", "umask 022 && exec env \"$@\"", "sh"] + settings + [program] + Self.options + arguments,
            // A session of its own can be ended as a whole: git lets other programs fetch.
            startsSession: true, workingDirectory: directory)
    }
}
