internal import ArgumentParser
internal import Workspaces

struct VersionCommand: ParsableCommand, TriceCommand, DryRunnable {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "version", abstract: "Print the version.",
        discussion: "With --json also the commit, the toolchain and the libraries that the programs were built from.")

    @OptionGroup var common: LongFileOptions
    @Flag(help: "Print the number only.") var short = false
    @Option(name: [.customShort("f"), .long], help: ArgumentHelp("pretty or json.", valueName: "form"))
    var format = Form.pretty

    enum Form: String, ExpressibleByArgument, CaseIterable {
        case pretty, json
    }

    var globals: Globals { common.globals }

    private struct Row: Encodable {
        var version: String
        var commit: String?
        var toolchain: String?
        var libraries: [BuildRecord.Library]?
    }

    func run() throws {
        if globals.json || format == .json {
            let build = try BuildRecord.ofProgram()
            return try Output.json(
                Row(
                    version: Version.text, commit: build?.commit, toolchain: build?.toolchain,
                    libraries: build?.libraries))
        }
        if short { return Output.print(Version.text) }
        Output.print("trice \(Version.text)")
    }
}
