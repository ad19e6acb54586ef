package import Containers
internal import Glibc
internal import LinuxSystem
package import SystemPackage

/// Runs RUN steps: takes a stack of layers and returns the directory of a new layer.
///
/// Any number of steps may run at once, in any number of processes.
package struct StepRunner: Sendable {
    /// What outlives the builds.
    package let caches: CacheMounts
    let steps: StepDirectories
    let runtime: any OCIRuntime
    let host: HostFacts
    let seccomp: ContainerConfiguration.Seccomp

    /// - Parameters:
    ///   - directory: on the file system of the layer store, into which finished layers are renamed; not on an overlay.
    ///   - runtime: with a separate root or one that other containers use; IDs of steps begin with `trice-build-`.
    ///   - seccomp: the filter for unprivileged steps.
    package init(
        directory: FilePath, runtime: any OCIRuntime, host: HostFacts, seccomp: ContainerConfiguration.Seccomp
    ) throws(BuildError) {
        caches = try CacheMounts(Self.cacheMounts(in: directory))
        steps = try attempting("make \(directory)") { () throws(SystemError) in
            try StepDirectories(directory.appending("steps"))
        }
        self.runtime = runtime
        self.host = host
        self.seccomp = seccomp
    }

    /// Where the cache mounts of a runner with this directory are.
    package static func cacheMounts(in directory: FilePath) -> FilePath { directory.appending("cache-mounts") }

    /// Kills and removes what builds left that were killed; to be called when a build begins.
    package func removeLeftovers() throws(BuildError) {
        try steps.clear(runtime)
    }

    /// Runs a step on a separate thread.
    ///
    /// - Parameter output: called on that thread for each line that the step writes.
    /// - Returns: the layer of the step, which may be empty.
    /// - Throws: `.stepFailed` with a `FailedStep` as its cause when the program ended with another code than 0;
    ///   `.stepInvalid`, `.sourceMissing` and `.destinationConflict` for a step whose inputs are missing; `.cancelled`
    ///   within a second when the task is cancelled; `.runtimeFailed`. Nothing of the step remains then, except for
    ///   `keepsFailed`.
    @concurrent
    package func run(
        _ request: RunRequest, output: @escaping @Sendable (OutputLine) -> Void
    ) async throws(BuildError) -> CompletedStep {
        let interruption = try attempting("run `\(request.name)`") { () throws(SystemError) in try Interruption() }
        let result = await withTaskCancellationHandler {
            await withTaskExecutorPreference(BlockingExecutor(label: "trice.step")) {
                do throws(BuildError) {
                    return Result<CompletedStep, BuildError>.success(try perform(request, interruption, output))
                } catch {
                    return .failure(error)
                }
            }
        } onCancel: {
            interruption.signal()
        }
        return try result.get()
    }

    private func perform(
        _ request: RunRequest, _ interruption: Interruption, _ output: @escaping @Sendable (OutputLine) -> Void
    ) throws(BuildError) -> CompletedStep {
        try interruption.check(request.name)
        let directory = try attempting("begin `\(request.name)`") { () throws(SystemError) in try steps.begin() }
        let resources = StepResources()
        let step: PreparedStep
        do throws(BuildError) {
            step = try StepPreparation(
                runner: self, request: request, directory: directory, resources: resources,
                interruption: interruption
            ).prepare()
        } catch {
            try give(back: resources, after: error)
        }
        return try finish(step, try execute(step, interruption, output))
    }

    private func execute(
        _ step: PreparedStep, _ interruption: Interruption, _ output: @escaping @Sendable (OutputLine) -> Void
    ) throws(BuildError) -> StepProcess.Ending {
        do throws(SystemError) {
            return try StepProcess(step: step, output: output, interruption: interruption).run()
        } catch {
            // The thrown failure is more useful than a failure of the clean-up.
            try? step.close()
            if error.call == "posix_spawn", error.errno == .noSuchFileOrDirectory {
                throw BuildError(
                    .runtimeFailed,
                    "Could not run `\(step.request.name)`: the runtime `\(step.runtime.program)` is not there. Install it, or name another.",
                    cause: error)
            }
            throw BuildError("run `\(step.request.name)`", error)
        }
    }

    private func finish(_ step: PreparedStep, _ ending: StepProcess.Ending) throws(BuildError) -> CompletedStep {
        switch ending {
        case .exited(0, _):
            try step.close()
            return try CompletedStep(step.directory)
        case .exited(let code, let lastLines):
            if let error = StepDiagnosis(step: step).explained {
                try step.close()
                throw error
            }
            if !step.request.keepsFailed { try step.close() }
            throw FailedStep(step, exitCode: code, lastLines: lastLines).error
        case .refused(let words):
            let error = StepDiagnosis(step: step).error(words)
            try step.close()
            throw error
        case .interrupted:
            try step.close()
            throw BuildError(.cancelled, "`\(step.request.name)` was cancelled.")
        }
    }

    private func give(back resources: StepResources, after error: BuildError) throws(BuildError) -> Never {
        // The first failure is more useful than a failure of the clean-up; the next build removes the rest.
        try? resources.release()
        throw error
    }
}

/// The result of a step.
package final class CompletedStep: Sendable {
    /// The layer, which the caller renames into the layer store. Otherwise it is removed with this value.
    package let upper: FilePath
    /// Whether the step changed nothing. Docker makes a layer of it all the same.
    package let isEmpty: Bool
    private let directory: StepDirectory

    init(_ directory: StepDirectory) throws(BuildError) {
        upper = directory.upper
        isEmpty = try attempting("look at \(directory.upper)") { () throws(SystemError) in
            try Files.names(in: directory.upper).isEmpty
        }
        self.directory = directory
    }
}
