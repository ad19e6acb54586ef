internal import Diagnostics
internal import Envfile
internal import Planning
internal import Vocabulary
internal import Workspaces

/// A step of `provision` that runs a program of the host.
struct HostStep {
    var service: ServiceName
    var step: Provisioner
    var play: AnsiblePlay

    /// In one line, for the user who is to agree to it.
    var shown: String {
        let words = ["ansible-playbook", play.playbook] + play.arguments
        return
            "  step \(step.name.visibleInLine) of \(service), with the files that Ansible finds beside its playbook: "
            + words.map(ShellWord.quoted).joined(separator: " ").visibleInLine
    }

    /// What decides what it runs.
    var texts: [String] {
        get throws {
            let files = AnsibleFiles(play: play)
            // Without a playbook nothing runs.
            let playbook = (try? files.playbookDigest()) ?? ""
            let parts = StepFingerprint(of: step, contents: try files.companionDigests()).parts
            return [service.rawValue, step.name, play.playbook, playbook]
                + parts.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
        }
    }
}
