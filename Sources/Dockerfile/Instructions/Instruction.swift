/// One instruction of a stage, checked as far as it can be while its variables are not known.
package struct Instruction: Hashable, Sendable {
    package var kind: Kind
    package var keyword: Keyword
    /// From the keyword to the last word; here-documents are not in it.
    package var location: Location
    /// The instruction on one line, without its continuations and here-documents.
    package var text: String
    /// The `check` options in the comments above it.
    package var checks = CheckOptions()

    /// The instruction by its keyword, with its arguments as they are written.
    package indirect enum Kind: Hashable, Sendable {
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
package struct Assignment: Hashable, Sendable {
    package var name: Word
    package var value: Word
    /// Whether it is a value to the end of the line, without an equals sign.
    package var isLegacy: Bool
}

/// One argument that `ARG` declares.
package struct ArgumentDeclaration: Hashable, Sendable {
    package var name: Word
    /// With its variables and quotes; `nil` when there is no default.
    package var defaultValue: Word?
}

/// A command in one of its two forms.
package enum CommandLine: Hashable, Sendable {
    /// The exec form: a program and its arguments.
    case exec([String])
    /// The shell form: one text for the stage's shell.
    case shell(String)
}

/// What `ONBUILD` keeps for the builds that start from the image.
package struct Trigger: Hashable, Sendable {
    /// The instruction as the image's configuration keeps it, here-documents included.
    package var text: String
    package var instruction: Instruction
}

/// One source of `COPY` or `ADD`.
package enum FileSource: Hashable, Sendable {
    case path(Word)
    case heredoc(Heredoc)
}

/// What `COPY` and `ADD` have in common.
package struct FileTransfer: Hashable, Sendable {
    package var sources: [FileSource]
    package var destination: Word
    /// `--chown`.
    package var owner: Word?
    /// `--chmod`.
    package var mode: Word?
    /// `--link`: the files are a layer that does not depend on the layers below.
    package var isLinked: Bool
    /// `--exclude`.
    package var excludes: [Word]
}

/// `COPY` as it is written.
package struct CopyInstruction: Hashable, Sendable {
    package var transfer: FileTransfer
    /// `--from`: a stage by name or number, a named context or an image.
    package var from: Word?
    /// `--parents`: the directories above the sources are kept.
    package var keepsParents: Bool
}

/// `ADD` as it is written.
package struct AddInstruction: Hashable, Sendable {
    package var transfer: FileTransfer
    /// `--checksum`: of a remote source.
    package var checksum: Word?
    /// `--keep-git-dir`.
    package var keepsGitDirectory: Bool?
    /// `--unpack`; by default local archives are unpacked and remote ones are not.
    package var unpacks: Bool?
}

/// `RUN` as it is written.
package struct RunInstruction: Hashable, Sendable {
    package var command: CommandLine
    package var heredocs: [Heredoc]
    package var mounts: [MountDeclaration]
    package var network: Network
    package var security: Security
    package var devices: [Device]

    /// `--network`.
    package enum Network: String, CaseIterable, Hashable, Sendable {
        case `default`, none, host
    }

    /// `--security`.
    package enum Security: String, CaseIterable, Hashable, Sendable {
        case sandbox, insecure
    }

    /// `--device`: one of the Container Device Interface.
    package struct Device: Hashable, Sendable {
        /// Such as `vendor.com/class=name`.
        package var name: String
        package var isRequired: Bool
    }
}

/// `HEALTHCHECK`: the check of a container's health. The runtime chooses a duration that is `nil`.
package struct Healthcheck: Hashable, Sendable {
    /// `nil` is `NONE`: the base image's check is off.
    package var command: CommandLine?
    package var interval: Duration?
    package var timeout: Duration?
    package var startPeriod: Duration?
    package var startInterval: Duration?
    /// 0 is the runtime's to choose.
    package var retries: Int

    package init(
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
