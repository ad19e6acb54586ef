package import SystemPackage

/// What runs the commands of `RUN`.
package protocol StepExecutor: Sendable {
    /// Clears away what builds left that were killed; called before the first step of a build that runs.
    func prepare() throws(BuildError)

    /// Runs a command on top of its layers.
    ///
    /// After exit code 0 and the clean-up, `adopt` gets the directory of its changes, to rename it; a directory that is
    /// left is removed.
    ///
    /// - Parameter output: Gets the lines as they are written.
    /// - Throws: `BuildError` with code `.stepFailed` when the exit code was not 0.
    func run<Result: Sendable>(
        _ request: RunRequest, output: @escaping @Sendable (OutputLine) -> Void,
        adopt: @Sendable (_ upper: FilePath) throws -> Result
    ) async throws -> Result
}

extension StepRunner: StepExecutor {
    /// Removes what steps of a killed build left. It is called once before the first step.
    package func prepare() throws(BuildError) { try removeLeftovers() }

    package func run<Result: Sendable>(
        _ request: RunRequest, output: @escaping @Sendable (OutputLine) -> Void,
        adopt: @Sendable (_ upper: FilePath) throws -> Result
    ) async throws -> Result {
        let step = try await run(request, output: output)
        return try withExtendedLifetime(step) { try adopt(step.upper) }
    }
}
