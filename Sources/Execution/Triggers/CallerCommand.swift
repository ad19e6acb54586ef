internal import LinuxSystem
internal import SystemPackage
internal import Workspaces

/// How a program of the Envfile is started on the host: under sudo as the user who called it, not as root what that user
/// may do without, and outside of the namespaces that a user without root has for Trice.
struct CallerCommand {
    let request: ProjectRequest

    /// The user who called sudo; `nil` for all else.
    var caller: SudoCaller? { request.userID == 0 ? SudoCaller(request.processEnvironment) : nil }

    /// - Parameter own: variables on top of those of this process.
    func command(
        _ words: [String], variables own: [String: String], in directory: FilePath
    ) throws -> ChildProcess.Command {
        // Under sudo they have the home and the name of the caller already.
        let variables = request.processEnvironment.merging(own) { $1 }
        let words = (caller?.prefix ?? []) + words
        return OutsideProgram.command(
            ChildProcess.Command(
                words[0], Array(words.dropFirst()), environment: variables.map { "\($0.key)=\($0.value)" }.sorted(),
                workingDirectory: directory))
    }
}
