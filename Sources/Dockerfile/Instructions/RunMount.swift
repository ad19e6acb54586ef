/// A mount of `RUN`, complete: every default is filled in. A target that is not absolute is below the working directory;
/// `.` is that itself.
///
/// Source: Dockerfile reference, "RUN --mount".
package enum RunMount: Hashable, Sendable {
    case bind(Bind)
    case cache(Cache)
    case tmpfs(Temporary)
    case secret(Secret)
    case ssh(AgentSocket)

    /// A directory of the build context, a stage or an image. Changes in it are discarded.
    package struct Bind: Hashable, Sendable {
        /// `nil` for the build context.
        package var from: Word?
        /// Below the root of its source.
        package var source: String
        package var target: String
        package var isReadOnly: Bool
    }

    /// A directory that is kept between builds.
    package struct Cache: Hashable, Sendable {
        /// `sharing=` of a cache mount: whether two builds may use it at a time.
        package enum Sharing: String, CaseIterable, Hashable, Sendable {
            case shared, `private`, locked
        }

        /// The target when it is not named otherwise.
        package var id: String
        package var target: String
        package var isReadOnly: Bool
        package var sharing: Sharing
        /// The source of its first content; `nil` for an empty directory.
        package var from: Word?
        package var source: String
        package var permissions: Permissions
    }

    /// `type=tmpfs`.
    package struct Temporary: Hashable, Sendable {
        package var target: String
        /// In bytes; `nil` for no limit.
        package var size: Int64?
        package var isReadOnly: Bool
    }

    /// A file or a variable that no layer keeps.
    package struct Secret: Hashable, Sendable {
        package var id: String
        /// `nil` when it is only a variable.
        package var target: String?
        /// The variable that holds it; `nil` for none.
        package var variable: String?
        package var isRequired: Bool
        package var permissions: Permissions
    }

    /// The socket of an SSH agent.
    package struct AgentSocket: Hashable, Sendable {
        package var id: String
        /// `nil` when the builder chooses it.
        package var target: String?
        package var isRequired: Bool
        package var permissions: Permissions
    }

    /// The owner and mode of the mounted file or directory.
    package struct Permissions: Hashable, Sendable {
        package var mode: UInt16
        package var uid: UInt32
        package var gid: UInt32
        /// Whether none of them was named.
        package var isDefault: Bool
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
