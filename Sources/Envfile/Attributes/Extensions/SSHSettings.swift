/// `ssh`: the settings of a shell in a service. A `nil` takes the image's value.
public struct SSHSettings: Hashable, Sendable {
    public var user: String?
    /// An absolute path in the container.
    public var shell: String?
    /// The directory of the shell, an absolute path in the container.
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

    private static let table = AttributeTable<SSHSettings, SSHSettings>([
        .init("directory", decode: { $1.directory = $0.containerPath() }, render: { .text($0.directory) }),
        .init("forward_agent", decode: { $1.forwardsAgent = $0.bool() ?? false }, render: { .flag($0.forwardsAgent) }),
        .init("shell", decode: { $1.shell = $0.containerPath() }, render: { .text($0.shell) }),
        .init("user", decode: { $1.user = $0.nonEmptyString() }, render: { .text($0.user) }),
    ])

    static var keys: [AttributeKey] { table.keys }

    func rendered() -> Value {
        Self.table.rendered(self)
    }
}
