internal import Containers
internal import Dockerfile
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

// Secrets, sockets and scripts: what lies in the step's memory and on no disk.
extension StepMountSources {
    mutating func add(_ secret: RunMount.Secret, _ contents: [UInt8]?) throws(BuildError) {
        guard let contents else {
            guard secret.isRequired else { return }
            throw failure(
                "it needs the secret `\(secret.id)`, and the build was given none of that name. Give it with --secret id=\(secret.id),src=FILE or below `secrets:` of the build; where it comes from a variable, set that."
            )
        }
        if let variable = secret.variable {
            guard !contents.contains(0) else {
                throw failure(
                    "the secret `\(secret.id)` has a NUL byte, which no variable can hold. Mount it as a file.")
            }
            environment.append("\(variable)=\(String(decoding: contents, as: UTF8.self))")
        }
        guard let path = secret.target else { return }
        let file = directory.memory.appending("secret-\(nextNumber())")
        try place(contents, at: file, secret.permissions)
        mounts.append(ContainerMount(.bind(source: file, isRecursive: false), target: target(path), isReadOnly: true))
    }

    private func place(
        _ contents: [UInt8], at file: FilePath, _ permissions: RunMount.Permissions
    ) throws(BuildError) {
        try attempt { () throws(SystemError) in
            try Files.write(contents, to: file, mode: 0o600)
            try Files.changeOwner(file, user: permissions.uid, group: permissions.gid)
            try systemCall("chmod", file.string) { file.withPlatformString { chmod($0, mode_t(permissions.mode)) } }
        }
    }

    mutating func add(_ agent: RunMount.AgentSocket, _ socket: FilePath?) throws(BuildError) {
        guard let socket else {
            guard agent.isRequired else { return }
            throw failure(
                "it needs the SSH agent `\(agent.id)`, and the build was given none. Give it with --ssh \(agent.id).")
        }
        let name = "agent-\(sockets)"
        let place = target(agent.target ?? "/run/buildkit/ssh_agent.\(sockets)")
        let relay = try attempt { () throws(SystemError) in
            try AgentRelay(
                name: name, in: directory.memory, agent: socket, mode: agent.permissions.mode,
                owner: FileOwner(user: agent.permissions.uid, group: agent.permissions.gid))
        }
        resources.add { relay.stop() }
        if sockets == 0 { environment.append("SSH_AUTH_SOCK=\(place)") }
        sockets += 1
        mounts.append(
            ContainerMount(.bind(source: directory.memory.appending(name), isRecursive: false), target: place))
    }

    mutating func add(_ script: InlineFile) throws(BuildError) {
        let scripts = directory.memory.appending("scripts")
        try attempt { () throws(SystemError) in
            try Files.createDirectory(scripts, mode: 0o755)
            let file = scripts.appending(script.name)
            try Files.write(script.content.utf8, to: file, mode: 0o755)
            // Sets the modes explicitly, since the umask may have removed bits.
            for path in [scripts, file] {
                try systemCall("chmod", path.string) { path.withPlatformString { chmod($0, 0o755) } }
            }
        }
        mounts.append(
            ContainerMount(
                .bind(source: scripts, isRecursive: false), target: RunRequest.Command.scriptDirectory,
                isReadOnly: true))
    }
}
