internal import Dockerfile
internal import LinuxSystem
internal import OCI
internal import SystemPackage

/// One thing that `COPY` or `ADD` copies, and what stands for it in the key.
struct CopyReading: Sendable {
    private enum Kind: Sendable {
        case files(SourceTree, FileSelection)
        case inline(InlineFile)
        /// The file once it was downloaded, with the directory that it lies in.
        case url(String, DownloadedFile?)
        case git(GitRepository, GitRepository.Commit)
    }

    private var kind: Kind
    private(set) var input: StepComponents.Input
    /// Whether archives are unpacked.
    let unpacks: Bool
    private var checksum: String?
    private var keepsGitDirectory = false

    /// Files of a tree.
    init(_ tree: SourceTree, _ selection: FileSelection, named name: String, unpacks: Bool) {
        kind = .files(tree, selection)
        input = .init(name: name, digest: selection.digest, files: selection)
        self.unpacks = unpacks
    }

    /// A file whose content is in the Dockerfile.
    init(_ file: InlineFile) throws(BuildError) {
        kind = .inline(file)
        input = try Self.input(of: file)
        unpacks = false
    }

    static func input(of file: InlineFile) throws(BuildError) -> StepComponents.Input {
        var writer = KeyWriter("inline file")
        writer.add(file.name)
        writer.add(file.content)
        return .init(name: "the text of \(file.name)", digest: writer.digest, files: nil)
    }

    /// A file to be downloaded. With a checksum it is known by that, and fetched only when it is needed.
    init(address: String, checksum: String?, unpacks: Bool) throws(BuildError) {
        kind = .url(address, nil)
        self.unpacks = unpacks
        self.checksum = checksum
        input = .init(name: address, digest: try Self.digest(address, checksum ?? ""), files: nil)
    }

    /// A commit of a repository.
    ///
    /// - Parameter environment: For git.
    init(
        repository address: String, checksum: String?, keepsGitDirectory: Bool, environment: [String: String]
    ) throws(BuildError) {
        guard case .git(var reference) = try SourceLocation(address) else {
            throw BuildError(.invalidReference, "Could not understand the git address `\(address)`.")
        }
        reference.checksum = checksum ?? reference.checksum
        let repository = GitRepository(reference, environment: environment)
        let commit = try repository.resolve()
        kind = .git(repository, commit)
        unpacks = false
        self.keepsGitDirectory = keepsGitDirectory
        input = .init(
            name: reference.shownRemote, digest: try Self.digest(reference.subdirectory ?? "", commit.id), files: nil
        )
    }

    private static func digest(_ place: String, _ content: String) throws(BuildError) -> OCI.Digest {
        var writer = KeyWriter("remote file")
        writer.add(place)
        writer.add(content)
        return writer.digest
    }

    /// The mode of files that have no mode of their own: those from the network belong to their owner only.
    var defaultMode: UInt16? {
        if case .url = kind { 0o600 } else { nil }
    }

    /// The warning for a copy of so much of a context that it is hardly meant, where nothing is excluded.
    var sizeRemark: String? {
        guard case .files(let tree, let selection) = kind, tree.kind == .context, tree.rules.isEmpty else { return nil }
        return ContextSize(selection).remark(on: tree.name)
    }

    // MARK: Getting it

    /// Downloads a file that no checksum stands for.
    mutating func fetch(_ session: BuildSession) async throws {
        guard case .url(let address, nil) = kind, checksum == nil else { return }
        let file = try await download(address, session)
        kind = .url(address, file)
        input.digest = try Self.digest(file.path.lastComponent?.string ?? "", file.digest.description)
    }

    private func download(_ address: String, _ session: BuildSession) async throws -> DownloadedFile {
        let directory = try session.work.directory().makeDirectory("download")
        do {
            var file = try await session.host.downloads.download(address, into: directory)
            let path = directory.appending(WebFileName(address).text)
            if path != file.path { try Files.rename(file.path, to: path) }
            file.path = path
            return file
        } catch let error as BuildError {
            throw error
        } catch let error as CancellationError {
            throw error
        } catch {
            let why = "\(error)"
            throw BuildError(
                .downloadFailed, why.contains(address) ? why : "Could not download \(address): \(why)", cause: error)
        }
    }

    /// The files themselves.
    func files(_ session: BuildSession, replacesOwner: Bool) async throws -> (SourceTree, FileSelection) {
        let work = try session.work.directory()
        let directory: FilePath
        var sources: [String]
        switch kind {
        case .files(let tree, let selection): return (tree, selection)
        case .inline(let file):
            directory = try work.makeDirectory("inline")
            try attempting("write \(file.name)") { () throws(SystemError) in
                try Files.write(file.content.utf8, to: directory.appending(file.name), mode: 0o644)
            }
            sources = [file.name]
        case .url(let address, let known):
            let file: DownloadedFile
            if let known { file = known } else { file = try await download(address, session) }
            if let checksum { try Self.check(file, checksum, address) }
            directory = file.path.removingLastComponent()
            sources = [file.path.lastComponent?.string ?? ""]
        case .git(let repository, let commit):
            directory = try repository.checkOut(
                commit, into: work.makeDirectory("git"), keepsGitDirectory: keepsGitDirectory)
            sources = ["."]
        }
        let tree = try SourceTree(context: directory, named: input.name)
        // A name is no pattern.
        sources = sources.map { $0.flatMap { "*?[\\".contains($0) ? "\\\($0)" : "\($0)" } }.map { String($0) }
        return (tree, try tree.select(FileRequest(sources: sources, replacesOwner: replacesOwner), .dockerfile))
    }

    private static func check(_ file: DownloadedFile, _ checksum: String, _ address: String) throws(BuildError) {
        let algorithm = checksum.prefix { $0 != ":" }
        let found: String
        if algorithm == "sha256" {
            found = file.digest.description
        } else {
            let bytes = try attempting("read \(file.path)") { () throws(SystemError) in try Files.read(file.path) }
            found =
                algorithm == "sha384"
                ? "sha384:\(Digest.hexadecimal(Digester.sha384(of: bytes)))"
                : Digester.digest(of: bytes, .sha512).description
        }
        guard found != checksum else { return }
        throw BuildError(.checksumMismatch, "Could not use \(address): its digest is \(found) instead of \(checksum).")
    }
}
