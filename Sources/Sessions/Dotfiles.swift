internal import Builder
internal import CLinux
internal import Containers
internal import Envfile
internal import Glibc
internal import LinuxSystem
internal import SystemPackage
internal import Workspaces

/// The files of a user in a container: copied into the home directory of who steps inside, again when they have changed.
///
/// They are recorded, so that no image that is made of the container has them.
struct Dotfiles {
    private static let literal = PatternLanguage(component: { pattern in { $0 == pattern } }, rules: { _ in nil })

    private let files: [SSHSettings.Dotfile]
    private let user: ResolvedUser
    private let owner: FileOwner

    /// - Parameter owner: of the copies, as the file system has it.
    init(_ files: [SSHSettings.Dotfile], of user: ResolvedUser, owner: FileOwner) {
        self.files = files
        self.user = user
        self.owner = owner
    }

    /// Copies those that the container does not have as they are now.
    ///
    /// - Parameters:
    ///   - process: a process of the container.
    ///   - stamp: a file that says which have been copied, one for each user.
    ///   - record: where the places inside are recorded, one a line.
    /// - Returns: a sentence for each that could not be copied.
    func copy(into process: Int32, stamp: FilePath, record: FilePath) throws -> [String] {
        let current = files.map { "\(Files.stampOrGone(FilePath($0.source))) \($0.source) \($0.target)\n" }.joined()
        guard try Files.text(stamp) != current else { return [] }
        let root = try DestinationRoot(FilePath("/proc/\(process)/root"))
        var places = Set((try Files.text(record) ?? "").split(separator: "\n").map(String.init))
        var failures: [String] = []
        for file in files {
            let source = FilePath(file.source)
            guard let status = try Files.status(source, followingLinks: true), let name = source.lastComponent?.string
            else {
                failures.append("`\(source)`, one of your dotfiles, is not there")
                continue
            }
            let target = file.target.hasPrefix("/") ? file.target : "\(user.home)/\(file.target)"
            places.insert(target)
            // Recorded first: an interruption must not leave one that is not.
            try Files.write(places.sorted().map { "\($0)\n" }.joined().utf8, to: record, mode: 0o600)
            let isDirectory = status.kind == .directory
            let real = source.resolved() ?? source
            let tree = try SourceTree(
                context: isDirectory ? real : real.removingLastComponent(), named: "the dotfiles")
            let selection = try tree.select(
                FileRequest(sources: [isDirectory ? "." : real.lastComponent?.string ?? name]), Self.literal)
            try root.copy(
                selection, from: tree,
                CopyOptions(destination: target, owner: owner))
        }
        if failures.isEmpty { try Files.write(current.utf8, to: stamp, mode: 0o600) }
        return failures
    }

    /// Removes from a layer what was copied into the container that it is of.
    static func remove(recordedAt record: FilePath, from layer: FilePath) throws {
        let places = (try Files.text(record) ?? "").split(separator: "\n").map { FilePath(String($0)) }
        guard !places.isEmpty else { return }
        let root = try OwnedDescriptor.open(layer, O_RDONLY | O_DIRECTORY)
        for place in places {
            // What cannot be opened is not in the layer.
            guard let name = place.lastComponent?.string,
                let parent = try? root.openBeneath(place.removingLastComponent().string, CL_O_PATH | O_DIRECTORY)
            else { continue }
            try Files.removeTree(FilePath("/proc/self/fd/\(parent.rawValue)").appending(name))
            _ = consume parent
        }
    }
}
