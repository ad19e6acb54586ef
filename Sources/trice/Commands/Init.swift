internal import ArgumentParser
internal import Engine
internal import Execution
internal import Setup
internal import Workspaces

struct Init: ParsableCommand, StandardCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "init",
        abstract: "Write an Envfile and what belongs to it from a template.",
        discussion: """
            Writes into the current directory and never over a file that is there. With --from the Envfile is made from a
            Compose file, beside it and with the same meaning; or from a Vagrantfile, as far as that can be read without
            running Ruby: what is left out is said by line. From a package, a file of `trice package` or the oci://NAME of
            `trice publish`, come the whole project, its images and what its volumes had, into an empty directory. From the
            address of a git repository (https://, ssh://, git@HOST:PATH, or a directory with one) your git brings its newest
            files; #BRANCH behind it names another branch.
            """)

    @OptionGroup var common: GlobalOptions
    @Argument(help: "The template (default: hello).", completion: .templates) var template: String?
    @Option(
        help: ArgumentHelp(
            "Begin with this Compose file, Vagrantfile, package, oci://NAME of one, or git repository; - is a package at "
                + "standard input.",
            valueName: "file"),
        completion: .file())
    var from: String?
    @Option(
        name: [.customShort("C"), .long],
        help: ArgumentHelp(
            "For a package or a repository: the directory, made where it is missing.", valueName: "path"),
        completion: .directory)
    var directory: String?
    @OptionGroup var network: NetworkOptions
    @Flag(help: "List the templates.") var list = false

    private var isImport: Bool { from != nil || template == ComposeImport.template.name }

    func validate() throws {
        if let template, from != nil, template != ComposeImport.template.name {
            throw ValidationError(
                "--from makes the Envfile from another file; the template `\(template)` has no use.")
        }
        if directory != nil, from == nil {
            throw ValidationError("--directory is for packages and repositories; templates are written where you are.")
        }
        if let from { try ArchivePath.checkInput(from) }
    }

    func run() throws {
        if list { return try showList() }
        if let from, let source = try GitAddress(from, globals.request) { return try clone(source) }
        if let from, let source = try PackageSource(packageIn: from, globals.request) { return try unpack(source) }
        let directory = ProcessEnvironment.workingDirectory
        var written: [String]
        if isImport {
            let (file, warnings) = try imported()
            let sink = Progress.sink(for: globals)
            for warning in warnings { sink.note(warning, isWarning: true) }
            written = [file]
            let prefix = directory == "/" ? directory : directory + "/"
            if file.hasPrefix(prefix) { written = [String(file.dropFirst(prefix.count))] }
        } else {
            written = try Templates(processEnvironment: ProcessEnvironment.current)
                .write(template ?? "hello", into: directory)
        }
        if globals.json { return try Output.json(written) }
        for path in written { Output.print("wrote \(path)") }
        let isHere = written.contains("Envfile")
        Output.print(isHere ? "Now: trice up" : "Now: trice -f \(written[0]) up")
    }

    /// The Envfile that was written, and what the user should know about it.
    private func imported() throws -> (file: String, warnings: [String]) {
        if let from, let vagrant = try VagrantImport(globals.request, from: from) {
            let outcome = try vagrant.write()
            return (outcome.file, outcome.leftOut)
        }
        let outcome = try ComposeImport(globals.request).write(from: from)
        return (outcome.file, outcome.warnings)
    }

    private func unpack(_ source: PackageSource) throws {
        var globals = globals
        globals.isOffline = network.offline
        let engine = try Engine(globals.request)
        let sink = Progress.sink(for: globals)
        let place = directory ?? "."
        let report = try Progress.follow(sink) { try await engine.unpackProject(source, into: place, sink: sink) }
        if globals.json { return try Output.json(report) }
        PackageText.lines(report, isHere: directory == nil).forEach { Output.print($0) }
    }

    private func clone(_ source: GitAddress) throws {
        let report = try Engine(globals.request).cloneProject(source, into: directory ?? ".")
        if globals.json { return try Output.json(report) }
        Output.print("cloned \(TerminalText(report.address).line) at \(report.commit.prefix(12))")
        Progress.sink(for: globals).note(
            "`\(report.file)` is from there: `trice config` shows what it mounts and runs", isWarning: false)
        Output.print("Now: \(directory == nil ? "" : "cd \(ShellWord.quoted(report.directory)) && ")trice up")
    }

    private func showList() throws {
        let all = try Templates(processEnvironment: ProcessEnvironment.current).all()
        if globals.json { return try Output.json(all) }
        for entry in all { Output.print("\(entry.name.padding(to: 20)) \(entry.summary)") }
    }
}
