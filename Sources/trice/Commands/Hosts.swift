internal import ArgumentParser
internal import Engine
internal import Execution
internal import LinuxSystem
internal import Workspaces

struct Hosts: StandardCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "hosts", abstract: "Print the names of the services on this host, or write them into /etc/hosts.",
        discussion: """
            SERVICE.ENVIRONMENT.trice.localhost is the loopback for a service with a port on it, and the address of the
            container for every other one. Browsers, and every program where systemd-resolved runs, find the former without
            /etc/hosts. `down` removes what --write has written.
            """)

    @OptionGroup var common: GlobalOptions
    @Flag(help: "Write the names, and keep them as they should be until `down`.") var write = false
    @Flag(help: "Remove the names.") var remove = false
    @Option(help: ArgumentHelp("The file (default: /etc/hosts).", valueName: "path")) var hostsFile = "/etc/hosts"

    func validate() throws {
        if write, remove { throw ValidationError("Only one of --write and --remove can be meant.") }
    }

    func run() throws {
        let engine = try Engine(globals.request)
        let sink = Progress.sink(for: globals)
        let identity = try engine.identity(sink: sink)
        let path = hostsFile.hasPrefix("/") ? hostsFile : "\(ProcessEnvironment.workingDirectory)/\(hostsFile)"
        if remove { return try engine.removeHostNames(identity, from: path, sink: sink) }
        if write { return try engine.writeHostNames(identity, to: path, sink: sink) }
        let report = try engine.hostNames(identity)
        if globals.json { return try Output.json(report) }
        Output.print(String(report.text.dropLast()))
    }
}
