/// The stages of a load after the merge, each over the result of the one before.
struct LoadStages {
    let file: String
    let directory: String
    var root: Node
    var variables: Variables
    let report: DiagnosticCollector
    let readFile: @Sendable (String) -> FileContents

    /// - Returns: `nil` when the file says so little that nothing can be made of it, which is reported.
    mutating func environment(
        projectName: String?, profiles: Set<String>, selecting services: [String],
        fileExists: @Sendable @escaping (String) -> Bool
    ) -> (Environment, inactive: Set<String>, refusals: [Diagnostic])? {
        var interpolator = Interpolator(variables: variables, report: report)
        let rootMark = root.mark.start
        guard let name = name(given: projectName, root: rootMark, interpolator: &interpolator) else {
            // The rest is still worth reporting.
            let (project, context) = draft(interpolator: &interpolator)
            _ = EnvironmentAssembly(
                project: project, name: "", context: context, fileExists: fileExists, root: rootMark
            ).assembled(profiles: profiles, selecting: services)
            return nil
        }
        if variables.value("COMPOSE_PROJECT_NAME") == nil {
            variables.dotEnv["COMPOSE_PROJECT_NAME"] = name
            interpolator = Interpolator(variables: variables, report: report)
        }
        let (project, context) = draft(interpolator: &interpolator)
        let assembly = EnvironmentAssembly(
            project: project, name: name, context: context, fileExists: fileExists, root: rootMark)
        let (environment, inactive) = assembly.assembled(profiles: profiles, selecting: services)
        return (environment, inactive, context.refusals.diagnostics)
    }

    /// The name comes first, because it is itself a variable for the rest.
    private func name(given: String?, root rootMark: Mark, interpolator: inout Interpolator) -> String? {
        var written: Cursor?
        if var node = root["name"] {
            let path = Path.key(.root, "name")
            interpolator.interpolate(&node, path: path)
            written = Cursor(node, path: path, context: context(semantics: .compose))
        }
        return ProjectName.decide(
            written: written, given: given, directory: directory, root: rootMark, report: report)
    }

    private mutating func draft(interpolator: inout Interpolator) -> (ProjectDraft, DecodingContext) {
        interpolator.interpolate(&root, path: .root)
        let context = context(semantics: semantics())
        return (ProjectDraft.decoded(from: Cursor(root, path: .root, context: context)), context)
    }

    private func semantics() -> Semantics {
        let byName = EnvfileLocator.semantics(ofFile: file)
        let compat = root["compat"] ?? root["x-trice"]?["compat"]
        guard let compat, byName == .trice else { return byName }
        let cursor = Cursor(compat, path: .key(.root, "compat"), context: context(semantics: byName))
        guard let text = cursor.string() else { return byName }
        if text == "compose" { return .compose }
        cursor.error(
            "compat must be `compose`, but is `\(text)`", expected: "`compose`",
            hint: Suggestion.hint(for: text, in: ["compose"]) ?? "leave the key out for Trice's own defaults")
        return byName
    }

    private func context(semantics: Semantics) -> DecodingContext {
        DecodingContext(
            report: report, variables: variables, projectDirectory: directory, semantics: semantics,
            allowsExtraKeys: EnvfileLocator.semantics(ofFile: file) == .trice, readFile: readFile)
    }
}
