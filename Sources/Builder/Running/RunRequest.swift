package import Dockerfile
package import OCI
package import SystemPackage

/// One RUN step in which only the image's users and programs are still to be looked up.
package struct RunRequest: Sendable {
    /// The command to run.
    package enum Command: Sendable, Hashable {
        /// A program, looked for in the image's `PATH`, and its arguments.
        case program([String])
        /// A text that begins with `#!`: it is mounted as `/dev/pipes/NAME` and run.
        case script(InlineFile)
    }

    /// The name of the step in messages: the instruction's text.
    package var name: String
    /// The layers, the uppermost first; empty for `FROM scratch`.
    package var lowers: [FilePath]
    package var command: Command
    /// `NAME=value` each: those of the image and the arguments of the build. `PATH`, `HOSTNAME` and `HOME` are added
    /// where they are missing.
    package var environment: [String]
    /// `USER[:GROUP]` as the image's configuration has it; empty is root.
    package var user = ""
    /// Absolute; made when it is missing, and then part of the layer.
    package var workingDirectory = "/"
    package var mounts: [StepMount] = []
    package var network: StepNetwork = .none
    /// `--add-host` and `extra_hosts`; they win over all other names.
    package var extraHosts: [HostAddress] = []
    package var hostname = "buildstep"
    /// `--security=insecure`.
    package var isPrivileged = false
    /// The size of /dev/shm in bytes.
    package var sharedMemorySize: UInt64 = 64 << 20
    /// The requested limits; they are reduced to what this host allows.
    package var resourceLimits: [RuntimeSpecification.ResourceLimit] = []
    /// Limits of the step's cgroup.
    package var resources: RuntimeSpecification.Resources?
    /// The parent of the step's cgroup, such as `/builds`; `nil` is the root of every hierarchy.
    package var cgroupParent: String?
    /// The shell for debugging: the first word of `SHELL`.
    package var shell = "/bin/sh"
    /// Whether the container of a failed step is kept for `FailedStep.openShell`.
    package var keepsFailed = false

    package init(name: String, lowers: [FilePath], command: Command, environment: [String] = []) {
        self.name = name
        self.lowers = lowers
        self.command = command
        self.environment = environment
    }
}

extension RunRequest.Command {
    /// Docker's shell without a `SHELL` instruction.
    package static let defaultShell = ["/bin/sh", "-c"]

    /// From a step of the Dockerfile; `shell` is the stage's, an empty one the default.
    package init(_ command: Dockerfile.RunStep.Command, shell: [String]) {
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
