internal import ArgumentParser
internal import Engine
internal import Execution
internal import Workspaces

struct SnapshotExport: ParsableCommand, StandardCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "export", abstract: "Write a snapshot as an archive.",
        discussion: """
            A tar of an OCI image layout, with the images that the containers lie upon. `trice snapshot import` takes it in the
            same project on any machine of the same architecture. The resolved Envfile is not part of it, because it has the
            values of variables.
            """)

    @OptionGroup var common: GlobalOptions
    @Argument(help: "The snapshot.", completion: .snapshots) var name: String
    @Argument(help: "The archive, or - for standard output.", completion: .file()) var file: String

    func validate() throws {
        try ArchivePath.checkOutput(file)
    }

    func run() throws {
        let engine = try Engine(globals.request)
        let sink = Progress.sink(for: globals)
        let identity = try engine.identity(sink: sink)
        let request = PackageRequest(
            .snapshot(name), hasProject: false, version: Version.text, request: globals.request)
        let target = PackageTarget(file: file, globals.request)
        let report = try Progress.follow(sink) { try await engine.pack(request, identity, to: target, sink: sink) }
        // Standard output has the archive.
        if file == "-" { return }
        if globals.json { return try Output.json(report) }
        Output.print("wrote \(report.target) (\(Format.bytes(report.size)))")
    }
}

struct SnapshotImport: ParsableCommand, StandardCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "import", abstract: "Take the snapshot of an archive as one of this environment.",
        discussion: """
            The archive is one of `trice snapshot export` or of `trice package`. Nothing changes until `trice snapshot restore`.
            """)

    @OptionGroup var common: GlobalOptions
    @Option(help: "Its name here (default: that of the archive).") var name: String?
    @Argument(help: "The archive, or - for standard input.", completion: .file()) var file: String

    func validate() throws {
        try ArchivePath.checkInput(file)
    }

    func run() throws {
        let engine = try Engine(globals.request)
        let sink = Progress.sink(for: globals)
        let identity = try engine.identity(sink: sink)
        let source = try PackageSource(file, globals.request)
        let report = try Progress.follow(sink) {
            try await engine.importSnapshot(source, named: name, identity, sink: sink)
        }
        if globals.json { return try Output.json(report) }
        Output.print(report.name)
    }
}
