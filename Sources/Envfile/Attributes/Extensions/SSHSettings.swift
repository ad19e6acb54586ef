/// `ssh`: the settings of a shell in a service. A `nil` takes the image's value.
package struct SSHSettings: Hashable, Sendable {
    package var user: String?
    /// An absolute path in the container.
    package var shell: String?
    /// The directory of the shell, an absolute path in the container.
    package var directory: String?
    package var forwardsAgent: Bool
    /// Files of the host that are copied into the home directory of who steps inside.
    package var dotfiles: [Dotfile] = []

    /// A file or a directory that is copied.
    package struct Dotfile: Hashable, Sendable {
        /// The absolute host path.
        package var source: String
        /// Below the home directory inside, or absolute.
        package var target: String

        package init(source: String, target: String) {
            self.source = source
            self.target = target
        }
    }

    package init(user: String? = nil, shell: String? = nil, directory: String? = nil, forwardsAgent: Bool = false) {
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
        .init(
            "dotfiles", decode: { $1.dotfiles = Dotfile.decodedList(from: $0) },
            render: { model in .items(model.dotfiles) { .string("\($0.source):\($0.target)") } }
        ).merged(.list(nil)),
        .init("forward_agent", decode: { $1.forwardsAgent = $0.bool() ?? false }, render: { .flag($0.forwardsAgent) }),
        .init("shell", decode: { $1.shell = $0.containerPath() }, render: { .text($0.shell) }),
        .init("user", decode: { $1.user = $0.nonEmptyString() }, render: { .text($0.user) }),
    ])

    static var keys: [AttributeKey] { table.keys }

    func rendered() -> Value {
        Self.table.rendered(self)
    }
}

extension SSHSettings.Dotfile {
    /// A list of `SOURCE[:TARGET]`; without a target it has the name of the source.
    fileprivate static func decodedList(from cursor: Cursor) -> [Self] {
        guard let items = cursor.items else {
            cursor.mismatch("a list of files")
            return []
        }
        return items.compactMap { item in
            guard let text = item.nonEmptyString() else { return nil }
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let source = HostPath.resolved(parts[0], at: item) else { return nil }
            let target = parts.count > 1 ? parts[1] : HostPath.lastComponent(of: source)
            guard !target.isEmpty, !target.split(separator: "/").contains("..") else {
                item.error("`\(text)` has no place inside", expected: "SOURCE or SOURCE:TARGET, without `..`")
                return nil
            }
            return Self(source: source, target: target)
        }
    }
}
