/// An instruction with replaced variables, as a builder performs it.
package struct Step: Hashable, Sendable {
    /// The instruction before the replacement.
    package var instruction: Instruction
    package var action: Action
    /// Variables that are used and not set.
    package var warnings: [DockerfileDiagnostic]

    /// What a step does, with all variables replaced.
    package enum Action: Hashable, Sendable {
        case add(AddStep)
        /// The present value of each argument; `nil` for a declared argument without a value.
        case arg([ArgumentValue])
        case cmd(CommandLine)
        case copy(CopyStep)
        case entrypoint(CommandLine)
        case env([Variable])
        case expose([ExposedPort])
        case healthcheck(Healthcheck)
        case label([Variable])
        case maintainer(String)
        case onbuild(Trigger)
        case run(RunStep)
        case shell([String])
        case stopSignal(String)
        case user(String)
        case volume([String])
        case workdir(String)
    }
}

/// An argument of a stage and its value.
package struct ArgumentValue: Hashable, Sendable {
    package var name: String
    package var value: String?
}

/// A file whose content is in the Dockerfile.
package struct InlineFile: Hashable, Sendable {
    package var name: String
    package var content: String
}

/// The source of one of the files of `COPY` and `ADD`.
package enum TransferSource: Hashable, Sendable {
    /// A path or a pattern below the root of the build context, the stage or the image; empty for that root.
    case path(String)
    case inline(InlineFile)
    /// `ADD` only: something to download.
    case url(String)
    /// `ADD` only: a Git repository, with its branch and folder behind `#`.
    case git(String)
}

/// What `COPY` and `ADD` have in common.
package struct TransferStep: Hashable, Sendable {
    /// Paths first, then inline files.
    package var sources: [TransferSource]
    /// Below the working directory unless it is absolute; empty for that itself. With a slash at its end it is a
    /// directory.
    package var destination: String
    /// `USER[:GROUP]`, names or numbers.
    package var owner: String?
    package var mode: FileMode?
    /// The mode as written, for the history.
    package var modeText: String?
    package var isLinked: Bool
    /// Patterns of `PathPattern`, relative to the source.
    package var excludes: [String]
}

/// `COPY`.
package struct CopyStep: Hashable, Sendable {
    package var transfer: TransferStep
    /// To be looked up with `StageGraph.source(_:of:)`; `nil` for the build context.
    package var from: Word?
    package var keepsParents: Bool
}

/// `ADD`.
package struct AddStep: Hashable, Sendable {
    package var transfer: TransferStep
    /// Such as `sha256:…`, or the commit of a Git source.
    package var checksum: String?
    package var keepsGitDirectory: Bool
    /// `nil`: local archives are unpacked and remote ones are not.
    package var unpacks: Bool?
}

/// `RUN`.
package struct RunStep: Hashable, Sendable {
    package var command: Command
    package var mounts: [RunMount]
    package var network: RunInstruction.Network
    package var security: RunInstruction.Security
    package var devices: [RunInstruction.Device]

    /// The command of `RUN`.
    package enum Command: Hashable, Sendable {
        case exec([String])
        /// A text for the stage's shell; here-documents that the shell is to read are in it.
        case shell(String)
        /// A here-document that begins with `#!`: it runs as a program.
        case script(InlineFile)
    }
}
