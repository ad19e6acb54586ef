internal import LinuxSystem
internal import SystemPackage
internal import Workspaces

/// The methods of a key exchange that a server offers: the fastest, since both ends are on one machine.
///
/// A client that knows a method against quantum computers warns where the server has none. `mlkem768x25519-sha256` is one that
/// takes no time, and servers before 9.9 refuse a configuration with its name. So OpenSSH is asked, once for each version.
struct KeyExchanges {
    private static let plain = ["curve25519-sha256", "ecdh-sha2-nistp256"]
    private static let best = "mlkem768x25519-sha256"

    private let record: FilePath

    init(_ layout: Layout) {
        record = layout.keyExchanges
    }

    /// - Parameter server: the program `sshd`.
    func names(for server: FilePath) throws -> [String] {
        let stamp = Files.stampOrGone(server)
        let lines = (try Files.text(record) ?? "").split(separator: "\n", maxSplits: 1).map(String.init)
        if lines.first == stamp { return (lines.count > 1 ? [Self.best] : []) + Self.plain }
        // The client comes from the same package.
        let output = try ProcessOutput.of(ChildProcess.Command("ssh", ["-Q", "kex"]))
        let known = String(decoding: output.standardOutput, as: UTF8.self).split(separator: "\n").map(String.init)
        let hasBest = known.contains(Self.best)
        try Files.createDirectory(record.removingLastComponent(), mode: 0o700)
        try Files.write((stamp + "\n" + (hasBest ? Self.best : "")).utf8, to: record, mode: 0o600)
        return (hasBest ? [Self.best] : []) + Self.plain
    }
}
