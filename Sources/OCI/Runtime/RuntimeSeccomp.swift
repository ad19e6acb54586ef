extension RuntimeSpecification {
    /// A filter of system calls; config-linux.md, "Seccomp".
    package struct Seccomp: Codable, Hashable, Sendable {
        package var defaultAction: Action
        package var defaultErrnoRet: UInt32?
        /// `SCMP_ARCH_X86_64` and its like.
        package var architectures: [String]?
        package var flags: [String]?
        package var syscalls: [Rule]?

        package init(
            defaultAction: Action, defaultErrnoRet: UInt32? = nil, architectures: [String]? = nil,
            flags: [String]? = nil, syscalls: [Rule]? = nil
        ) {
            self.defaultAction = defaultAction
            self.defaultErrnoRet = defaultErrnoRet
            self.architectures = architectures
            self.flags = flags
            self.syscalls = syscalls
        }

        /// What happens to a system call that matches (runtime-spec, "Seccomp").
        package enum Action: String, Codable, Hashable, Sendable {
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
        package struct Rule: Codable, Hashable, Sendable {
            package var names: [String]
            package var action: Action
            package var errnoRet: UInt32?
            package var args: [Argument]?

            package init(names: [String], action: Action, errnoRet: UInt32? = nil, args: [Argument]? = nil) {
                self.names = names
                self.action = action
                self.errnoRet = errnoRet
                self.args = args
            }
        }

        /// A comparison of one argument; for `maskedEqual`, `argument & value == valueTwo`.
        package struct Argument: Codable, Hashable, Sendable {
            package var index: UInt32
            package var value: UInt64
            package var valueTwo: UInt64?
            package var op: Comparison

            package init(index: UInt32, value: UInt64, valueTwo: UInt64? = nil, op: Comparison) {
                self.index = index
                self.value = value
                self.valueTwo = valueTwo
                self.op = op
            }
        }

        /// How an argument is compared (runtime-spec, "Seccomp").
        package enum Comparison: String, Codable, Hashable, Sendable {
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
