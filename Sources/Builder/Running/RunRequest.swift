public import Dockerfile
public import OCI
public import SystemPackage

/// One RUN step with nothing left to look up but what its own image says of users and programs.
public struct RunRequest: Sendable {
    /// What is run.
    public enum Command: Sendable, Hashable {
        /// A program, looked for in the image's `PATH`, and its arguments.
        case program([String])
        /// A text that begins with `#!`: it is mounted as `/dev/pipes/NAME` and run.
        case script(InlineFile)
    }

    /// What the step is called in messages: the instruction's text.
    public var name: String
    /// The layers, the uppermost first; empty for `FROM scratch`.
    public var lowers: [FilePath]
    public var command: Command
    /// `NAME=value` each: those of the image and the arguments of the build. `PATH`, `HOSTNAME` and `HOME` are added
    /// where they are missing.
    public var environment: [String]
    /// `USER[:GROUP]` as the image's configuration has it; empty is root.
    public var user = ""
    /// Absolute; made when it is missing, and then part of the layer.
    public var workingDirectory = "/"
    public var mounts: [StepMount] = []
    public var network: StepNetwork = .none
    /// `--add-host` and `extra_hosts`; they win over all other names.
    public var extraHosts: [HostAddress] = []
    public var hostname = "buildstep"
    /// `--security=insecure`.
    public var isPrivileged = false
    /// The size of /dev/shm in bytes.
    public var sharedMemorySize: UInt64 = 64 << 20
    /// Wanted limits; they are cut to what this host lets us set.
    public var resourceLimits: [RuntimeSpecification.ResourceLimit] = []
    /// Limits of the step's cgroup.
    public var resources: RuntimeSpecification.Resources?
    /// A cgroup to have the step's own below, such as `/builds`; `nil` is the root of every hierarchy.
    public var cgroupParent: String?
    /// What a debugging shell is: the first word of `SHELL`.
    public var shell = "/bin/sh"
    /// Whether a step that fails stays as it was, for `FailedStep.openShell`.
    public var keepsFailed = false

    public init(name: String, lowers: [FilePath], command: Command, environment: [String] = []) {
        self.name = name
        self.lowers = lowers
        self.command = command
        self.environment = environment
    }
}

extension RunRequest.Command {
    /// What Docker runs where no `SHELL` says otherwise.
    public static let defaultShell = ["/bin/sh", "-c"]

    /// From a step of the Dockerfile; `shell` is the stage's, an empty one the default.
    public init(_ command: Dockerfile.RunStep.Command, shell: [String]) {
        self =
            switch command {
            case .exec(let words): .program(words)
            case .shell(let text): .program((shell.isEmpty ? Self.defaultShell : shell) + [text])
            case .script(let file): .script(file)
            }
    }

    /// The directory in which a script appears.
    static let scriptDirectory = "/dev/pipes"

    /// The program and its arguments as the container sees them.
    var arguments: [String] {
        switch self {
        case .program(let words): words
        case .script(let file): ["\(Self.scriptDirectory)/\(file.name)"]
        }
    }
}
