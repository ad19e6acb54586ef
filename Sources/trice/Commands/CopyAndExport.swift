internal import ArgumentParser
internal import Engine
internal import Glibc
internal import Sessions
internal import Workspaces

struct Copy: StandardCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "cp", abstract: "Copy files between the host and a service, whether it runs or not.",
        usage: "trice cp [<options>] <service>:<path> <path>|-\n       trice cp [<options>] <path>|- <service>:<path>",
        discussion: """
            What is copied into an existing directory keeps its name there; `DIRECTORY/.` means what is in it. `-` is a
            tar archive on standard input or standard output.
            """)

    @OptionGroup var common: GlobalOptions
    @Flag(help: "Copy into every container of the service.") var all = false
    @Flag(name: [.customShort("a"), .long], help: "Keep the owners of files.") var archive = false
    @Flag(name: [.customShort("L"), .long], help: "Copy what a link leads to; so it is always for the path itself.")
    var followLink = false
    @Option(help: ArgumentHelp("The container of this number.", valueName: "number")) var index: Int?
    @Argument(help: "From where: PATH, SERVICE:PATH or -.", completion: .file()) var source: String
    @Argument(help: "To where: PATH, SERVICE:PATH or -.", completion: .file()) var target: String

    func run() throws {
        let engine = try Engine(globals.request)
        let identity = try engine.identity(sink: Progress.sink(for: globals))
        try engine.copy(
            CopyRequest(
                source: CopyRequest.Place(source), target: CopyRequest.Place(target), keepsOwners: archive,
                includesAll: all, index: index, workingDirectory: ProcessEnvironment.workingDirectory), identity)
    }
}
