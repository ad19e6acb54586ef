internal import ArgumentParser
internal import Engine
internal import Sessions
internal import Workspaces

struct SSHConfig: StandardCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "ssh-config",
        abstract: "Print or install the settings by which ssh, scp, rsync and editors step inside.",
        usage: "trice ssh-config [<options>] [<service> ...]",
        discussion: """
            With --install `ssh web.ENVIRONMENT` works everywhere, also after `down` and `up`: ~/.ssh/config includes the settings
            of every environment that was installed. Without it the settings are printed, for `ssh -F FILE web`.
            No ssh server is needed in the image; the host needs the program `sshd`, whose service need not run.
            docs/ssh.md has examples for scp, rsync, VS Code, JetBrains and Ansible.
            """)

    @OptionGroup var common: GlobalOptions
    @Flag(help: "Make your OpenSSH read the settings by itself.") var install = false
    @Flag(help: "Remove what --install has written, and your keys.") var uninstall = false
    @Option(help: ArgumentHelp("Name the host of the one service by hand.", valueName: "name")) var host: String?
    @Argument(help: "The services (default: all).", completion: .services) var services: [String] = []

    func validate() throws {
        if install, uninstall { throw ValidationError("Only one of --install and --uninstall can be meant.") }
        if install, host != nil || !services.isEmpty {
            throw ValidationError("--install is about all services of the environment.")
        }
        if let host, host.isEmpty || host.contains(where: { $0.isWhitespace || "*?!\"#".contains($0) }) {
            throw ValidationError("`\(host)` is no name of a host.")
        }
    }

    func run() throws {
        let engine = try Engine(globals.request)
        let sink = Progress.sink(for: globals)
        let identity = try engine.identity(sink: sink)
        if uninstall { return try engine.removeSSHConfiguration(identity) }
        let text = try engine.sshConfiguration(
            SSHConfigRequest(services: services, host: host, installs: install), identity, sink: sink)
        guard install else { return Output.print(String(text.dropLast())) }
        for line in text.split(separator: "\n") where line.hasPrefix("Host ") {
            Output.print("ssh \(line.split(separator: " ").dropFirst().first ?? "")")
        }
    }
}
