/// A further program to run in a container; what is `nil` is as in the container's first process.
///
/// It reaches the runtime as a process document, because the runtimes' own options differ in what they leave out:
/// crun's know no supplementary groups and fall back to root.
public struct ExecRequest: Hashable, Sendable {
    public var arguments: [String]
    public var hasTerminal: Bool
    public var workingDirectory: String?
    /// `NAME=value` each; they win over the first process' variables of the same name.
    public var environment: [String]
    public var user: ResolvedUser?

    public init(
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
