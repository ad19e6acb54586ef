internal import ArgumentParser
internal import Engine
internal import Execution
internal import Workspaces

/// What `package` and `publish` have in common.
struct PackageOptions: ParsableArguments {
    @Flag(help: "Leave out what volumes have and containers wrote.") var noSnapshot = false
    @Option(
        help: ArgumentHelp("Take this snapshot instead of what the environment is now.", valueName: "name"),
        completion: .snapshots)
    var snapshot: String?
    @Flag(help: "Take the folders of the project that services share with the host, too.") var folders = false

    func validate() throws {
        if noSnapshot, snapshot != nil {
            throw ValidationError("--no-snapshot and --snapshot contradict each other.")
        }
    }

    func pack(to target: PackageTarget, _ globals: Globals) throws -> PackageReport {
        let engine = try Engine(globals.request)
        let sink = Progress.sink(for: globals)
        let project = try engine.project(selecting: [])
        let content: PackageRequest.Content = noSnapshot ? .none : snapshot.map { .snapshot($0) } ?? .present
        var request = PackageRequest(content, hasProject: true, version: Version.text, request: globals.request)
        request.hasFolders = folders
        let asked = request
        let identity = EnvironmentTarget(id: project.id, project: project)
        return try Progress.follow(sink) { try await engine.pack(asked, identity, to: target, sink: sink) }
    }
}

/// The end of an archive, as a user names it.
enum ArchivePath {
    /// - Throws: `ValidationError` for a terminal.
    static func checkOutput(_ path: String) throws {
        if path == "-", ProcessEnvironment.isTerminal(1) {
            throw ValidationError("An archive is nothing for a terminal: name a file, or use a pipe.")
        }
    }

    /// - Throws: `ValidationError` for a terminal.
    static func checkInput(_ path: String) throws {
        if path == "-", ProcessEnvironment.isTerminal(0) {
            throw ValidationError("An archive cannot be typed at a terminal: name a file, or use a pipe.")
        }
    }
}

struct Package: ParsableCommand, StandardCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "package",
        abstract: "Write the whole environment as one archive, for another machine.",
        discussion: """
            It has the Envfile with the files that it names, the images of all services, and a snapshot of what volumes have and
            containers wrote. `trice init --from FILE` makes the same environment of it, without a registry. Secrets, files of
            variables and files whose names say that they have credentials are left out, and the report says which. What volumes
            and containers have is taken as it is.
            """)

    @OptionGroup var common: GlobalOptions
    @OptionGroup var options: PackageOptions
    @Argument(help: "The archive, or - for standard output.", completion: .file()) var file: String

    func validate() throws {
        try ArchivePath.checkOutput(file)
    }

    func run() throws {
        let report = try options.pack(to: PackageTarget(file: file, globals.request), globals)
        // Standard output has the archive.
        let isPiped = file == "-"
        if globals.json, !isPiped { return try Output.json(report) }
        for line in PackageText.lines(report) { isPiped ? Output.error(line) : Output.print(line) }
    }
}

struct Publish: ParsableCommand, StandardCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "publish",
        abstract: "Send the whole environment to a registry, as one artifact.",
        discussion: """
            What `trice package` writes as a file. `trice init --from oci://NAME` on another machine makes the same environment of
            it, which `trice up --offline` brings up.
            """)

    @OptionGroup var common: GlobalOptions
    @OptionGroup var options: PackageOptions
    @OptionGroup(visibility: .private) var compose: ComposePublishOptions
    @Argument(help: ArgumentHelp("Such as oci://registry.example/team/app:demo.", valueName: "name"))
    var name: String

    var globals: Globals {
        var globals = common.globals
        globals.remarks += compose.remarks
        return globals
    }

    func run() throws {
        let reference = try PackageSource.reference(name)
        let report = try options.pack(to: .registry(reference), globals)
        if globals.json { return try Output.json(report) }
        PackageText.lines(report).forEach { Output.print($0) }
    }
}

/// The flags of Compose's `publish`.
struct ComposePublishOptions: ParsableArguments {
    @Flag var app = false
    @Option var ociVersion: String?
    @Flag var resolveImageDigests = false
    @Flag var withEnv = false
    @Flag(name: [.customShort("y"), .long]) var yes = false

    /// What has no effect here.
    var remarks: [String] {
        var remarks: [String] = []
        if withEnv { remarks.append("`--with-env` has no effect: files of variables are never part of what is sent") }
        if ociVersion != nil { remarks.append("`--oci-version` has no effect: it is always 1.1") }
        return remarks
    }
}
