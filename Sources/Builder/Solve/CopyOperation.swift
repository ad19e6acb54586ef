internal import Dockerfile
internal import LinuxSystem
internal import OCI
internal import SystemPackage

/// `COPY` and `ADD`.
struct CopyOperation: StepOperation {
    let session: BuildSession
    let request: BuildRequest
    let parent: StageRoot
    let text: String
    let transfer: Transfer
    /// Absolute, with its slash at the end if it has one.
    let destination: String
    let keepsParents: Bool
    /// Of `ADD`.
    var checksum: String?
    var keepsGitDirectory = false
    /// `ADD --unpack`; by default local archives are unpacked and those of the network are not.
    var unpacking: Bool?
    /// Whether archives among the paths are unpacked.
    private var unpacksPaths: Bool { unpacking ?? isAdd }
    var isAdd = false
    /// Where paths are.
    let origin: Origin
    /// The variables that the instruction names.
    let variables: [StepComponents.Field]
    private var readings: [CopyReading]?

    /// What the instruction says of the files.
    struct Transfer: Sendable {
        var sources: [TransferSource]
        var owner: String?
        var mode: Dockerfile.FileMode?
        /// The mode as it is written.
        var modeText: String?
        var isLinked = false
        var excludes: [String] = []

        init(sources: [TransferSource]) {
            self.sources = sources
        }

        init(_ step: TransferStep) {
            sources = step.sources
            owner = step.owner
            mode = step.mode
            modeText = step.modeText
            isLinked = step.isLinked
            excludes = step.excludes
        }
    }

    enum Origin: Sendable {
        case context(SourceTree)
        /// Another stage or an image, which is mounted when it must be.
        case root(StageRoot, name: String)
    }

    init(
        session: BuildSession, request: BuildRequest, parent: StageRoot, text: String, transfer: Transfer,
        destination: String,
        keepsParents: Bool, origin: Origin, variables: [StepComponents.Field]
    ) {
        self.session = session
        self.request = request
        self.parent = parent
        self.text = text
        self.transfer = transfer
        self.destination = destination
        self.keepsParents = keepsParents
        self.origin = origin
        self.variables = variables
    }

    /// Whether the layer has nothing to do with what is below it: names of owners would have to be looked up there.
    private var isIndependent: Bool {
        transfer.isLinked && (transfer.owner.map { FileOwner(numbers: $0) != nil } ?? true)
    }

    private var paths: [String] {
        transfer.sources.compactMap { source in
            if case .path(let path) = source { path } else { nil }
        }
    }

    private var fileRequest: FileRequest {
        FileRequest(
            sources: paths, excludes: transfer.excludes, keepsParents: keepsParents,
            replacesOwner: transfer.owner != nil)
    }

    // MARK: Keys

    private func base() -> StepComponents {
        StepComponents(
            kind: "copy", text: text, parent: isIndependent ? nil : parent.key,
            settings: [
                .init("the destination", destination), .init("the owner", transfer.owner ?? ""),
                .init("the mode", transfer.modeText ?? ""),
                .init("the base", isIndependent ? "none" : "below"),
                .init("unpacking", unpacking.map { String($0) } ?? (isAdd ? "local" : "")),
                .init("--keep-git-dir", String(keepsGitDirectory)),
            ],
            variables: variables)
    }

    func quickComponents() throws -> StepComponents? {
        guard case .root(let root, let name) = origin, !paths.isEmpty else { return nil }
        var components = base()
        var writer = KeyWriter("selection")
        writer.add(root.key.description)
        writer.add(paths)
        writer.add(transfer.excludes)
        writer.add(String(keepsParents))
        components.inputs = [.init(name: name, digest: writer.digest, files: nil)]
        for source in transfer.sources {
            guard case .inline(let file) = source else { continue }
            components.inputs.append(try CopyReading.input(of: file))
        }
        return components
    }

    mutating func components() async throws -> StepComponents {
        var components = base()
        let readings = try await read()
        self.readings = readings
        components.inputs = readings.map(\.input)
        return components
    }

    /// Finds out what is to be copied, in the order of the instruction: paths first.
    private func read() async throws -> [CopyReading] {
        if transfer.sources.count > 1, !destination.hasSuffix("/") {
            throw BuildError(
                .destinationConflict,
                "Could not copy several files to `\(destination)`: that is no directory. Write a slash at its end.")
        }
        var readings: [CopyReading] = []
        if !paths.isEmpty {
            let tree: SourceTree
            switch origin {
            case .context(let context): tree = context
            case .root(let root, let name): tree = try session.tree(of: root, named: name)
            }
            let selection = try tree.select(fileRequest, .dockerfile)
            for pattern in selection.unmatched {
                session.emit(
                    .warning(build: request.name, .text("\(text): nothing in \(tree.name) matches `\(pattern)`.")))
            }
            readings.append(CopyReading(tree, selection, named: paths.joined(separator: " "), unpacks: unpacksPaths))
        }
        for source in transfer.sources {
            switch source {
            case .path: continue
            case .inline(let file): readings.append(try CopyReading(file))
            case .url(let address):
                readings.append(try CopyReading(address: address, checksum: checksum, unpacks: unpacking ?? false))
            case .git(let address):
                readings.append(
                    try CopyReading(
                        repository: address, checksum: checksum, keepsGitDirectory: keepsGitDirectory,
                        environment: session.agents.gitEnvironment(request)))
            }
            if case .url = source { try await readings[readings.count - 1].fetch(session) }
        }
        return readings
    }

    // MARK: Doing it

    func perform<Result: Sendable>(
        output: @escaping @Sendable (OutputLine) -> Void, adopt: @Sendable (FilePath) throws -> Result
    ) async throws -> Result {
        for reading in readings ?? [] {
            guard let remark = reading.sizeRemark, session.isFirst(remark) else { continue }
            session.emit(.warning(build: request.name, .text(remark)))
        }
        let work = try session.work.area.begin()
        var sources: [(SourceTree, FileSelection, CopyReading)] = []
        for reading in readings ?? [] {
            let (tree, selection) = try await reading.files(session, replacesOwner: transfer.owner != nil)
            sources.append((tree, selection, reading))
        }
        let root = WritableRoot(work.path, lowers: isIndependent ? [] : parent.directories)
        var remainder: CopyRemainder?
        try root.whileMounted { (target) throws(BuildError) in
            let owner = try transfer.owner.map { (text) throws(BuildError) in try FileOwner(text, in: target) }
            let place = try DestinationRoot(target)
            for (tree, selection, reading) in sources {
                try remainder?.finish(in: place)
                remainder = try place.begin(selection, from: tree, options(owner, reading))
            }
        }
        try remainder?.finish(in: DestinationRoot(root.upper))
        return try withExtendedLifetime(work) { try adopt(root.upper) }
    }

    private func options(_ owner: FileOwner?, _ reading: CopyReading) -> CopyOptions {
        var options = CopyOptions(destination: destination, owner: owner, unpacksArchives: reading.unpacks)
        if let mode = transfer.mode {
            options.mode = { mode.applied(to: $0, isDirectory: $1) }
            if case .exact(let bits) = mode { options.directoryMode = bits }
        } else if let bits = reading.defaultMode {
            options.mode = { permissions, isDirectory in isDirectory ? permissions : bits }
        }
        return options
    }
}
