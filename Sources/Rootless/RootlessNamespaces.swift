internal import CLinux
internal import Glibc
package import LinuxSystem
internal import Netlink
package import SystemPackage

/// The namespaces that a user without root has for Trice: of users, mounts and networks; user_namespaces(7).
package enum RootlessNamespaces {
    // MARK: - Entering

    /// Moves this process, which must have one thread, into the user's namespaces, and makes them where there are none.
    /// It is root there.
    ///
    /// - Parameters:
    ///   - run: the run directory of the user's Trice.
    ///   - program: this program; it is started as the agent.
    ///   - keeperProgram: `trice-init`.
    ///   - startsProcesses: whether the command may start processes in control groups of containers.
    package static func enter(
        run: FilePath, program: FilePath, keeperProgram: FilePath, startsProcesses: Bool
    ) throws(RootlessError) {
        let directory = RootlessDirectory(run: run)
        try directory.create()
        let isInside = try enter(directory, startsProcesses: startsProcesses) { () throws(RootlessError) in
            let start: FileLock
            do throws(SystemError) { start = try FileLock(waitingFor: directory.start) } catch { throw refusal(error) }
            if directory.keeper() == nil || (try? MessageSocket.connect(to: directory.socket, timeout: 5000)) == nil {
                try startAgent(directory, program, keeperProgram)
            }
            _ = consume start
        }
        guard isInside else { throw refusal(SystemError("open", directory.path.string, .noSuchProcess)) }
    }

    /// Moves this process, which must have one thread, into the namespaces that the user has; `false` where there are none.
    ///
    /// - Parameter run: the run directory of the user's Trice.
    package static func enterExisting(run: FilePath) throws(RootlessError) -> Bool {
        let directory = RootlessDirectory(run: run)
        guard directory.keeper() != nil else { return false }
        return try enter(directory, startsProcesses: true)
    }

    /// Enters the namespaces; `false` where there are none when `prepare` has returned.
    ///
    /// - Parameter prepare: runs when this process holds the lock by which the namespaces stay.
    private static func enter(
        _ directory: RootlessDirectory, startsProcesses: Bool, prepare: () throws(RootlessError) -> Void = {}
    ) throws(RootlessError) -> Bool {
        let user = getuid()
        if startsProcesses { UserScope.join(user) }
        do throws(SystemError) { try stay(in: directory) } catch { throw refusal(error) }
        try prepare()
        guard let keeper = directory.keeper() else { return false }
        do throws(SystemError) { try join(keeper) } catch { throw refusal(error) }
        workInside(directory, user)
        return true
    }

    private static func refusal(_ error: SystemError) -> RootlessError {
        RootlessError(.noNamespaces, "The namespaces of Trice cannot be entered: \(error).")
    }

    /// What programs that this process starts have to know.
    private static func workInside(_ directory: RootlessDirectory, _ user: UInt32) {
        setenv(OutsideHost.variable, directory.socket.string, 1)
        // Inside, programs take the user for root, whose bus is another one.
        if let bus = UserBus.address(of: user) { setenv(UserBus.variable, bus, 1) }
        for name in ["SUDO_UID", "SUDO_GID", "SUDO_USER"] { unsetenv(name) }
    }

    /// Whether a user has namespaces at this moment.
    ///
    /// - Parameter run: the run directory of the user's Trice.
    package static func exist(run: FilePath) -> Bool { RootlessDirectory(run: run).keeper() != nil }

    /// What a process does that was started inside: as long as it lives, the namespaces stay.
    package static func stayInside() throws(SystemError) {
        guard let agent = OutsideHost.agent else { return }
        try stay(in: RootlessDirectory(run: agent.removingLastComponent().removingLastComponent()))
    }

    /// Says for the rest of this process that someone works inside.
    private static func stay(in directory: RootlessDirectory) throws(SystemError) {
        let users = try OwnedDescriptor.open(directory.users, O_RDWR | O_CREAT, mode: 0o600)
        let fd = users.rawValue
        try systemCall("flock", directory.users.string) { flock(fd, LOCK_SH) }
        // Until the process ends.
        _ = users.release()
    }

    private static func startAgent(
        _ directory: RootlessDirectory, _ program: FilePath, _ keeperProgram: FilePath
    ) throws(RootlessError) {
        let answer: String
        do throws(SystemError) {
            let log = try OwnedDescriptor.open(directory.log, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
            let ready = try Pipe()
            _ = try ChildProcess.start(
                ChildProcess.Command(
                    program.string,
                    ["hold-namespaces", directory.path.removingLastComponent().string, keeperProgram.string],
                    descriptors: [2: log.rawValue, RootlessAgent.readiness: ready.writer.rawValue], startsSession: true,
                    workingDirectory: "/"))
            answer = ReportLine.read(from: ready.closingWriter()) ?? "The agent ended; see `\(directory.log)`."
        } catch {
            throw RootlessError(.noNamespaces, "The agent of the namespaces cannot be started: \(error.errno).")
        }
        if !answer.isEmpty { throw RootlessError(.noNamespaces, answer) }
    }

    private static func join(_ keeper: Keeper) throws(SystemError) {
        let workingDirectory = getcwd(nil, 0)
        defer { free(workingDirectory) }
        // All are opened before the first one changes what may be opened.
        let user = try OwnedDescriptor.open(keeper.namespace("user"))
        let mounts = try OwnedDescriptor.open(keeper.namespace("mnt"))
        let network = try OwnedDescriptor.open(keeper.namespace("net"))
        for (fd, kind) in [
            (user.rawValue, CL_CLONE_NEWUSER), (mounts.rawValue, CL_CLONE_NEWNS), (network.rawValue, CL_CLONE_NEWNET),
        ] {
            try systemCall("setns", "\(keeper.pid)") { cl_setns(fd, kind) }
        }
        try becomeRoot()
        // The mount namespace changed it.
        if let workingDirectory { _ = chdir(workingDirectory) }
    }

    private static func becomeRoot() throws(SystemError) {
        try systemCall("setgroups", "") { setgroups(0, nil) }
        try systemCall("setgid", "0") { setgid(0) }
        try systemCall("setuid", "0") { setuid(0) }
    }

    // MARK: - Making

    /// The process that the agent starts: makes the namespaces and what they begin with, and becomes the program that
    /// keeps them. It answers with a line on descriptor 4, waits on descriptor 3 for its IDs, and answers again.
    package static func make(_ directory: RootlessDirectory, keeperProgram: FilePath) -> Never {
        func answer(_ text: String) { ReportLine.write(text, to: 4) }
        do {
            try systemCall("unshare", "CLONE_NEWUSER") {
                cl_unshare(CL_CLONE_NEWUSER | CL_CLONE_NEWNS | CL_CLONE_NEWNET)
            }
            answer("")
            var byte: UInt8 = 0
            guard read(3, &byte, 1) == 1 else { exit(1) }
            try becomeRoot()
            try prepare(directory)
            answer("")
        } catch {
            answer("The kernel gives this user no namespaces: \(error). `trice doctor` says what may be in the way.")
            exit(1)
        }
        close(3)
        close(4)
        let words = [keeperProgram.string, "-w"]
        let arguments = words.map { strdup($0) } + [nil]
        execv(keeperProgram.string, arguments)
        exit(1)
    }

    private static func prepare(_ directory: RootlessDirectory) throws {
        // What is mounted here stays here; what the host mounts later comes in.
        try systemCall("mount", "/") { cl_mount(nil, "/", nil, UInt(CL_MS_SLAVE | CL_MS_REC), nil) }
        _ = try NetlinkSocket().perform(.setUp(.loopback))
        let resolver = ((try? Files.text("/etc/resolv.conf")) ?? nil) ?? ""
        if let own = resolverFile(insteadOf: resolver) {
            try Files.write(own.utf8, to: directory.resolver, mode: 0o644)
            // Where it is a link, its target is covered.
            _ = try? Mounts.bind(directory.resolver, at: "/etc/resolv.conf")
        }
        // Transfers by the pasta of Debian 12 stall on packets that the kernel holds for invalid.
        let rules = """
            add table inet trice-rootless
            add chain inet trice-rootless input { type filter hook input priority 0; }
            add rule inet trice-rootless input ct state invalid drop

            """
        let output = try? ProcessOutput.of(ChildProcess.Command("nft", ["-f", "-"]), input: Array(rules.utf8))
        if output?.status != .exited(0) {
            ReportLine.write("nft: \(output?.message ?? "missing")", to: 2)
        }
    }

    /// The resolv.conf for the namespaces; `nil` where the host's own one serves there: its servers are no loopback's.
    package static func resolverFile(insteadOf text: String) -> String? {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        func server(_ line: Substring) -> Substring? {
            let words = line.split(whereSeparator: \.isWhitespace)
            return words.count > 1 && words[0] == "nameserver" ? words[1] : nil
        }
        let servers = lines.compactMap(server)
        guard servers.isEmpty || servers.contains(where: { $0.hasPrefix("127.") || $0 == "::1" }) else { return nil }
        let others = lines.filter { server($0) == nil }
        return (["nameserver \(WayOut.resolverAddress)"] + others.map(String.init)).joined(separator: "\n") + "\n"
    }
}
