internal import Envfile
internal import LinuxSystem
internal import OCI
internal import SystemPackage

/// The files that a playbook is made of: itself, and what Ansible looks for beside it.
struct AnsibleFiles {
    let play: AnsiblePlay

    /// No playbook is larger.
    private static let largestPlaybook = 16 << 20

    /// The directories beside a playbook in which Ansible looks for files.
    private static let companions = [
        "action_plugins", "callback_plugins", "files", "filter_plugins", "group_vars", "handlers", "host_vars",
        "library", "lookup_plugins", "module_utils", "roles", "tasks", "templates", "test_plugins", "vars",
    ]

    /// What Ansible reads of the directory that it is started in.
    static let settings = "ansible.cfg"

    private var playbook: FilePath { FilePath(play.playbook) }
    private var directory: FilePath { playbook.removingLastComponent() }

    /// The digest of the playbook.
    func playbookDigest() throws(SystemError) -> String {
        "\(Digester.digest(of: try Files.readRegular(playbook, limit: Self.largestPlaybook)))"
    }

    /// The digests of the files beside the playbook, by their path from there.
    func companionDigests() throws -> [String: String] {
        let names = Self.companions.filter { Files.exists(directory.appending($0)) }
        return names.isEmpty ? [:] : try InputFiles(directory: directory).find(names).digests
    }
}
