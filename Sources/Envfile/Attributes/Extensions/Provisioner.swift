/// One step that makes a container ready for work: an entry of `provision`.
public struct Provisioner: Hashable, Sendable {
    public enum Action: Hashable, Sendable {
        /// Text for the container's shell.
        case shell(String)
        /// A script of the host, by its absolute path, with its arguments.
        case script(path: String, arguments: [String])
        case copy(Copy)
    }

    /// Files of the host that are copied into the container.
    public struct Copy: Hashable, Sendable {
        /// The absolute host path of a file or directory.
        public var source: String
        /// Whether the content of the directory is copied, and not the directory itself: the source ends in `/`.
        public var copiesContents: Bool
        /// The absolute path in the container; with a `/` at its end it is a directory.
        public var target: String
        /// `USER[:GROUP]` in the container; `nil` for root.
        public var owner: String?
        /// The mode of the files; `nil` keeps their modes.
        public var mode: UInt32?

        public init(
            source: String, copiesContents: Bool = false, target: String, owner: String? = nil, mode: UInt32? = nil
        ) {
            self.source = source
            self.copiesContents = copiesContents
            self.target = target
            self.owner = owner
            self.mode = mode
        }
    }

    /// When the step runs again.
    public enum Policy: String, Hashable, Sendable, CaseIterable {
        /// Until it succeeded once in the life of the container's volumes.
        case once
        /// When script, arguments, environment or inputs have changed.
        case changed
        case always
        /// Only when it is asked for by its name.
        case never
    }

    /// Its name in the output and on the command line, unique in its service: by default its number, from 1.
    public var name: String
    public var action: Action
    public var policy: Policy
    /// Patterns of files below the project directory that count for `changed`.
    public var inputs: [String]
    /// `nil` for the service's own, as with the directory.
    public var user: String?
    public var workingDirectory: String?
    /// On top of the service's own variables.
    public var environment: [String: String]

    public init(
        name: String, _ action: Action, policy: Policy = .once, inputs: [String] = [], user: String? = nil,
        workingDirectory: String? = nil, environment: [String: String] = [:]
    ) {
        self.name = name
        self.action = action
        self.policy = policy
        self.inputs = inputs
        self.user = user
        self.workingDirectory = workingDirectory
        self.environment = environment
    }
}
