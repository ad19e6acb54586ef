/// A mount of `RUN`, complete: every default is filled in. A target that is not absolute is below the working directory;
/// `.` is that itself.
///
/// Source: Dockerfile reference, "RUN --mount".
public enum RunMount: Hashable, Sendable {
    case bind(Bind)
    case cache(Cache)
    case tmpfs(Temporary)
    case secret(Secret)
    case ssh(AgentSocket)

    /// A directory of the build context, a stage or an image. Changes in it are discarded.
    public struct Bind: Hashable, Sendable {
        /// `nil` for the build context.
        public var from: Word?
        /// Below the root of its source.
        public var source: String
        public var target: String
        public var isReadOnly: Bool
    }

    /// A directory that is kept between builds.
    public struct Cache: Hashable, Sendable {
        public enum Sharing: String, CaseIterable, Hashable, Sendable {
            case shared, `private`, locked
        }

        /// The target when it is not named otherwise.
        public var id: String
        public var target: String
        public var isReadOnly: Bool
        public var sharing: Sharing
        /// The source of its first content; `nil` for an empty directory.
        public var from: Word?
        public var source: String
        public var permissions: Permissions
    }

    public struct Temporary: Hashable, Sendable {
        public var target: String
        /// In bytes; `nil` for no limit.
        public var size: Int64?
        public var isReadOnly: Bool
    }

    /// A file or a variable that no layer keeps.
    public struct Secret: Hashable, Sendable {
        public var id: String
        /// `nil` when it is only a variable.
        public var target: String?
        /// The variable that holds it; `nil` for none.
        public var variable: String?
        public var isRequired: Bool
        public var permissions: Permissions
    }

    /// The socket of an SSH agent.
    public struct AgentSocket: Hashable, Sendable {
        public var id: String
        /// `nil` when the builder chooses it.
        public var target: String?
        public var isRequired: Bool
        public var permissions: Permissions
    }

    /// The owner and mode of the mounted file or directory.
    public struct Permissions: Hashable, Sendable {
        public var mode: UInt16
        public var uid: UInt32
        public var gid: UInt32
        /// Whether none of them was named.
        public var isDefault: Bool
    }
}

extension RunMount {
    /// - Parameter expand: Replaces the variables of a value.
    /// - Throws: `Failure` for a value that is wrong, and for options that do not belong to the type.
    init(_ declaration: MountDeclaration, expand: (Word) throws(Failure) -> String) throws(Failure) {
        var reader = MountReader(location: declaration.location)
        for option in declaration.options {
            var value = option.value
            if option.key != .from, let word = value { value?.text = try expand(word) }
            try reader.read(option, value)
        }
        self = try reader.mount()
    }
}
