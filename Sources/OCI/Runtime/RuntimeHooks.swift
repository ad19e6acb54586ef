extension RuntimeSpecification {
    /// Programs that the runtime runs at turns of a container's life; config.md, "POSIX-platform Hooks".
    package struct Hooks: Codable, Hashable, Sendable {
        package var prestart: [Hook]?
        package var createRuntime: [Hook]?
        package var createContainer: [Hook]?
        package var startContainer: [Hook]?
        package var poststart: [Hook]?
        package var poststop: [Hook]?

        package init() {}

        /// The hooks with one more; those of a name that the specification does not have are as they were.
        package func adding(_ hook: Hook, at name: String) -> Hooks {
            var hooks = self
            switch name {
            case "prestart": hooks.prestart = (prestart ?? []) + [hook]
            case "createRuntime": hooks.createRuntime = (createRuntime ?? []) + [hook]
            case "createContainer": hooks.createContainer = (createContainer ?? []) + [hook]
            case "startContainer": hooks.startContainer = (startContainer ?? []) + [hook]
            case "poststart": hooks.poststart = (poststart ?? []) + [hook]
            case "poststop": hooks.poststop = (poststop ?? []) + [hook]
            default: break
            }
            return hooks
        }
    }

    /// A program that the runtime runs (runtime-spec, "POSIX-platform Hooks").
    package struct Hook: Codable, Hashable, Sendable {
        package var path: String
        /// The name of the program first.
        package var args: [String]?
        package var env: [String]?
        /// Seconds.
        package var timeout: Int?

        package init(path: String, args: [String]? = nil, env: [String]? = nil, timeout: Int? = nil) {
            self.path = path
            self.args = args
            self.env = env
            self.timeout = timeout
        }
    }
}
