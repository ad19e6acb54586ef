internal import LinuxSystem
internal import SystemPackage

/// Runs git without prompts and without programs that a repository contains.
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

    /// - Parameter directory: The working tree, if the command has one.
    /// - Returns: git's standard output.
    /// - Throws: `.gitFailed` with git's message; `.programMissing`.
    @discardableResult
    func run(_ arguments: [String], in directory: FilePath? = nil, _ what: @autoclosure () -> String) throws(BuildError)
        -> String
    {
        let output: ProcessOutput
        do throws(SystemError) {
            output = try ProcessOutput.of(command(arguments, in: directory), limits: .init(isCancellable: true))
        } catch {
            throw BuildError(what(), error)
        }
        if output.status.code == 127 {
            throw BuildError(
                .programMissing, "Could not \(what()): the program `\(program)` is not installed. Install git.")
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
        // A shell, since the modes of checked-out files depend on the umask; env(1) adds to the variables of this
        // process. Variables that select a repository must not be inherited.
        let foreign = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE"]
        let settings =
            foreign.flatMap { ["-u", $0] } + variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        // A repository may be on the host's loopback, and keys and helpers are the user's.
        return OutsideProgram.command(
            ChildProcess.Command(
                "/bin/sh",
                ["-c", "umask 022 && exec env \"$@\"", "sh"] + settings + [program] + Self.options + arguments,
                // A new session can be killed as a whole: git runs other programs for a fetch.
                startsSession: true, workingDirectory: directory))
    }
}
