internal import LinuxSystem
internal import SystemPackage
package import Workspaces

/// Encrypts documents with secrets by the user's program sops.
package struct SecretEncryption: Sendable {
    private let programs: ProgramSearch
    private let directory: FilePath

    /// - Parameter directory: where sops looks for `.sops.yaml`, and above it: the project's.
    package init(_ context: CommandContext, directory: String) {
        programs = ProgramSearch(path: context.request.processEnvironment["PATH"])
        self.directory = FilePath(directory)
    }

    /// The text with the values of `data` encrypted; the keys of sops are those of the user's `.sops.yaml`.
    ///
    /// - Parameter path: what the rules of `.sops.yaml` compare `path_regex` with.
    package func encrypted(_ text: String, as path: String) throws -> String {
        guard let program = programs.find("sops") else {
            throw EngineError(
                .invalidProject,
                "--secrets sops needs the program sops, which is not in PATH. Install it, or choose --secrets reference."
            )
        }
        let output = try ProcessOutput.of(
            OutsideProgram.command(
                ChildProcess.Command(
                    program.string,
                    [
                        "--encrypt", "--encrypted-regex", "^(data|stringData)$", "--input-type", "yaml",
                        "--output-type", "yaml", "--filename-override", path, "/dev/stdin",
                    ], workingDirectory: directory)), input: Array(text.utf8))
        guard output.status.isSuccess else {
            throw EngineError(.invalidProject, "sops could not encrypt the secrets: \(output.message).")
        }
        return String(decoding: output.standardOutput, as: UTF8.self)
    }
}
