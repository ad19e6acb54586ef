/// An instruction with replaced variables, as a builder performs it.
public struct Step: Hashable, Sendable {
    /// The instruction before the replacement.
    public var instruction: Instruction
    public var action: Action
    /// Variables that are used and not set.
    public var warnings: [DockerfileDiagnostic]

    public enum Action: Hashable, Sendable {
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
public struct ArgumentValue: Hashable, Sendable {
    public var name: String
    public var value: String?
}

/// A file whose content is in the Dockerfile.
public struct InlineFile: Hashable, Sendable {
    public var name: String
    public var content: String
}

/// The source of one of the files of `COPY` and `ADD`.
public enum TransferSource: Hashable, Sendable {
    /// A path or a pattern below the root of the build context, the stage or the image; empty for that root.
    case path(String)
    case inline(InlineFile)
    /// `ADD` only: something to download.
    case url(String)
    /// `ADD` only: a Git repository, with its branch and folder behind `#`.
    case git(String)
}

/// What `COPY` and `ADD` have in common.
public struct TransferStep: Hashable, Sendable {
    /// Paths first, then inline files.
    public var sources: [TransferSource]
    /// Below the working directory unless it is absolute; empty for that itself. With a slash at its end it is a
    /// directory.
    public var destination: String
    /// `USER[:GROUP]`, names or numbers.
    public var owner: String?
    public var mode: FileMode?
    /// The mode as written, for the history.
    public var modeText: String?
    public var isLinked: Bool
    /// Patterns of `PathPattern`, relative to the source.
    public var excludes: [String]
}

public struct CopyStep: Hashable, Sendable {
    public var transfer: TransferStep
    /// To be looked up with `StageGraph.source(_:of:)`; `nil` for the build context.
    public var from: Word?
    public var keepsParents: Bool
}

public struct AddStep: Hashable, Sendable {
    public var transfer: TransferStep
    /// Such as `sha256:…`, or the commit of a Git source.
    public var checksum: String?
    public var keepsGitDirectory: Bool
    /// `nil`: local archives are unpacked and remote ones are not.
    public var unpacks: Bool?
}

public struct RunStep: Hashable, Sendable {
    public var command: Command
    public var mounts: [RunMount]
    public var network: RunInstruction.Network
    public var security: RunInstruction.Security
    public var devices: [RunInstruction.Device]

    public enum Command: Hashable, Sendable {
        case exec([String])
        /// A text for the stage's shell; here-documents that the shell is to read are in it.
        case shell(String)
        /// A here-document that begins with `#!`: it runs as a program.
        case script(InlineFile)
    }
}
