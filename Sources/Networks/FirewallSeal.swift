internal import LinuxSystem
internal import Netlink
package import SystemPackage
internal import Vocabulary

/// The knowledge that the rules of an environment were what they should be at a generation of the kernel's ruleset, in a
/// file: while that generation lasts nothing has changed, and nft(8) need not be asked.
///
/// It only saves time. Where the file or the generation cannot be read or written, the rules are listed.
package struct FirewallSeal: Sendable {
    private struct Content: Codable, Equatable {
        /// The inode of the network namespace: each has generations of its own.
        var namespace: UInt64
        var generation: UInt32
        /// A hash of the rules.
        var rules: UInt64
    }

    private let file: FilePath

    /// - Parameter file: must not outlive a restart of the machine, at which the generations begin anew.
    package init(_ file: FilePath) {
        self.file = file
    }

    /// The present generation of the calling thread's network namespace; `nil` where the kernel does not tell it.
    static func generation() -> UInt32? {
        guard let socket = try? NetlinkSocket(.netfilter) else { return nil }
        return try? socket.rulesetGeneration()
    }

    /// Whether the rules are known to be what `state` says.
    ///
    /// - Parameter generation: the present one.
    func holds(_ state: FirewallState, at generation: UInt32) -> Bool {
        guard let bytes = try? Files.read(file), let content = try? JSONCoding.decode(Content.self, from: bytes) else {
            return false
        }
        return content == Self.content(state, generation)
    }

    /// Notes that the rules are what `state` says.
    ///
    /// - Parameter generation: the one at which they were so.
    func set(_ state: FirewallState, at generation: UInt32) {
        guard let content = Self.content(state, generation), let text = try? JSONCoding.text(content) else { return }
        // What is there already is of an earlier generation and holds no more.
        try? Files.write(Array(text.utf8), to: file, mode: 0o600)
    }

    private static func content(_ state: FirewallState, _ generation: UInt32) -> Content? {
        guard let namespace = try? Files.status("/proc/thread-self/ns/net", followingLinks: true) else { return nil }
        var hash = FNVHash<UInt64>()
        hash.combine(Ruleset(state: state).text.utf8)
        return Content(namespace: namespace.inode, generation: generation, rules: hash.value)
    }
}
