internal import ArgumentParser
internal import Engine
internal import Execution
internal import Workspaces

struct Clone: ParsableCommand, TriceCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "clone",
        abstract: "Make a second environment with the volumes and files of another.",
        discussion: """
            FROM is an environment as in `trice ls`, the name of its project, or its directory; it may run or not. FROM@SNAPSHOT
            copies a snapshot. The copy gets a name, ports and addresses of its own. Without TO it is the environment of this
            directory, such as a new worktree; with TO one more of the directory of FROM, which `trice -p TO` reaches.
            """)

    @OptionGroup var common: GlobalOptions
    @Argument(help: "The environment that is copied.", completion: .environments) var from: String
    @Argument(help: "The name of the copy (default: that of this directory).") var to: String?

    var globals: Globals { common.globals }

    func validate() throws {
        if to != nil, globals.projectName != nil {
            throw ValidationError("TO and --project-name contradict each other.")
        }
    }

    func run() throws {
        let request = CloneRequest(source: from, version: Version.text)
        var globals = globals
        if let to {
            globals.projectName = to
            if globals.files.isEmpty, globals.projectDirectory == nil {
                let directory = try Engine(globals.request).directory(ofEnvironmentCalled: request.environment)
                globals.workingDirectory = directory
            }
        }
        let engine = try Engine(globals.request)
        let sink = Progress.sink(for: globals)
        let project = try engine.project(selecting: [])
        let source = try Progress.follow(sink) { try await engine.clone(request, into: project, sink: sink) }
        if globals.json { return try Output.json(CloneOutput(source: source, environment: "\(project.id)")) }
        Output.print("cloned \(source) as \(project.id)")
        sink.note("bring it up with: trice \(to.map { "-p \($0) " } ?? "")up", isWarning: false)
    }
}

private struct CloneOutput: Encodable {
    var source: String
    var environment: String
}
