internal import Containers
internal import LinuxSystem
internal import SystemPackage
internal import Workspaces

/// How a program of the Envfile is started on the host: under sudo as the user who called it, not as root what that user
/// may do without.
struct CallerCommand {
    let request: ProjectRequest

    /// The user who called sudo; `nil` for all else.
    var caller: (user: UInt32, group: UInt32)? {
        let sudo = Caller.sudo(request.processEnvironment)
        guard request.userID == 0, let user = sudo.user, user != 0, let group = sudo.group else { return nil }
        return (user, group)
    }

    /// - Parameter own: variables on top of those of this process.
    func command(
        _ words: [String], variables own: [String: String], in directory: FilePath
    ) throws -> ChildProcess.Command {
        var variables = request.processEnvironment.merging(own) { $1 }
        var words = words
        if let caller {
            words =
                ["setpriv", "--reuid=\(caller.user)", "--regid=\(caller.group)", "--init-groups", "--"] + words
            if let name = request.processEnvironment["SUDO_USER"] { variables["USER"] = name }
            variables["LOGNAME"] = variables["USER"]
            variables["HOME"] = try UserResolver(rootfs: "/").resolve("\(caller.user)").home
        }
        return ChildProcess.Command(
            words[0], Array(words.dropFirst()), environment: variables.map { "\($0.key)=\($0.value)" }.sorted(),
            workingDirectory: directory)
    }
}
