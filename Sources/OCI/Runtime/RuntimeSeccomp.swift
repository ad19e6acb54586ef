extension RuntimeSpecification {
    /// A filter of system calls; config-linux.md, "Seccomp".
    public struct Seccomp: Codable, Hashable, Sendable {
        public var defaultAction: Action
        public var defaultErrnoRet: UInt32?
        /// `SCMP_ARCH_X86_64` and its like.
        public var architectures: [String]?
        public var flags: [String]?
        public var syscalls: [Rule]?

        public init(
            defaultAction: Action, defaultErrnoRet: UInt32? = nil, architectures: [String]? = nil,
            flags: [String]? = nil, syscalls: [Rule]? = nil
        ) {
            self.defaultAction = defaultAction
            self.defaultErrnoRet = defaultErrnoRet
            self.architectures = architectures
            self.flags = flags
            self.syscalls = syscalls
        }

        public enum Action: String, Codable, Hashable, Sendable {
            case allow = "SCMP_ACT_ALLOW"
            case errno = "SCMP_ACT_ERRNO"
            case kill = "SCMP_ACT_KILL"
            case killProcess = "SCMP_ACT_KILL_PROCESS"
            case killThread = "SCMP_ACT_KILL_THREAD"
            case log = "SCMP_ACT_LOG"
            case notify = "SCMP_ACT_NOTIFY"
            case trace = "SCMP_ACT_TRACE"
            case trap = "SCMP_ACT_TRAP"
        }

        /// The action for calls with these names whose arguments all match.
        public struct Rule: Codable, Hashable, Sendable {
            public var names: [String]
            public var action: Action
            public var errnoRet: UInt32?
            public var args: [Argument]?

            public init(names: [String], action: Action, errnoRet: UInt32? = nil, args: [Argument]? = nil) {
                self.names = names
                self.action = action
                self.errnoRet = errnoRet
                self.args = args
            }
        }

        /// A comparison of one argument; for `maskedEqual`, `argument & value == valueTwo`.
        public struct Argument: Codable, Hashable, Sendable {
            public var index: UInt32
            public var value: UInt64
            public var valueTwo: UInt64?
            public var op: Comparison

            public init(index: UInt32, value: UInt64, valueTwo: UInt64? = nil, op: Comparison) {
                self.index = index
                self.value = value
                self.valueTwo = valueTwo
                self.op = op
            }
        }

        public enum Comparison: String, Codable, Hashable, Sendable {
            case notEqual = "SCMP_CMP_NE"
            case less = "SCMP_CMP_LT"
            case lessOrEqual = "SCMP_CMP_LE"
            case equal = "SCMP_CMP_EQ"
            case greaterOrEqual = "SCMP_CMP_GE"
            case greater = "SCMP_CMP_GT"
            case maskedEqual = "SCMP_CMP_MASKED_EQ"
        }
    }
}
