internal import ArgumentParser
internal import Engine
internal import Envfile
internal import Export
internal import Workspaces

/// Shows what is lost, and writes what is not.
struct ExportPrinter {
    let globals: Globals
    let flags: ExportFlags
    let project: Project

    /// What `--json` prints.
    private struct Report: Encodable {
        var losses: [Loss]
        /// Relative to the directory of the output.
        var files: [String]
        /// The stream, where no directory is named.
        var documents: String?
    }

    /// - Throws: the exit code 1 for a problem, 2 for a loss with `--strict`; then nothing is written.
    func print(_ result: ExportResult, _ engine: Engine) throws {
        let fails = result.hasProblems || flags.strict && result.hasLosses
        if !globals.json { report(result.losses) }
        guard !fails else {
            if globals.json { try Output.json(Report(losses: result.losses, files: [], documents: nil)) }
            let remark = flags.strict && !result.hasProblems ? " `--strict` allows no losses." : ""
            Output.error("Nothing was written.\(remark)")
            throw ExitCode(result.hasProblems ? 1 : 2)
        }
        if flags.output == "-" {
            if result.needsDirectory {
                throw ValidationError("The documents name other files: write all of them by --output DIRECTORY.")
            }
            let stream = try engine.encryptedStream(of: result, project)
            if globals.json { return try Output.json(Report(losses: result.losses, files: [], documents: stream)) }
            return Output.write(stream, to: 1)
        }
        let path = flags.output.hasPrefix("/") ? flags.output : "\(ProcessEnvironment.workingDirectory)/\(flags.output)"
        let files = try engine.writeExport(result, project, into: path)
        if globals.json { return try Output.json(Report(losses: result.losses, files: files, documents: nil)) }
        for file in files { Output.print("\(flags.output)/\(file)") }
    }

    /// On standard error, by severity: what keeps anything from being written last.
    private func report(_ losses: [Loss]) {
        let base = project.environment.directory
        for severity in [Loss.Severity.note, .loss, .problem] {
            for loss in losses where loss.severity == severity { Output.error(loss.text(relativeTo: base)) }
        }
    }
}
