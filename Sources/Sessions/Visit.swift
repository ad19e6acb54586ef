internal import Builder
internal import Containers
internal import Envfile
internal import Execution
internal import Glibc
internal import Images
internal import LinuxSystem
internal import SystemPackage
internal import Vocabulary
internal import Workspaces

/// A step into a container: what was asked, with the settings of `ssh` in the Envfile where a user steps inside by a shell.
struct Visit {
    private let request: EnterRequest
    private let settings: ShellSettings
    private let rootfs: FilePath
    /// The container's first process.
    private let process: Int32
    /// `nil` for the container's own user.
    private let user: ResolvedUser?
    private let identity: KeptIdentity?

    /// - Parameter identity: whose files in the container are the caller's; `nil` for root's.
    /// - Throws: `ContainersError.unknownUser` for a user that the image does not have.
    init(
        _ request: EnterRequest, settings path: FilePath, rootfs: FilePath, process: Int32, identity: KeptIdentity?
    ) throws {
        self.request = request
        self.identity = identity
        self.rootfs = rootfs
        self.process = process
        settings = request.shell == nil ? ShellSettings() : try ShellSettings(at: path)
        user = try (request.user ?? settings.user).map { try UserResolver(rootfs: rootfs).resolve($0) }
    }

    /// The program and what it gets.
    ///
    /// - Parameter variables: `NAME=value` each.
    func execution(_ entry: EntryRecord, _ variables: [String], _ layout: Layout) throws -> ExecRequest {
        // With more groups than the image gives that user.
        let isOwn = request.shell != nil && user != nil && user?.uid == entry.owner.user
        var execution = ExecRequest(
            try words(), hasTerminal: request.hasTerminal,
            workingDirectory: request.workingDirectory ?? settings.directory,
            environment: variables, user: isOwn ? nil : user)
        if request.shell?.offersTools == true, try TransferTools(layout).offer(in: process) {
            let path = entry.variables(for: execution).last { $0.hasPrefix("PATH=") } ?? "PATH="
            execution.environment.append("\(path):\(TransferTools.programs)")
        }
        return execution
    }

    // MARK: - The program

    private func words() throws -> [String] {
        if !request.command.isEmpty { return request.command }
        let line = request.shell?.line
        guard let shell = try shell() else {
            if let line, let words = ShellWords.words(of: line), !words.isEmpty { return words }
            throw EngineError(
                .unknownService,
                line == nil
                    ? "The image has no shell. Give a command: trice ssh SERVICE -- COMMAND…"
                    : "The image has no shell, and the command needs one. Only a program with its arguments can be run."
            )
        }
        if let line { return [shell, "-c", line] }
        return request.shell?.isLogin == true && Self.takesLogin(shell) ? [shell, "-l"] : [shell]
    }

    private static let plainShells = ["/bin/bash", "/bin/ash", "/bin/sh"]

    /// The Envfile's, then one that the image gives the user and that is more than a plain one, then the best of the image.
    private func shell() throws -> String? {
        let root = try OwnedDescriptor.open(rootfs, O_RDONLY | O_DIRECTORY)
        var shells = Self.plainShells
        // A user wants it in every environment: an image without it has another one.
        if let shell = settings.shell { shells.insert(shell, at: 0) }
        if settings.shell == nil, request.shell != nil, let own = user?.shell, Self.takesLogin(own), !Self.isPlain(own)
        {
            shells.insert(own, at: 0)
        }
        for shell in shells {
            // One that cannot be opened is not there.
            if (try? root.openBeneath(shell)) != nil { return shell }
        }
        return nil
    }

    private static func isPlain(_ shell: String) -> Bool {
        ["bash", "ash", "dash", "sh"].contains(FilePath(shell).lastComponent?.string)
    }

    /// Whether a shell has the option `-l`.
    private static func takesLogin(_ shell: String) -> Bool {
        ["bash", "ash", "dash", "sh", "zsh", "fish", "ksh", "mksh"].contains(FilePath(shell).lastComponent?.string)
    }

    // MARK: - What comes from outside

    /// Copies the user's files.
    func bringDotfiles(
        _ entry: EntryRecord, _ id: ContainerID, _ environment: EnvironmentID, _ layout: Layout, _ sink: any EventSink
    ) throws {
        guard !settings.dotfiles.isEmpty else { return }
        let owner = try user ?? UserResolver(rootfs: rootfs).resolve("\(entry.owner.user)")
        let failures = try Dotfiles(
            settings.dotfiles, of: owner,
            owner: FileOwner(user: owner.uid, group: owner.gid).exchanged(for: identity)
        ).copy(
            into: process, stamp: layout.dotfileStamp("\(id)", of: environment, user: owner.uid),
            record: layout.dotfiles("\(id)", of: environment))
        for failure in failures { sink.note(failure, isWarning: true) }
    }

    /// Variables of the user's terminal and language, which the container's own go before.
    func localVariables(_ entry: EntryRecord, _ outside: [String: String]) -> [String] {
        var names: [String] = []
        if request.hasTerminal { names.append("TERM") }
        if request.shell != nil {
            if request.hasTerminal { names.append("COLORTERM") }
            if let language = outside["LANG"], !entry.hasVariable("LANG"),
                ImageLocales(rootfs: rootfs).contains(language)
            {
                names.append("LANG")
            }
        }
        return names.compactMap { name in outside[name].flatMap { $0.isEmpty ? nil : "\(name)=\($0)" } }
    }

    /// The user's SSH agent inside, where it is asked for and there.
    func agent(
        _ entry: EntryRecord, _ outside: [String: String], _ sink: any EventSink
    ) throws -> AgentSocket? {
        guard let shell = request.shell, shell.forwardsAgent || settings.forwardsAgent,
            let path = outside["SSH_AUTH_SOCK"], !path.isEmpty
        else { return nil }
        let owner = FileOwner(user: user?.uid ?? entry.owner.user, group: user?.gid ?? 0).exchanged(for: identity)
        do {
            return try AgentSocket(to: FilePath(path), in: process, user: owner.user, group: owner.group)
        } catch let error as SystemError {
            sink.note(
                "the SSH agent cannot be reached at \(path), which SSH_AUTH_SOCK names: \(error.errno). There is none inside",
                isWarning: true)
            return nil
        }
    }
}
