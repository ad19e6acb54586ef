/// How one steps inside a service: its `ssh`. What is `nil` is the image's own.
public struct SSHSettings: Hashable, Sendable {
    public var user: String?
    /// An absolute path in the container.
    public var shell: String?
    /// Where the shell starts, an absolute path in the container.
    public var directory: String?
    public var forwardsAgent: Bool

    public init(user: String? = nil, shell: String? = nil, directory: String? = nil, forwardsAgent: Bool = false) {
        self.user = user
        self.shell = shell
        self.directory = directory
        self.forwardsAgent = forwardsAgent
    }
}

extension SSHSettings {
    static func decoded(from cursor: Cursor) -> SSHSettings? {
        var settings = SSHSettings()
        return table.decode(cursor, into: &settings) ? settings : nil
    }

    private static let table = AttributeTable<SSHSettings>([
        "directory": { $1.directory = $0.containerPath() },
        "forward_agent": { $1.forwardsAgent = $0.bool() ?? false },
        "shell": { $1.shell = $0.containerPath() },
        "user": { $1.user = $0.nonEmptyString() },
    ])

    func rendered() -> Value {
        .object([
            ("directory", .text(directory)), ("forward_agent", .flag(forwardsAgent)), ("shell", .text(shell)),
            ("user", .text(user)),
        ])
    }
}
