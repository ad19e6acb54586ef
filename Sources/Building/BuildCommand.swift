internal import Builder
internal import Diagnostics
internal import Images
internal import OCI
internal import Vocabulary
internal import Workspaces

/// What `build` was asked beyond the Envfile.
package struct BuildCommand: Sendable {
    package var services: [String] = []
    package var skipsCache = false
    /// Whether registries are asked about bases that are here, and `bootstrap:` bases are made anew.
    package var pullsBases = false
    /// `ARG`s over those of the Envfile.
    package var arguments: [String: String] = [:]
    /// A stage, instead of that of the Envfile.
    package var target: String?
    /// Whether the container of a failed step is kept for a shell in it.
    package var debugs = false
    /// Whether steps are told that were in the cache.
    package var showsCached = true
    /// Whether probable mistakes in Dockerfiles are told.
    package var showsDoubts = true
    /// Seconds since 1970: with `skipsCache`, what was done from then on is taken from the cache all the same.
    package var acceptsSince: Int64?
    /// A command by which the user gets a shell in a step that failed; `nil` for `trice build --debug SERVICE`.
    package var debugCommand: String?
    /// What the flags that Docker's `build` has, too, say of every image.
    package var flags = BuildFlags()
    /// A build without an Envfile.
    package var file: FileBuild?

    /// A Dockerfile and a context.
    package struct FileBuild: Sendable {
        /// `nil` for the one in the context, `-` for what comes from standard input.
        package var dockerfile: String?
        /// `-` for what comes from standard input.
        package var context: String
        package var tags: [String]

        package init(dockerfile: String?, context: String, tags: [String]) {
            self.dockerfile = dockerfile
            self.context = context
            self.tags = tags
        }
    }

    package init() {}
}

/// An image that was built, with what was done for it.
package struct BuildReport: Sendable, Encodable {
    /// One step of a finished build, as `--json` prints it.
    package struct Step: Sendable, Encodable {
        package var step: String
        package var isCached: Bool
        /// Why it was done.
        package var reason: String?
        package var milliseconds: Int64?
    }

    package var name: String
    package var id: String
    package var tags: [String]
    package var steps: [Step]
}

/// A step of a build that failed, with its container kept.
package struct FailedBuildStep: ReportableError, Sendable, CustomStringConvertible {
    let error: BuildError
    let step: FailedStep
    let networks: BuildNetworks
    let watch: BuildWatch

    package var message: String { error.message }
    package var causes: [any Error] { [] }
    package var description: String { message }

    /// Runs a shell in it on this terminal.
    package func openShell() throws {
        _ = try step.openShell(.terminal)
    }

    /// Removes what a build that ended early has left on the disk.
    package func discard() throws {
        try step.discard()
        try networks.close()
    }
}

extension BuildReport {
    init(_ result: BuildResult) {
        name = result.name
        id = "\(result.image.id)"
        tags = result.tags.map { (try? Reference($0))?.familiar ?? $0 }
        steps = result.steps.map { report in
            switch report.outcome {
            case .cached: Step(step: "\(report.step)", isCached: true)
            case .executed(let reason, let elapsed):
                Step(
                    step: "\(report.step)", isCached: false, reason: "\(reason)",
                    milliseconds: Int64(elapsed.milliseconds))
            }
        }
    }
}
