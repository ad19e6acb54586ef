internal import ArgumentParser
internal import Setup
internal import Workspaces

struct Init: ParsableCommand, StandardCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write an Envfile and what belongs to it from a template.",
        discussion: """
            Writes into the current directory and never over a file that is there. With --from the Envfile is made from a
            Compose file, beside it and with the same meaning.
            """)

    @OptionGroup var common: GlobalOptions
    @Argument(help: "The template (default: hello).") var template: String?
    @Option(
        help: ArgumentHelp("Make the Envfile from this Compose file.", valueName: "file"), completion: .file())
    var from: String?
    @Flag(help: "List the templates.") var list = false

    private var isImport: Bool { from != nil || template == ComposeImport.template.name }

    func validate() throws {
        if let template, from != nil, template != ComposeImport.template.name {
            throw ValidationError(
                "--from makes the Envfile from a Compose file; the template `\(template)` has no use.")
        }
    }

    func run() throws {
        if list { return try showList() }
        let directory = ProcessEnvironment.workingDirectory
        var written: [String]
        if isImport {
            let outcome = try ComposeImport(globals.request).write(from: from)
            let sink = Progress.sink(for: globals)
            for warning in outcome.warnings { sink.note(warning, isWarning: true) }
            written = [outcome.file]
            let prefix = directory == "/" ? directory : directory + "/"
            if outcome.file.hasPrefix(prefix) { written = [String(outcome.file.dropFirst(prefix.count))] }
        } else {
            written = try Templates(processEnvironment: ProcessEnvironment.current)
                .write(template ?? "hello", into: directory)
        }
        if globals.json { return try Output.json(written) }
        for path in written { Output.print("wrote \(path)") }
        let isHere = written.contains("Envfile")
        Output.print(isHere ? "Now: trice up" : "Now: trice -f \(written[0]) up")
    }

    private func showList() throws {
        let all = try Templates(processEnvironment: ProcessEnvironment.current).all()
        if globals.json { return try Output.json(all) }
        for entry in all { Output.print("\(entry.name.padding(to: 20)) \(entry.summary)") }
    }
}
