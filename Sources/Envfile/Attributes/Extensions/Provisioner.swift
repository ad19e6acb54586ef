/// One step that makes a container ready for work: an entry of `provision`.
package struct Provisioner: Hashable, Sendable {
    /// What a step does.
    package enum Action: Hashable, Sendable {
        /// Text for the container's shell.
        case shell(String)
        /// A script of the host, by its absolute path, with its arguments.
        case script(path: String, arguments: [String])
        case copy(Copy)
        case ansible(AnsiblePlay)
    }

    /// Files of the host that are copied into the container.
    package struct Copy: Hashable, Sendable {
        /// The absolute host path of a file or directory.
        package var source: String
        /// Whether the content of the directory is copied, and not the directory itself: the source ends in `/`.
        package var copiesContents: Bool
        /// The absolute path in the container; with a `/` at its end it is a directory.
        package var target: String
        /// `USER[:GROUP]` in the container; `nil` for root.
        package var owner: String?
        /// The mode of the files; `nil` keeps their modes.
        package var mode: UInt32?

        package init(
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
    package enum Policy: String, Hashable, Sendable, CaseIterable {
        /// Until it has succeeded in the container.
        case once
        /// When script, arguments, environment or inputs have changed.
        case changed
        case always
        /// Only when it is asked for by its name.
        case never
    }

    /// Its name in the output and on the command line, unique in its service: by default its number, from 1.
    package var name: String
    package var action: Action
    package var policy: Policy
    /// Patterns of files below the project directory that count for `changed`.
    package var inputs: [String]
    /// `nil` for the service's own, as with the directory.
    package var user: String?
    package var workingDirectory: String?
    /// On top of the service's own variables.
    package var environment: [String: String]

    /// Whether it runs a program of the host.
    package var runsOnHost: Bool {
        if case .ansible = action { true } else { false }
    }

    package init(
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
