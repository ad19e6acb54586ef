internal import Vocabulary

/// The stages of a load after the merge, each over the result of the one before.
struct LoadStages {
    let composition: Composition
    let options: LoadOptions
    let readFile: @Sendable (String) -> FileContents

    /// - Returns: `nil` when the files say so little that nothing can be made of them, which is reported.
    func environment(
        profiles: Set<String>, selecting services: [ServiceName], fileExists: @Sendable @escaping (String) -> Bool
    ) -> Loaded? {
        guard let root = composition.root else { return nil }
        let context = context
        let project = ProjectDraft.decoded(from: Cursor(root, path: .root, context: context))
        // In an incomplete tree a missing part is not an error.
        guard composition.isComplete else { return nil }
        let assembly = EnvironmentAssembly(
            project: project, name: composition.name ?? "", context: context, fileExists: fileExists,
            root: composition.mark)
        let (environment, inactive) = assembly.assembled(
            profiles: active(profiles), selecting: services, checksConsistency: options.checksConsistency)
        guard composition.name != nil else { return nil }
        var loaded = Loaded(
            environment: environment, inactiveServices: inactive, warnings: composition.report.diagnostics,
            unsupported: context.unsupported.diagnostics, idle: context.idle.diagnostics)
        loaded.orphans = OrphanPolicy(composition.variables)
        loaded.places = SourcePlaces(root)
        return loaded
    }

    /// The profiles given, or those of `COMPOSE_PROFILES`.
    private func active(_ profiles: Set<String>) -> Set<String> {
        guard profiles.isEmpty, let text = composition.variables.value("COMPOSE_PROFILES") else { return profiles }
        return Set(
            text.split(separator: ",").map { part in
                String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
            }.filter { !$0.isEmpty })
    }

    private var context: DecodingContext {
        var context = DecodingContext(
            report: composition.report, variables: composition.variables, projectDirectory: composition.directory,
            dialect: composition.dialect,
            allowsExtraKeys: composition.dialect == .trice
                || EnvfileLocator.dialect(ofFile: composition.file) == .trice, scopes: composition.scopes)
        context.unsupported.extensions = composition.report.extensions
        context.readFile = readFile
        context.resolvesPaths = options.resolvesPaths
        context.resolvesEnvironment = options.resolvesEnvironment
        context.version = options.version
        return context
    }
}
