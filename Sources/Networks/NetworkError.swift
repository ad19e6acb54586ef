public import Diagnostics
internal import LinuxSystem
internal import Netlink
internal import SystemPackage

/// Why an operation of this module failed.
public struct NetworkError: CausedError, Sendable, CustomStringConvertible {
    /// What kind of failure it was.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case invalidValue, nameTaken, netlink, notPermitted, stillThere
            case nftMissing, firewallUnsupported, rulesRefused, unreadableRules, portConflict
            case addressNotLocal, system
        }

        private let value: Value

        private init(_ value: Value) {
            self.value = value
        }

        /// A value that cannot stand where it was given, such as a host name with a space.
        public static let invalidValue = Code(.invalidValue)
        /// Something that is not ours has the name of a link that is wanted.
        public static let nameTaken = Code(.nameTaken)
        /// The kernel refused a change of links, addresses or routes.
        public static let netlink = Code(.netlink)
        /// CAP_NET_ADMIN is missing.
        public static let notPermitted = Code(.notPermitted)
        /// Links did not go although they were deleted.
        public static let stillThere = Code(.stillThere)
        /// There is no program `nft`.
        public static let nftMissing = Code(.nftMissing)
        /// The kernel has no nf_tables, or not all of it that the rules need.
        public static let firewallUnsupported = Code(.firewallUnsupported)
        /// nft or the kernel refused the rules.
        public static let rulesRefused = Code(.rulesRefused)
        /// What nft printed is not what it should print.
        public static let unreadableRules = Code(.unreadableRules)
        /// Two published ports of one environment claim the same host port.
        public static let portConflict = Code(.portConflict)
        /// An address that no interface of the host has.
        public static let addressNotLocal = Code(.addressNotLocal)
        /// A system call failed; `cause` tells which.
        public static let system = Code(.system)

        public var description: String { value.rawValue }
    }

    public var code: Code
    public var message: String
    public var cause: (any Error)?

    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    public var description: String { message }
}

extension NetworkError {
    init(_ action: String, _ error: NetlinkError) {
        let code: Code = error.code == .notPermitted ? .notPermitted : .netlink
        self.init(code, "cannot \(action): \(error.message)", cause: error)
    }

    init(_ action: String, _ error: SystemError, _ code: Code = .system) {
        let isForbidden = error.errno == .notPermitted || error.errno == .permissionDenied
        self.init(isForbidden ? .notPermitted : code, "cannot \(action): \(error.errno)", cause: error)
    }
}
