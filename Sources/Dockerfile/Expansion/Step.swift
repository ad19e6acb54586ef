/// An instruction whose variables are replaced: what a builder performs.
public struct Step: Hashable, Sendable {
    /// What it was made of.
    public var instruction: Instruction
    public var action: Action
    /// Variables that are used and not set.
    public var warnings: [DockerfileDiagnostic]

    public enum Action: Hashable, Sendable {
        case add(AddStep)
        /// What each argument is now; `nil` for one that is declared and has no value.
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

/// A file whose contents stand in the Dockerfile.
public struct InlineFile: Hashable, Sendable {
    public var name: String
    public var content: String
}

/// Where one of the files of `COPY` and `ADD` comes from.
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
    /// The mode as it is written, for the history.
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
        /// A here-document that begins with `#!`: it is to be run as a program of its own.
        case script(InlineFile)
    }
}
