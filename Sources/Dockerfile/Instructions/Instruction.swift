/// One instruction of a stage, checked as far as it can be while its variables are not known.
public struct Instruction: Hashable, Sendable {
    public var kind: Kind
    public var keyword: Keyword
    /// From the keyword to the last word; here-documents are not in it.
    public var location: Location
    /// The instruction on one line, without its continuations and here-documents.
    public var text: String
    /// The `check` options in the comments above it.
    public var checks = CheckOptions()

    public indirect enum Kind: Hashable, Sendable {
        case add(AddInstruction)
        case arg([ArgumentDeclaration])
        case cmd(CommandLine)
        case copy(CopyInstruction)
        case entrypoint(CommandLine)
        case env([Assignment])
        case expose([Word])
        case healthcheck(Healthcheck)
        case label([Assignment])
        case maintainer(String)
        case onbuild(Trigger)
        case run(RunInstruction)
        case shell([String])
        case stopSignal(Word)
        case user(Word)
        case volume([Word])
        case workdir(Word)
    }
}

/// A name and a value of `ENV` or `LABEL`, both with their variables and quotes.
public struct Assignment: Hashable, Sendable {
    public var name: Word
    public var value: Word
    /// Whether it is a value to the end of the line, without an equals sign.
    public var isLegacy: Bool
}

/// One argument that `ARG` declares.
public struct ArgumentDeclaration: Hashable, Sendable {
    public var name: Word
    /// With its variables and quotes; `nil` when there is no default.
    public var defaultValue: Word?
}

/// A command in one of its two forms.
public enum CommandLine: Hashable, Sendable {
    /// The exec form: a program and its arguments.
    case exec([String])
    /// The shell form: one text for the stage's shell.
    case shell(String)
}

/// What `ONBUILD` keeps for the builds that start from the image.
public struct Trigger: Hashable, Sendable {
    /// The instruction as the image's configuration keeps it, here-documents included.
    public var text: String
    public var instruction: Instruction
}

/// One source of `COPY` or `ADD`.
public enum FileSource: Hashable, Sendable {
    case path(Word)
    case heredoc(Heredoc)
}

/// What `COPY` and `ADD` have in common.
public struct FileTransfer: Hashable, Sendable {
    public var sources: [FileSource]
    public var destination: Word
    /// `--chown`.
    public var owner: Word?
    /// `--chmod`.
    public var mode: Word?
    /// `--link`: the files are a layer that does not depend on the layers below.
    public var isLinked: Bool
    /// `--exclude`.
    public var excludes: [Word]
}

public struct CopyInstruction: Hashable, Sendable {
    public var transfer: FileTransfer
    /// `--from`: a stage by name or number, a named context or an image.
    public var from: Word?
    /// `--parents`: the directories above the sources are kept.
    public var keepsParents: Bool
}

public struct AddInstruction: Hashable, Sendable {
    public var transfer: FileTransfer
    /// `--checksum`: of a remote source.
    public var checksum: Word?
    /// `--keep-git-dir`.
    public var keepsGitDirectory: Bool?
    /// `--unpack`; by default local archives are unpacked and remote ones are not.
    public var unpacks: Bool?
}

public struct RunInstruction: Hashable, Sendable {
    public var command: CommandLine
    public var heredocs: [Heredoc]
    public var mounts: [MountDeclaration]
    public var network: Network
    public var security: Security
    public var devices: [Device]

    /// `--network`.
    public enum Network: String, CaseIterable, Hashable, Sendable {
        case `default`, none, host
    }

    /// `--security`.
    public enum Security: String, CaseIterable, Hashable, Sendable {
        case sandbox, insecure
    }

    /// `--device`: one of the Container Device Interface.
    public struct Device: Hashable, Sendable {
        /// Such as `vendor.com/class=name`.
        public var name: String
        public var isRequired: Bool
    }
}

/// `HEALTHCHECK`: the check of a container's health. The runtime chooses a duration that is `nil`.
public struct Healthcheck: Hashable, Sendable {
    /// `nil` is `NONE`: the base image's check is off.
    public var command: CommandLine?
    public var interval: Duration?
    public var timeout: Duration?
    public var startPeriod: Duration?
    public var startInterval: Duration?
    /// 0 is the runtime's to choose.
    public var retries: Int

    public init(
        command: CommandLine?, interval: Duration? = nil, timeout: Duration? = nil, startPeriod: Duration? = nil,
        startInterval: Duration? = nil, retries: Int = 0
    ) {
        self.command = command
        self.interval = interval
        self.timeout = timeout
        self.startPeriod = startPeriod
        self.startInterval = startInterval
        self.retries = retries
    }
}
