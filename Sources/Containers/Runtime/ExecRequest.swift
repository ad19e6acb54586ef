/// Another program to run in a container; a `nil` field has the value of the container's first process.
///
/// It reaches the runtime as a process document, because the options of the runtimes differ: crun's cannot set
/// supplementary groups and fall back to root.
package struct ExecRequest: Hashable, Sendable {
    package var arguments: [String]
    package var hasTerminal: Bool
    package var workingDirectory: String?
    /// `NAME=value` each; they win over the first process' variables of the same name.
    package var environment: [String]
    package var user: ResolvedUser?

    package init(
        _ arguments: [String], hasTerminal: Bool = false, workingDirectory: String? = nil, environment: [String] = [],
        user: ResolvedUser? = nil
    ) {
        self.arguments = arguments
        self.hasTerminal = hasTerminal
        self.workingDirectory = workingDirectory
        self.environment = environment
        self.user = user
    }
}
