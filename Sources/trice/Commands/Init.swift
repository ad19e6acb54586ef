internal import ArgumentParser
internal import Engine

struct Init: ParsableCommand, StandardCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write an Envfile and what belongs to it from a template.",
        discussion: "Writes into the current directory and never over a file that is there.")

    @OptionGroup var common: GlobalOptions
    @Argument(help: "The template (default: hello).") var template = "hello"
    @Flag(help: "List the templates.") var list = false

    func run() throws {
        let templates = try Templates(processEnvironment: ProcessEnvironment.current)
        if list {
            let all = try templates.all()
            if globals.json { return try Output.json(all) }
            for entry in all { Output.print("\(entry.name.padding(to: 20)) \(entry.summary)") }
            return
        }
        let written = try templates.write(template, into: ProcessEnvironment.workingDirectory)
        if globals.json { return try Output.json(written) }
        for path in written { Output.print("wrote \(path)") }
        Output.print("Now: trice up")
    }
}
