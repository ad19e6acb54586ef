internal import Diagnostics
internal import LinuxSystem
internal import Netlink
internal import SystemPackage

/// Why an operation of this module failed.
package struct NetworkError: CausedError, Sendable, CustomStringConvertible {
    /// What kind of failure it was.
    package enum Code: Sendable {
        /// A value that cannot stand where it was given, such as a host name with a space.
        case invalidValue
        /// Something that is not ours has the name of a link that is wanted.
        case nameTaken
        /// The kernel refused a change of links, addresses or routes.
        case netlink
        /// CAP_NET_ADMIN is missing.
        case notPermitted
        /// Links did not go although they were deleted.
        case stillThere
        /// There is no program `nft`.
        case nftMissing
        /// The kernel has no nf_tables, or not all of it that the rules need.
        case firewallUnsupported
        /// nft or the kernel refused the rules.
        case rulesRefused
        /// What nft printed is not what it should print.
        case unreadableRules
        /// Two published ports of one environment claim the same host port.
        case portConflict
        /// An address that no interface of the host has.
        case addressNotLocal
        /// A subnet that was named meets a route or an address of the host.
        case subnetTaken
        /// The host has no link of the name that a network is to be on.
        case missingParent
        /// The kernel has no links of the kind that a network needs.
        case unsupportedLink
        /// A system call failed; `cause` tells which.
        case system
    }

    package var code: Code
    package var message: String
    package var cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var description: String { message }
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
