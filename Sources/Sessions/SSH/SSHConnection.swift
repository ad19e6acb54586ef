internal import CLinux
internal import Containers
internal import Glibc
internal import LinuxSystem
internal import SystemPackage
package import Vocabulary
package import Workspaces

/// One connection of an OpenSSH client to a container, on the standard streams of this process: the host's `sshd`, which
/// serves one connection, in the container's network.
///
/// So forwarded ports are the container's, and the image needs no server. What the server starts is `trice-ssh` again, as
/// the login shell of every user; see `SSHSession`.
package struct SSHConnection {
    private let layout: Layout
    private let environment: EnvironmentID
    private let container: ContainerID

    package init(layout: Layout, environment: EnvironmentID, container: ContainerID) {
        self.layout = layout
        self.environment = environment
        self.container = container
    }

    /// Serves the connection to its end; returns the exit code of the server.
    ///
    /// - Parameter ready: called when nothing is known to hinder it, before the first byte.
    /// - Throws: `EngineError` for a container that does not run, a host without `sshd`, and keys that cannot be used.
    package func serve(ready: () throws -> Void = {}) throws -> Int32 {
        guard let pid = layout.runningProcess(of: container, environment) else {
            throw EngineError(
                .notRunning, "`\(container.service)` is not running. Start it with `trice up \(container.service)`.")
        }
        guard let program = ProgramSearch.ofProcess.find("sshd") else {
            throw EngineError(
                .unsupportedHost,
                "The program `sshd` is missing on this host. Install it, such as with `apt install openssh-server`; its "
                    + "service need not run.")
        }
        let keys = SSHKeys(layout.sshKeys(of: environment))
        try keys.check()
        let files = SSHServerFiles(layout.sshServer("\(container)", of: environment))
        let shell = try Installation().sshProgram()
        var variables = [
            "TRICE_STATE_DIRECTORY": layout.state.string, "TRICE_RUN_DIRECTORY": layout.run.string,
            SSHSession.environmentVariable: environment.text, SSHSession.containerVariable: "\(container)",
        ]
        // In a user's namespaces files have other owners than in the container.
        if let agent = OutsideHost.agent { variables[OutsideHost.variable] = agent.string }
        try files.write(
            users: try users(), shell: shell.string, keys: keys,
            exchanges: try KeyExchanges(layout).names(for: program), variables: variables)
        let process = try ProcessDescriptor(pid: pid)
        try ready()
        let names = layout.containerState("\(container)", of: environment).appending("names")
        try Self.enterNetwork(of: pid)
        try PrivateView(files: files, names: names).apply()
        var command = ChildProcess.Command(
            program.string, ["-i", "-e", "-f", files.configuration.string], descriptors: [0: 0, 1: 1, 2: 2])
        command.environment = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
        return try Self.wait(for: try ChildProcess.start(command), with: process)
    }

    /// Those of the image and those that the Envfile names, so that a wrong one leads to a sentence.
    private func users() throws -> [String] {
        let rootfs = layout.containerRun("\(container)", of: environment).appending("rootfs")
        var names = ["root"] + (try UserResolver(rootfs: rootfs).names)
        if let user = try ShellSettings(at: layout.shellSettings("\(container)", of: environment)).user {
            names.append(user)
        }
        if let entry = EntryRecord(decoding: try Files.read(layout.entryRecord("\(container)", of: environment))) {
            names.append("\(entry.owner.user)")
        }
        return names
    }

    private static func enterNetwork(of process: Int32) throws(SystemError) {
        let namespace = try NetworkNamespace.of(process: process)
        let fd = namespace.rawValue
        try systemCall("setns", "\(process)") { cl_setns(fd, CL_CLONE_NEWNET) }
    }

    /// Waits for the end of the server. It does not outlive the container, whose network it would keep.
    private static func wait(for server: ChildProcess, with container: borrowing ProcessDescriptor) throws -> Int32 {
        let process = try ProcessDescriptor(pid: server.pid)
        // The client learns of the end of the server by the end of its output.
        for fd: Int32 in [0, 1] { close(fd) }
        var items = [process.descriptor.rawValue, container.descriptor.rawValue].map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        while items[0].revents == 0 {
            try systemCall("poll", "sshd") { poll(&items, 2, -1) }
            if items[1].revents != 0 {
                items[1].fd = -1
                try process.send(signal: SIGTERM)
            }
        }
        return try server.wait().code
    }
}

/// A view of the host's files for one server: its own users in place of the host's, the container's names of hosts, and no
/// record of logins.
///
/// A login through the host's own files would be slow where these ask a directory service, refused where `root` is locked, and
/// recorded among the logins of the host.
private struct PrivateView {
    let files: SSHServerFiles
    /// `hosts` and `resolv.conf` of the container.
    let names: FilePath

    private static let privilegeDirectory: FilePath = "/run/sshd"

    func apply() throws(SystemError) {
        try systemCall("unshare", "CLONE_NEWNS") { cl_unshare(CL_CLONE_NEWNS) }
        try systemCall("mount", "/") { cl_mount(nil, "/", nil, UInt(CL_MS_REC | CL_MS_PRIVATE), nil) }
        if let status = try Files.status(Self.privilegeDirectory, followingLinks: true) {
            // In the namespaces of a user what belongs to the host's root belongs to nobody, and sshd(8) refuses it.
            if status.owner != 0 { try Mounts.memory(at: Self.privilegeDirectory, mode: 0o755) }
        } else {
            try provideDirectory()
        }
        for name in SSHServerFiles.loginFiles {
            try cover(FilePath("/etc/\(name)"), by: files.directory.appending(name))
        }
        for name in ["hosts", "resolv.conf"] { try cover(FilePath("/etc/\(name)"), by: names.appending(name)) }
        for path in ["/run/utmp", "/var/log/wtmp", "/var/log/lastlog", "/etc/motd", "/etc/nologin"] {
            try cover(FilePath(path), by: "/dev/null")
        }
    }

    private func cover(_ path: FilePath, by file: FilePath) throws(SystemError) {
        guard try Files.status(path, followingLinks: true) != nil, Files.exists(file) else { return }
        try Mounts.bind(file, at: path)
    }

    /// The empty directory that `sshd` confines itself to, on a host whose own `sshd` has not run: a new /run, in which all that
    /// is in the host's has its name.
    private func provideDirectory() throws(SystemError) {
        let names = try Files.names(in: "/run")
        let tree = OwnedDescriptor(owning: try systemCall("open_tree", "/run") { cl_clone_tree("/run") })
        try Mounts.memory(at: "/run", mode: 0o755)
        let former: FilePath = "/run/.host"
        try Files.createDirectory(former)
        let fd = tree.rawValue
        try systemCall("move_mount", former.string) {
            cl_move_mount(fd, "", AT_FDCWD, former.string, CL_MOVE_MOUNT_F_EMPTY_PATH)
        }
        for name in names where name != "utmp" {
            try Files.createSymbolicLink(FilePath("/run").appending(name), to: ".host/\(name)")
        }
        try Files.createDirectory(Self.privilegeDirectory)
    }
}
