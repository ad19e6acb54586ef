internal import CLinux
internal import Containers
internal import Glibc
internal import LinuxSystem
internal import SystemPackage
internal import Workspaces

/// Programs of the host for file transfers, in containers whose images lack them: `sftp-server`, `scp`, `rsync` and `git`, with
/// their libraries and their dynamic loader.
///
/// A directory has them; a read-only mount of it is put into a container when a client first asks for one of them. `trice-init`
/// under the name of a program starts that program by the loader: the image need not have one.
struct TransferTools {
    /// The mount point: `/dev` is always a file system of the container's own.
    private static let target = "/dev/trice-tools"
    /// Where `PATH` finds them.
    static let programs = "\(target)/bin"
    /// The program that serves sftp.
    static let fileServer = "\(programs)/sftp-server"

    private static let names = ["sftp-server", "scp", "rsync", "git"]
    private static let gitNames = ["git-upload-pack", "git-receive-pack", "git-upload-archive"]
    private static let fileServerDirectories = [
        "/usr/lib/openssh", "/usr/libexec/openssh", "/usr/lib/ssh", "/usr/libexec", "/usr/lib/misc",
    ]

    private let directory: FilePath

    init(_ layout: Layout) {
        directory = layout.transferTools
    }

    /// Whether a command line is about one of them.
    static func isAsked(by command: String) -> Bool {
        names.contains { command.contains($0) }
    }

    /// Makes the programs visible in a container, unless they are. They refuse a user without a name, so an image without users
    /// gets a file of them as well.
    ///
    /// - Returns: whether they are there; `false` where the host has none of them.
    func offer(in process: Int32) throws -> Bool {
        let target = Self.target
        if Files.exists(FilePath("/proc/\(process)/root\(target)/bin")) { return true }
        let lock = try FileLock(waitingFor: directory.removingLastComponent().appending("transfer-tools.lock"))
        defer { withExtendedLifetime(lock) {} }
        if Files.exists(FilePath("/proc/\(process)/root\(target)/bin")) { return true }
        guard let current = try prepare() else { return false }
        let tree = OwnedDescriptor(
            owning: try systemCall("open_tree", current.string) { cl_clone_tree(current.string) })
        let users = current.appending("passwd").string
        let file = OwnedDescriptor(owning: try systemCall("open_tree", users) { cl_clone_tree(users) })
        let namespace = try OwnedDescriptor.open(FilePath("/proc/\(process)/ns/mnt"))
        let (fd, passwd, place) = (tree.rawValue, file.rawValue, namespace.rawValue)
        for mount in [fd, passwd] { try systemCall("mount_setattr", target) { cl_set_harmless(mount) } }
        try DedicatedThread.run { () throws(SystemError) in
            try systemCall("unshare", "CLONE_FS") { cl_unshare(CL_CLONE_FS) }
            try systemCall("setns", "\(process)") { cl_setns(place, CL_CLONE_NEWNS) }
            try Files.createDirectory(FilePath(target))
            try systemCall("move_mount", target) {
                cl_move_mount(fd, "", AT_FDCWD, target, CL_MOVE_MOUNT_F_EMPTY_PATH)
            }
            try Self.provideUsers(passwd)
        }
        return true
    }

    /// In the mount namespace of a container: mounts a file of users where the image has no such file. `commit` leaves out the
    /// empty file below it.
    private static func provideUsers(_ mount: Int32) throws(SystemError) {
        let path: FilePath = "/etc/passwd"
        guard try Files.status(path, followingLinks: true) == nil else { return }
        do throws(SystemError) {
            try Files.createDirectory("/etc")
            _ = try OwnedDescriptor.open(path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o644)
        } catch  where error.errno == .readOnlyFileSystem {
            return
        }
        try systemCall("move_mount", path.string) {
            cl_move_mount(mount, "", AT_FDCWD, path.string, CL_MOVE_MOUNT_F_EMPTY_PATH)
        }
    }

    // MARK: - The directory

    /// The directory with the programs as the host has them now; `nil` where it has none.
    private func prepare() throws -> FilePath? {
        let current = directory.appending("current")
        let sources = FilePath("sources")
        if let text = try Files.text(current.appending(sources.string)), try Self.describes(text) { return current }
        let found = Self.names.compactMap { name in Self.find(name).map { (name, $0) } }
        guard !found.isEmpty else { return nil }
        let new = directory.appending("new")
        try Files.removeTree(directory)
        for name in ["bin", "lib", "programs"] { try Files.createDirectory(new.appending(name)) }
        var copied: [FilePath] = []
        var loader: FilePath?
        let launcher = try Installation().initProgram()
        for (name, path) in found {
            let libraries = try Self.libraries(of: path)
            loader = loader ?? libraries.loader
            try Self.copy(path, to: new.appending("programs").appending(name))
            for library in libraries.files where !copied.contains(library) {
                try Self.copy(library, to: new.appending("lib").appending(library.lastComponent?.string ?? ""))
                copied.append(library)
            }
            copied.append(path)
            for alias in [name] + (name == "git" ? Self.gitNames : []) {
                // One without a loader runs by itself.
                try Self.copy(libraries.loader == nil ? path : launcher, to: new.appending("bin").appending(alias))
            }
        }
        if let loader {
            try Self.copy(loader, to: new.appending("ld.so"))
            copied.append(loader)
        }
        try Files.write("root:x:0:0:root:/root:/bin/sh\n".utf8, to: new.appending("passwd"))
        let lines = (copied + [launcher]).map { "\(Files.stampOrGone($0)) \($0)\n" }
        try Files.write(lines.joined().utf8, to: new.appending(sources.string))
        try Files.rename(new, to: current)
        return current
    }

    private static func find(_ name: String) -> FilePath? {
        if let path = ProgramSearch.ofProcess.find(name) { return path }
        guard name == "sftp-server" else { return nil }
        return fileServerDirectories.lazy.compactMap { ProgramSearch.ofProcess.find("\($0)/\(name)") }.first
    }

    /// Whether the files of the host are those that were copied.
    private static func describes(_ text: String) throws -> Bool {
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, Files.stampOrGone(FilePath(String(parts[1]))) == parts[0] else { return false }
        }
        return true
    }

    private static func copy(_ path: FilePath, to target: FilePath) throws(SystemError) {
        try Files.write(try Files.read(path), to: target, mode: 0o755)
    }

    /// What the dynamic loader would load for a program; ldd(1).
    private static func libraries(of program: FilePath) throws -> (files: [FilePath], loader: FilePath?) {
        let output = try ProcessOutput.of(ChildProcess.Command("ldd", [program.string]))
        // A program that needs none is no failure.
        guard output.status.isSuccess else { return ([], nil) }
        var files: [FilePath] = []
        var loader: FilePath?
        for line in String(decoding: output.standardOutput, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ").map { $0.trimmingPrefix("\t") }
            if words.count >= 3, words[1] == "=>", words[2].hasPrefix("/") {
                files.append(FilePath(String(words[2])))
            } else if let first = words.first, first.hasPrefix("/") {
                loader = FilePath(String(first))
            }
        }
        return (files, loader)
    }
}
