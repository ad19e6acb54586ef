extension RuntimeSpecification {
    /// The container's first process; config.md, "Process". Also the document of `exec --process`.
    package struct Process: Codable, Hashable, Sendable {
        package var terminal: Bool?
        package var consoleSize: ConsoleSize?
        package var user: User?
        /// The program and its arguments.
        package var args: [String]?
        /// `NAME=value` each.
        package var env: [String]?
        /// The working directory, absolute in the container.
        package var cwd: String
        package var capabilities: Capabilities?
        package var rlimits: [ResourceLimit]?
        package var noNewPrivileges: Bool?
        package var oomScoreAdj: Int?
        package var apparmorProfile: String?
        package var selinuxLabel: String?

        package init(
            terminal: Bool? = nil, consoleSize: ConsoleSize? = nil, user: User? = nil, args: [String]? = nil,
            env: [String]? = nil, cwd: String, capabilities: Capabilities? = nil, rlimits: [ResourceLimit]? = nil,
            noNewPrivileges: Bool? = nil, oomScoreAdj: Int? = nil, apparmorProfile: String? = nil,
            selinuxLabel: String? = nil
        ) {
            self.terminal = terminal
            self.consoleSize = consoleSize
            self.user = user
            self.args = args
            self.env = env
            self.cwd = cwd
            self.capabilities = capabilities
            self.rlimits = rlimits
            self.noNewPrivileges = noNewPrivileges
            self.oomScoreAdj = oomScoreAdj
            self.apparmorProfile = apparmorProfile
            self.selinuxLabel = selinuxLabel
        }
    }

    /// A terminal's size in characters.
    package struct ConsoleSize: Codable, Hashable, Sendable {
        package var height: UInt64
        package var width: UInt64

        package init(height: UInt64, width: UInt64) {
            self.height = height
            self.width = width
        }
    }

    /// The ids of a process; config.md, "User".
    package struct User: Codable, Hashable, Sendable {
        package var uid: UInt32
        package var gid: UInt32
        package var umask: UInt32?
        package var additionalGids: [UInt32]?

        package init(uid: UInt32, gid: UInt32, umask: UInt32? = nil, additionalGids: [UInt32]? = nil) {
            self.uid = uid
            self.gid = gid
            self.umask = umask
            self.additionalGids = additionalGids
        }
    }

    /// Capability sets, by names such as `CAP_CHOWN`; capabilities(7).
    package struct Capabilities: Codable, Hashable, Sendable {
        package var bounding: [String]?
        package var effective: [String]?
        package var inheritable: [String]?
        package var permitted: [String]?
        package var ambient: [String]?

        package init(
            bounding: [String]? = nil, effective: [String]? = nil, inheritable: [String]? = nil,
            permitted: [String]? = nil, ambient: [String]? = nil
        ) {
            self.bounding = bounding
            self.effective = effective
            self.inheritable = inheritable
            self.permitted = permitted
            self.ambient = ambient
        }
    }

    /// A limit of setrlimit(2).
    package struct ResourceLimit: Codable, Hashable, Sendable {
        /// `RLIMIT_NOFILE` and its like.
        package var type: String
        package var soft: UInt64
        package var hard: UInt64

        package init(type: String, soft: UInt64, hard: UInt64) {
            self.type = type
            self.soft = soft
            self.hard = hard
        }
    }
}
