internal import Builder
internal import CLinux
internal import Containers
internal import Execution
internal import Glibc
internal import Images
internal import LinuxSystem
internal import Store
internal import SystemPackage
package import Workspaces

internal import struct Vocabulary.ContainerID

/// What `cp` is asked.
package struct CopyRequest: Sendable {
    /// Where something is.
    package enum Place: Sendable, Hashable {
        case host(path: String)
        case container(service: String, path: String)
        /// A tar archive on standard input or standard output.
        case stream

        /// `SERVICE:PATH`, `PATH` or `-`; a path with a colon begins with `/` or `.`.
        package init(_ text: String) {
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            if text == "-" {
                self = .stream
            } else if parts.count == 2, !parts[0].isEmpty, !parts[0].contains("/"), !parts[0].hasPrefix(".") {
                self = .container(service: String(parts[0]), path: String(parts[1]))
            } else {
                self = .host(path: text)
            }
        }
    }

    package var source: Place
    package var target: Place
    /// Whether owners stay what they are; else the copies are root's, on the host those of who called sudo.
    package var keepsOwners: Bool
    /// Whether it is copied into every container of the service.
    package var includesAll: Bool
    /// The number of the container, 1 for the first.
    package var index: Int?
    /// Whether an archive has what is mounted in the container.
    package var includesMounts = true
    /// Relative paths of the host begin here.
    package var workingDirectory: String

    package init(
        source: Place, target: Place, keepsOwners: Bool = false, includesAll: Bool = false, index: Int? = nil,
        workingDirectory: String
    ) {
        self.source = source
        self.target = target
        self.keepsOwners = keepsOwners
        self.includesAll = includesAll
        self.index = index
        self.workingDirectory = workingDirectory
    }
}

extension ContainerSessions {
    /// Copies files between the host and a container, in whatever state it is.
    ///
    /// Paths of a container are resolved as if its root were `/`: whatever links it has made, nothing outside of it is
    /// read or written.
    package func copy(_ request: CopyRequest, _ identity: EnvironmentTarget) throws {
        let workspace = Workspace(id: identity.id, host: try host())
        switch (request.source, request.target) {
        case (.host(let path), .container(let service, let target)):
            for root in try roots(service, request, identity, workspace) {
                try ContainerCopy(request, root.identity).copy(fromHost: path, to: target, below: root.path)
            }
        case (.stream, .container(let service, let target)):
            try Files.createDirectory(workspace.layout.copies, mode: 0o700)
            let places = LockedDirectories(workspace.layout.copies)
            // What a killed command has left.
            try places.clear()
            let directory = try places.begin()
            defer { withExtendedLifetime(directory) {} }
            try ContainerCopy.unpackStandardInput(into: directory.path)
            for root in try roots(service, request, identity, workspace) {
                try ContainerCopy(request, root.identity).copy(
                    contentsOf: directory.path, to: target, below: root.path)
            }
        case (.container(let service, let path), .host(let target)):
            guard let root = try roots(service, request, identity, workspace).first else { return }
            try ContainerCopy(request, root.identity).copy(path, below: root.path, toHost: target)
        case (.container(let service, let path), .stream):
            guard let root = try roots(service, request, identity, workspace).first else { return }
            let left = request.includesMounts ? [] : try dotfiles(of: service, request, identity, workspace)
            try ContainerCopy(request, root.identity).pack(path, below: root.path, without: left)
        default:
            throw EngineError(
                .unknownService,
                "Files are copied between the host and a container: one of the two places is SERVICE:PATH, such as "
                    + "`trice cp web:/etc/hosts .`.")
        }
    }

    /// What the user's own files are in a container, which an export leaves out.
    private func dotfiles(
        of service: String, _ request: CopyRequest, _ identity: EnvironmentTarget, _ workspace: Workspace
    ) throws -> [String] {
        let name = request.index.map { "\(service)-\($0)" } ?? service
        let id = ContainerID(try workspace.records().container(named: name, of: identity))
        let text = try Files.text(layout.dotfiles("\(id)", of: workspace.id)) ?? ""
        return text.split(separator: "\n").map(String.init)
    }

    /// The root directory of a container, and whose files in it are the caller's; `nil` for root's.
    private typealias Root = (path: FilePath, identity: KeptIdentity?)

    /// The root directories of the containers that are meant.
    private func roots(
        _ service: String, _ request: CopyRequest, _ identity: EnvironmentTarget, _ workspace: Workspace
    ) throws -> [Root] {
        let records = try workspace.records()
        let name = request.index.map { "\(service)-\($0)" } ?? service
        let first = try records.container(named: name, of: identity)
        let all = request.includesAll ? records.containers.filter { $0.service == first.service } : [first]
        return try all.map { record in
            let id = ContainerID(record)
            let kept = try ContainerOrigin.identity(in: workspace.stateDirectory(of: id))
            if let process = layout.runningProcess(of: id, workspace.id) {
                return (FilePath("/proc/\(process)/root"), kept)
            }
            guard let root = try workspace.rootFilesystem(of: record), Files.exists(root.upper) else {
                throw EngineError(.notRunning, "`\(id)` has never been started, so it has no files.")
            }
            try root.mount()
            return (root.target, kept)
        }
    }
}

/// One copy between the host and the root directory of a container.
private struct ContainerCopy {
    private static let literal = PatternLanguage(component: { pattern in { $0 == pattern } }, rules: { _ in nil })

    private let request: CopyRequest
    private let identity: KeptIdentity?

    init(_ request: CopyRequest, _ identity: KeptIdentity?) {
        self.request = request
        self.identity = identity
    }

    func copy(fromHost path: String, to target: String, below root: FilePath) throws {
        let (directory, name) = try split(path)
        try copy(
            name, in: directory, named: "the host", to: target, below: root,
            owner: identity.map { FileOwner.root.exchanged(for: $0) })
    }

    func copy(contentsOf directory: FilePath, to target: String, below root: FilePath) throws {
        // The archive says the owners.
        try copy(".", in: directory, named: "the archive", to: target, below: root, keepsOwners: true)
    }

    func copy(_ path: String, below root: FilePath, toHost target: String) throws {
        let (directory, name) = try split(target)
        let caller = SudoCaller.current.map { FileOwner(user: $0.user, group: $0.group) }
        try copy(path, in: root, named: "the container", to: name, below: directory, owner: caller)
    }

    /// The directory of a path of the host, with links resolved, and the rest; all of it for a directory.
    private func split(_ path: String) throws -> (directory: FilePath, name: String) {
        let whole = FilePath(request.workingDirectory).pushing(FilePath(path))
        let isContent = path.hasSuffix("/.") || path == "."
        if isContent || whole.lastComponent == nil || whole.lastComponent?.kind != .regular {
            return (try real(whole), ".")
        }
        let name = whole.lastComponent?.string ?? "."
        return (try real(whole.removingLastComponent()), path.hasSuffix("/") ? name + "/" : name)
    }

    private func real(_ path: FilePath) throws -> FilePath {
        guard let resolved = path.resolved() else {
            throw EngineError(.unknownService, "There is no directory `\(path)` on the host.")
        }
        return resolved
    }

    /// What is copied into an existing directory keeps its name there, as `docker cp` has it.
    private func copy(
        _ source: String, in directory: FilePath, named name: String, to target: String, below root: FilePath,
        keepsOwners: Bool? = nil, owner: FileOwner? = nil
    ) throws {
        let keepsOwners = keepsOwners ?? request.keepsOwners
        let tree =
            keepsOwners
            ? try SourceTree(root: directory, named: name) : try SourceTree(context: directory, named: name)
        let selection = try tree.select(FileRequest(sources: [source]), Self.literal)
        var destination = CopyOptions.destination(target, workingDirectory: "/")
        let isContent = source.hasSuffix("/.") || source == "."
        if !isContent, try Self.isDirectory(destination, below: root) {
            let name = FilePath(source).lastComponent?.string ?? ""
            destination = destination.hasSuffix("/") ? destination + name : "\(destination)/\(name)"
        }
        var options = CopyOptions(destination: destination, owner: keepsOwners ? nil : owner)
        if let identity { options.exchange = { $0.exchanged(for: identity) } }
        try DestinationRoot(root).copy(selection, from: tree, options)
    }

    private static func isDirectory(_ path: String, below root: FilePath) throws -> Bool {
        let directory = try OwnedDescriptor.open(root, O_RDONLY | O_DIRECTORY)
        // What cannot be opened as a directory is a file of another kind.
        return (try? directory.openBeneath(path, O_RDONLY | O_DIRECTORY)) != nil
    }

    // MARK: - Archives

    static func unpackStandardInput(into directory: FilePath) throws {
        try run(["--extract", "--file=-", "--numeric-owner", "--directory=\(directory)"], [0: 0])
    }

    /// Writes what a path leads to as a tar archive to standard output.
    ///
    /// - Parameters:
    ///   - left: absolute paths that are left out of the whole root.
    func pack(_ path: String, below root: FilePath, without left: [String]) throws {
        let name = FilePath(path).lastComponent.flatMap { $0.kind == .regular ? $0.string : nil }
        let directory = name == nil ? path : FilePath(path).removingLastComponent().string
        let whole = try OwnedDescriptor.open(root, O_RDONLY | O_DIRECTORY)
        // What cannot be opened is not there for the user.
        guard let parent = try? whole.openBeneath(directory.isEmpty ? "/" : directory, O_RDONLY | O_DIRECTORY),
            name == nil || (try? parent.openBeneath(name ?? "", CL_O_PATH | O_NOFOLLOW)) != nil
        else { throw EngineError(.unknownService, "There is no `\(path)` in the container.") }
        let limits =
            (request.includesMounts ? [] : ["--one-file-system"])
            + (left.isEmpty ? [] : ["--anchored", "--no-wildcards"] + left.map { "--exclude=.\($0)" })
        let users = try ownerMap(\.user)
        let groups = try ownerMap(\.group)
        let maps = identity == nil ? [] : ["--owner-map=/proc/self/fd/4", "--group-map=/proc/self/fd/5"]
        try Self.run(
            ["--create", "--file=-", "--numeric-owner", "--directory=/proc/self/fd/3"] + maps + limits
                + ["--", name ?? "."],
            [1: 1, 3: parent.rawValue, 4: users.rawValue, 5: groups.rawValue])
    }

    /// The file for options of tar(1) by which the archive has the owners that the container shows; empty where they are those
    /// on the disk.
    private func ownerMap(_ id: KeyPath<KeptIdentity, UInt32>) throws -> OwnedDescriptor {
        let file = OwnedDescriptor(
            owning: try systemCall("memfd_create", "owners") { cl_memfd_create("owners", CL_MFD_CLOEXEC) })
        guard let kept = identity?[keyPath: id], kept > 0 else { return file }
        try file.write("+0 +\(kept)\n+\(kept) +0\n".utf8)
        let fd = file.rawValue
        try systemCall("lseek", "owners") { lseek(fd, 0, SEEK_SET) }
        return file
    }

    private static func run(_ arguments: [String], _ descriptors: [Int32: Int32]) throws {
        var descriptors = descriptors
        descriptors[2] = 2
        let child = try ChildProcess.start(ChildProcess.Command("tar", arguments, descriptors: descriptors))
        guard try child.wait().isSuccess else {
            throw EngineError(.unsupportedHost, "The program `tar` of the host has failed; it said why above.")
        }
    }
}
