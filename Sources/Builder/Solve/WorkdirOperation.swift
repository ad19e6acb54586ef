internal import LinuxSystem
internal import OCI
internal import SystemPackage

/// `WORKDIR`: creates the directory when it is missing.
struct WorkdirOperation: StepOperation {
    let session: BuildSession
    let parent: StageRoot
    let text: String
    /// Absolute.
    let path: String
    /// The owner of a new directory: the present `USER`.
    let user: String

    func quickComponents() throws -> StepComponents? { nil }

    func components() throws -> StepComponents {
        StepComponents(
            kind: "workdir", text: text, parent: parent.key,
            settings: [.init("the directory", path), .init("the user", user)])
    }

    func perform<Result: Sendable>(
        output: @escaping @Sendable (OutputLine) -> Void, adopt: @Sendable (FilePath) throws -> Result
    ) throws -> Result {
        let work = try session.work.area.begin()
        let root = WritableRoot(work.path, lowers: parent.directories)
        try root.whileMounted { (target) throws(BuildError) in
            let owner = user.isEmpty ? FileOwner.root : try FileOwner(user, in: target)
            let destination = try DestinationRoot(target)
            let place = try destination.place(of: TreePath(path))
            try destination.makeDirectories(place.path, mode: 0o755, owner: owner)
        }
        return try withExtendedLifetime(work) { try adopt(root.upper) }
    }
}
