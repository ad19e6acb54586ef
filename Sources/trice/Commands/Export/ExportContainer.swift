internal import ArgumentParser
internal import Engine
internal import Glibc
internal import Sessions
internal import Workspaces

struct ExportContainer: StandardCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "container", abstract: "Write the files of a service's container as a tar archive.",
        discussion: "`trice export SERVICE` is short for it.")

    @OptionGroup var common: GlobalOptions
    @Option(name: [.short, .long], help: ArgumentHelp("The file (default: standard output).", valueName: "file"))
    var output: String?
    @Option(help: ArgumentHelp("The container of this number.", valueName: "number")) var index: Int?
    @Argument(help: "The service.", completion: .services) var service: String

    func run() throws {
        if output == nil, ProcessEnvironment.isTerminal(1) {
            throw ValidationError("An archive is nothing for a terminal: write it with -o FILE, or into a pipe.")
        }
        let engine = try Engine(globals.request)
        let identity = try engine.identity(sink: Progress.sink(for: globals))
        if let output {
            let file = try Output.open(output, mode: 0o600)
            dup2(file, 1)
            close(file)
        }
        var request = CopyRequest(
            source: .container(service: service, path: "/"), target: .stream,
            workingDirectory: ProcessEnvironment.workingDirectory)
        request.index = index
        request.includesMounts = false
        try engine.copy(request, identity)
    }
}
