internal import Envfile
internal import LinuxSystem
package import SystemPackage
internal import Workspaces

/// What `init --from` has made of a git repository.
package struct ClonedProject: Codable, Sendable {
    /// The project directory.
    package var directory: String
    /// The Envfile or Compose file in it, relative to the directory.
    package var file: String
    /// The address that it came from.
    package var address: String
    /// The commit that it is at.
    package var commit: String
}

extension EnvironmentControl {
    /// Makes a project directory of a git repository, by the user's own git and what that is set up for.
    ///
    /// - Parameter directory: absolute; made where it is missing, else it must be empty.
    /// - Throws: `EngineError.template` where git cannot, or the repository has no Envfile; nothing is left then.
    package func cloneProject(_ source: GitAddress, into directory: FilePath) throws -> ClonedProject {
        try checkEmpty(directory)
        let isNew = !Files.exists(directory)
        do {
            let branch = source.branch.map { ["--branch", $0] } ?? []
            _ = try git(
                ["clone", "--depth", "1", "--no-recurse-submodules"] + branch + ["--", source.text, directory.string],
                in: FilePath(context.request.workingDirectory), "clone `\(source.text)`")
            let file = EnvfileLocator.names.first { Files.exists(directory.appending($0)) }
            guard let file else {
                throw EngineError(
                    .template,
                    "`\(source.text)` has no Envfile and no Compose file in its top directory. Clone it with git, and make one with "
                        + "`trice init`. Nothing was written.")
            }
            let commit = try git(["rev-parse", "HEAD"], in: directory, "read the commit of `\(source.text)`")
            return ClonedProject(
                directory: directory.string, file: file, address: source.text,
                commit: String(commit.prefix { !$0.isWhitespace }))
        } catch {
            // The failure that is thrown says more than that of the clean-up.
            if isNew {
                try? Files.removeTree(directory)
            } else {
                for name in (try? Files.names(in: directory)) ?? [] { try? Files.removeTree(directory.appending(name)) }
            }
            throw error
        }
    }

    /// Starts git with a limit for each file that it writes, in blocks of 512 bytes; a lower one of the user stays.
    private static let limited = """
        case $(ulimit -f) in unlimited) ulimit -f 4194304 ;; esac
        exec git "$@"
        """

    /// Whether a file has met the limit: SIGXFSZ, number 25, kills what writes it without a word. A full disk or a connection that
    /// breaks is told by git itself.
    private static func isTooLarge(_ output: ProcessOutput) -> Bool {
        let lines = output.message.split(separator: "\n").filter { !$0.hasPrefix("Cloning into") }
        return output.message.contains("died of signal 25") || output.status.code == 128 + 25
            || lines.count == 1 && lines[0].hasSuffix("invalid index-pack output")
    }

    /// - Returns: the standard output of git.
    private func git(_ arguments: [String], in directory: FilePath, _ what: String) throws -> String {
        // No other transport, whatever the settings of the user and a redirection say.
        let options =
            [
                "-c", "protocol.allow=never", "-c", "core.fsmonitor=false",
                // A server that says nothing for so long is given up.
                "-c", "http.lowSpeedLimit=1", "-c", "http.lowSpeedTime=20",
            ]
            + ["https", "http", "ssh", "file"].flatMap { ["-c", "protocol.\($0).allow=always"] }
        var command = try CallerCommand(request: context.request).command(
            ["sh", "-c", Self.limited, "sh"] + options + arguments,
            variables: ["GIT_ALLOW_PROTOCOL": "https:http:ssh:file", "LC_ALL": "C"],
            in: directory)
        // Those of another repository, as in a hook of git.
        command.environment?.removeAll { entry in
            ["GIT_DIR=", "GIT_WORK_TREE=", "GIT_INDEX_FILE="].contains { entry.hasPrefix($0) }
        }
        let output: ProcessOutput
        do throws(SystemError) {
            output = try ProcessOutput.of(command, limits: .init(isCancellable: true, timeout: .seconds(900)))
        } catch {
            let isLate = error.errno == .timedOut
            throw EngineError(
                .template,
                "Could not \(what): "
                    + (isLate ? "it took more than 15 minutes. Clone it with git by hand." : "\(error.errno)."),
                causes: [error])
        }
        if output.status.code == 127 {
            throw EngineError(.template, "Could not \(what): git is not installed. Install it: apt install git")
        }
        if Self.isTooLarge(output) {
            throw EngineError(
                .template,
                "Could not \(what): it is larger than 2 GiB, or than the limit of files of this shell. Clone it with git by hand."
            )
        }
        guard output.status.isSuccess else {
            let lines = output.message.split(separator: "\n").filter { !$0.hasPrefix("Cloning into") }
            let words = lines.isEmpty ? "it ended with \(output.status.code)" : lines.suffix(4).joined(separator: "; ")
            throw EngineError(.template, "Could not \(what): git said: \(words)")
        }
        return String(decoding: output.standardOutput, as: UTF8.self)
    }
}
