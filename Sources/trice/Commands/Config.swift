internal import ArgumentParser
internal import Engine
internal import Envfile
internal import Setup
internal import Workspaces

struct Config: ParsableCommand, StandardCommand, DryRunnable {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "config",
        abstract: "Print the Envfile as Trice understands it: complete, resolved, in canonical form.",
        discussion: "With SERVICE only these and what they depend on.")

    @OptionGroup var common: GlobalOptions
    @Argument(help: "Services to print (default: all).", completion: .services) var service: [String] = []
    @Option(help: ArgumentHelp("yaml or json.", valueName: "format")) var format: ConfigFormat?
    @Flag(help: "Print the names of the services only.") var services = false
    @Flag(help: "Print the images only.") var images = false
    @Flag(help: "Print the names of the volumes only.") var volumes = false
    @Flag(help: "Print the names of the networks only.") var networks = false
    @Flag(help: "Print the profiles only.") var profiles = false
    @Flag(help: "Print the paths of this machine that are read or named, with what for.") var files = false
    @Flag(help: "Print the variables that the files name, with their defaults.") var variables = false
    @Flag(help: "Print the variables that the files are given.") var environment = false
    @Option(help: ArgumentHelp("Print digests of services by name, or of all with *.", valueName: "services"))
    var hash: String?
    @Option(
        help: ArgumentHelp(
            "Print every place that set a value, such as services.web.image; the last one wins.", valueName: "path"))
    var explain: String?
    @Flag(help: "Leave variables as they are written.") var noInterpolate = false
    @Flag(help: "Leave relative paths as they are written.") var noPathResolution = false
    @Flag(help: "Do not check services against each other and the host.") var noConsistency = false
    @Flag(help: "Do not read the files of env_file.") var noEnvResolution = false
    @Flag(help: "Pin images to the digests that they have on this machine.") var resolveImageDigests = false
    @Flag(help: "Print the images with their digests, as an override file.") var lockImageDigests = false
    @Flag(help: "Print the names of the models only.") var models = false
    @Flag(help: "Accepted for Compose users: the canonical form is printed in any case.") var noNormalize = false
    @Flag(name: [.short, .long], help: "Print nothing; the exit code tells whether the Envfile is valid.")
    var quiet = false
    @Option(name: [.short, .long], help: ArgumentHelp("Write to a file.", valueName: "file"), completion: .file())
    var output: String?

    var globals: Globals {
        var globals = common.globals
        if noNormalize { globals.remarks.append("`--no-normalize` has no effect: the canonical form is printed") }
        return globals
    }

    enum ConfigFormat: String, ExpressibleByArgument, CaseIterable {
        case yaml, json
    }

    func validate() throws {
        let subjects = [
            services, images, volumes, networks, profiles, variables, environment, models, files, hash != nil,
            explain != nil,
        ]
        if subjects.count(where: { $0 }) > 1 {
            throw ValidationError("Only one of the options that print a part can be given.")
        }
    }

    func run() throws {
        let report = try Engine(globals.request).configuration(request)
        let sink = Progress.sink(for: globals)
        for warning in report.warnings { sink.note(warning, isWarning: true) }
        if quiet { return }
        let text = try render(report.answer)
        if let output { return try Output.write(text, toFile: output) }
        Output.write(text, to: 1)
    }

    private var asJSON: Bool { format.map { $0 == .json } ?? globals.json }

    private var request: ConfigRequest {
        var request = ConfigRequest()
        request.subject = subject
        request.services = service
        request.asJSON = asJSON
        request.interpolates = !noInterpolate
        request.resolvesPaths = !noPathResolution
        request.checksConsistency = !noConsistency
        request.resolvesEnvironment = !noEnvResolution
        request.resolvesImageDigests = resolveImageDigests || lockImageDigests
        return request
    }

    private var subject: ConfigRequest.Subject {
        if let explain { return .explanation(explain) }
        if let hash { return .hash(hash) }
        if services { return .services }
        if images { return .images }
        if volumes { return .volumes }
        if networks { return .networks }
        if profiles { return .profiles }
        if models { return .models }
        if files { return .files }
        if lockImageDigests { return .lockedImages }
        if variables { return .variables }
        return environment ? .environment : .document
    }

    private func render(_ answer: ConfigReport.Answer) throws -> String {
        switch answer {
        case .document(let text): return text
        case .lines(let lines):
            if asJSON { return try Output.jsonText(lines) + "\n" }
            return lines.map { $0 + "\n" }.joined()
        case .variables(let variables):
            if asJSON { return try Output.jsonText(variables) + "\n" }
            var table = Table(["NAME", "REQUIRED", "DEFAULT VALUE", "ALTERNATE VALUE"])
            table.rows = variables.map { [$0.name, "\($0.isRequired)", $0.defaultValue, $0.alternateValue] }
            return table.lines(style: Style(descriptor: 1)).map { $0 + "\n" }.joined()
        case .files(let files):
            if asJSON { return try Output.jsonText(files) + "\n" }
            var table = Table(["PATH", "USE", ""])
            table.rows = files.map { file in
                let remarks = [file.target.map { "a link to \($0)" }, file.isOutside ? "outside the project" : nil]
                return [file.path, file.use, remarks.compactMap(\.self).joined(separator: ", ")]
            }
            return table.lines(style: Style(descriptor: 1)).map { $0 + "\n" }.joined()
        case .values(let values):
            if asJSON { return try Output.jsonText(values) + "\n" }
            let directory = ProcessEnvironment.workingDirectory
            return values.map { $0.text(relativeTo: directory) + "\n" }.joined(separator: "\n")
        }
    }
}

struct Validate: ParsableCommand, StandardCommand, DryRunnable {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "validate",
        abstract: "Check the Envfile and report every problem in it.",
        discussion: "Exit code: 0 it is valid, 1 it is not. With --json the problems are printed as data.")

    @OptionGroup var common: GlobalOptions

    func run() throws {
        do {
            let engine = try Engine(globals.request)
            let project = try engine.project(selecting: [])
            try project.checkSupport()
            try engine.checkBuildSources(project)
            if globals.json { return try Output.json(project.warnings) }
            let sink = Progress.sink(for: globals)
            for warning in project.warnings { sink.note(warning.inOneLine, isWarning: true) }
            let count = project.serviceNames.count
            Output.print("\(project.file): valid, \(count) \(count == 1 ? "service" : "services")")
        } catch let error as EnvfileError where globals.json && [.invalid, .unsupported].contains(error.code) {
            try Output.json(error.diagnostics)
            throw ExitCode(1)
        }
    }
}
