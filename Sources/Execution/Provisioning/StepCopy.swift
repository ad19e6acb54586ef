package import Builder
internal import Containers
internal import Envfile
internal import Glibc
package import Images
internal import LinuxSystem
internal import SystemPackage

/// A step that copies files of the host into a container.
struct StepCopy {
    private let copy: Provisioner.Copy
    /// Whose files in the container are the caller's; `nil` for root's.
    private let identity: KeptIdentity?

    init(_ copy: Provisioner.Copy, for identity: KeptIdentity? = nil) {
        self.copy = copy
        self.identity = identity
    }

    /// A name is itself, whatever characters it has.
    private static let literal = PatternLanguage(component: { pattern in { $0 == pattern } }, rules: { _ in nil })

    /// What is copied, with its digest.
    func select() throws -> (selection: FileSelection, tree: SourceTree) {
        let source = FilePath(copy.source)
        let isContent = copy.copiesContents || source.lastComponent == nil
        let directory = isContent ? source : source.removingLastComponent()
        let tree = try SourceTree(context: directory, named: "`\(directory)`")
        let name = isContent ? "." : source.lastComponent?.string ?? "."
        return (try tree.select(FileRequest(sources: [name], replacesOwner: true), Self.literal), tree)
    }

    /// - Parameter root: the container's root directory, with all that is mounted there.
    /// - Throws: `ContainersError` for an owner that the container lacks.
    func run(below root: FilePath) throws {
        let (selection, tree) = try select()
        let owner = try copy.owner.map { try UserResolver(rootfs: root).resolve($0) }
        var options = CopyOptions(
            destination: try destination(below: root),
            owner: FileOwner(user: owner?.uid ?? 0, group: owner?.gid ?? 0).exchanged(for: identity))
        if let mode = copy.mode.map({ UInt16(truncatingIfNeeded: $0) }) {
            // A directory that may be read may be entered.
            let directoryMode = mode | (mode & 0o444) >> 2
            options.mode = { _, isDirectory in isDirectory ? directoryMode : mode }
            options.directoryMode = directoryMode
        }
        try DestinationRoot(root).copy(selection, from: tree, options)
    }

    /// A file keeps its name in a directory that is there, as cp(1) has it. A directory becomes the target, so that a
    /// second run gives what the first one gave; below a target that ends in `/` it keeps its name.
    private func destination(below root: FilePath) throws -> String {
        let target = CopyOptions.destination(copy.target, workingDirectory: "/")
        guard !copy.copiesContents, let name = FilePath(copy.source).lastComponent?.string else { return target }
        let isDirectory = try Files.status(FilePath(copy.source), followingLinks: true)?.kind == .directory
        if target.hasSuffix("/") { return target + name }
        guard !isDirectory else { return target }
        let whole = try OwnedDescriptor.open(root, O_RDONLY | O_DIRECTORY)
        // What cannot be opened as a directory is not there, or a file.
        let isThere = (try? whole.openBeneath(target, O_RDONLY | O_DIRECTORY)) != nil
        return isThere ? "\(target)/\(name)" : target
    }
}

extension FileOwner {
    /// The owner on the disk of what this one of a container owns.
    package func exchanged(for identity: KeptIdentity?) -> FileOwner {
        guard let identity else { return self }
        return FileOwner(user: identity.exchanged(user: user), group: identity.exchanged(group: group))
    }
}
