internal import Containers
package import Envfile
internal import LinuxSystem
package import SystemPackage

/// As whom, with which shell and where a user steps into a container: `ssh` of its service.
///
/// It lies beside the container, so that stepping inside reads no Envfile; `up` writes it.
package struct ShellSettings: Hashable, Sendable {
    /// The user to step in as; `nil` for the container's own.
    package var user: String?
    /// An absolute path in the container.
    package var shell: String?
    /// An absolute path in the container.
    package var directory: String?
    /// Whether the caller's SSH agent is reachable inside.
    package var forwardsAgent = false
    /// What is copied into the home directory inside.
    package var dotfiles: [SSHSettings.Dotfile] = []

    package init() {}

    /// Those of a service.
    package init(_ settings: SSHSettings?) {
        user = settings?.user
        shell = settings?.shell
        directory = settings?.directory
        forwardsAgent = settings?.forwardsAgent ?? false
        dotfiles = settings?.dotfiles ?? []
    }

    /// What is recorded at a path; the image's own where nothing is.
    package init(at path: FilePath) throws {
        let fields = (try Files.text(path) ?? "").split(separator: "\0", omittingEmptySubsequences: false).map(
            String.init)
        guard fields.count >= 4 else { return }
        let values = fields.prefix(3).map { $0.isEmpty ? nil : $0 }
        (user, shell, directory) = (values[0], values[1], values[2])
        forwardsAgent = fields[3] == "agent"
        for index in stride(from: 4, to: fields.count - 1, by: 2) {
            dotfiles.append(SSHSettings.Dotfile(source: fields[index], target: fields[index + 1]))
        }
    }

    /// Records it, where it says anything.
    package func write(to path: FilePath) throws {
        if self == ShellSettings() {
            try Files.remove(path)
            return
        }
        // Each ends in NUL, which no text of an Envfile has.
        let fields = [user ?? "", shell ?? "", directory ?? "", forwardsAgent ? "agent" : ""]
        let text = (fields + dotfiles.flatMap { [$0.source, $0.target] }).map { $0 + "\0" }.joined()
        if try Files.text(path) != text { try Files.write(text.utf8, to: path, mode: 0o600) }
    }
}
