package import Images
internal import LinuxSystem
package import SystemPackage

/// Builds images from Dockerfiles.
///
/// Several images are built as one graph: shared stages are built once, and independent stages at the same time. All
/// results are kept for later builds, also those of a failed build. Any number of processes may build at once.
package struct Builder: Sendable {
    private let host: BuildHost

    package init(host: BuildHost) {
        self.host = host
    }

    /// The work of `build`, as far as it is known without the base images.
    ///
    /// - Throws: `BuildError` for an invalid context or Dockerfile.
    package func graph(of requests: [BuildRequest], options: BuildOptions = BuildOptions()) async throws -> BuildGraph {
        let executor = BlockingExecutor(label: "trice.build")
        return try await withTaskExecutorPreference(executor) {
            let work = LazyWork(WorkArea(host.workDirectory))
            var loader = BuildLoader(host: host, options: options, work: work, agents: KeyAgents(work))
            return try GraphSolver(await loader.load(requests), for: host.platform).graph()
        }
    }

    /// Builds the images, and gives each the names of its request.
    ///
    /// - Parameter events: Called from several threads, in order for each step.
    /// - Returns: the results in the order of the requests.
    /// - Throws: `BuildError`; the first failure stops all other work. `CancellationError` within a second when the
    ///   task was cancelled. The cache keeps the finished steps. `RebuildReason` with `options.dryRun`.
    package func build(
        _ requests: [BuildRequest], options: BuildOptions = BuildOptions(),
        events: @escaping @Sendable (BuildEvent) -> Void = { _ in }
    ) async throws -> [BuildResult] {
        let executor = BlockingExecutor(label: "trice.build")
        return try await withTaskExecutorPreference(executor) {
            // Layers and images of this build are not collected before records reference them.
            let protection = try host.images.store.protect()
            let result: [BuildResult]
            do {
                result = try await Cancellation.watching {
                    try await BuildRun(host: host, options: options, emit: events).build(requests)
                }
            } catch {
                // The error of a cancelled piece of work is not a failure.
                throw Task.isCancelled ? CancellationError() : error
            }
            _ = consume protection
            return result
        }
    }

    /// Removes what builds left that were killed: files and mounts of steps that were not at an end.
    ///
    /// - Parameter workDirectory: As in `BuildHost`; it need not be there.
    package static func removeLeftovers(in workDirectory: FilePath) throws(BuildError) {
        guard Files.exists(workDirectory) else { return }
        try WorkArea(workDirectory).removeLeftovers()
    }
}

/// A build that only looks has found something to do.
package struct RebuildReason: Error, Sendable {
    /// For people, such as `COPY src/ ./: src/a.c changed`.
    package var reason: String

    package init(reason: String) {
        self.reason = reason
    }
}

/// An image that was built.
package struct BuildResult: Sendable {
    /// The name of the request.
    package var name: String
    package var image: LocalImage
    /// The names of the image.
    package var tags: [String]
    /// The steps of all stages that it needed and that no earlier result contains.
    package var steps: [StepReport]
}
