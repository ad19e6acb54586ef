public import SystemPackage

/// What runs the commands of `RUN`.
public protocol StepExecutor: Sendable {
    /// Clears away what builds left that were killed; called before the first step of a build that runs.
    func prepare() throws(BuildError)

    /// Runs a command on top of its layers.
    ///
    /// When it has exited with 0 and nothing of it is left, `adopt` is given the directory with what it changed, to rename
    /// it; what is there afterwards is removed.
    ///
    /// - Parameter output: Gets the lines as they come.
    /// - Throws: `BuildError` with code `.stepFailed` when the command did not exit with 0.
    func run<Result: Sendable>(
        _ request: RunRequest, output: @escaping @Sendable (OutputLine) -> Void,
        adopt: @Sendable (_ upper: FilePath) throws -> Result
    ) async throws -> Result
}

extension StepRunner: StepExecutor {
    public func prepare() throws(BuildError) { try removeLeftovers() }

    public func run<Result: Sendable>(
        _ request: RunRequest, output: @escaping @Sendable (OutputLine) -> Void,
        adopt: @Sendable (_ upper: FilePath) throws -> Result
    ) async throws -> Result {
        let step = try await run(request, output: output)
        return try withExtendedLifetime(step) { try adopt(step.upper) }
    }
}
