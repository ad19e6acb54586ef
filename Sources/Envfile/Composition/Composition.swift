internal import Diagnostics

/// The files of a project as one tree, with the decisions of the composition.
struct Composition {
    /// The first file, which is the place of problems of all files.
    let file: String
    /// The project directory.
    let directory: String
    let report: DiagnosticCollector
    let dialect: Dialect
    /// `nil` when it is not valid, which is reported.
    let name: String?
    /// Those of the project, with its name.
    let variables: Variables
    /// `nil` when all files are empty, which is reported.
    let root: Node?
    /// The place of the whole project.
    let mark: Mark
    let scopes: ScopeTable
    /// Whether every file could be read.
    let isComplete: Bool
    let usedVariables: [VariableDeclaration]

    /// - Parameter documents: Of all files in their order, not interpolated; at least one.
    init(
        file: String, directory: String, documents: [Document], variables: Variables, projectName: String?,
        composer: Composer, personal: (file: PersonalFile, document: Document)? = nil
    ) {
        self.file = file
        self.directory = directory
        report = composer.report
        mark = documents[0].root.mark.start
        let context = DecodingContext(
            report: report, variables: variables, projectDirectory: directory, dialect: .compose,
            allowsExtraKeys: true)
        let head = DocumentHead(documents: documents, variables: variables, context: context)
        dialect = head.dialect(ofFile: file)
        name = head.name(given: projectName, interpolates: composer.interpolates)
        var variables = variables
        variables.projectName = name
        self.variables = variables
        var composer = composer
        let scope = Scope(directory: directory, variables: variables, trail: [file])
        var merged = composer.composed(documents, in: scope, dialect)
        if let personal, let project = merged {
            merged = PersonalLayer(
                file: personal.file, root: composer.opened(personal.document, in: scope), report: report
            ).applied(
                to: project, by: Merger(dialect: dialect, report: report),
                allowsExtraKeys: dialect == .trice || EnvfileLocator.dialect(ofFile: file) == .trice)
        }
        root = merged.map { MergedTree.finished($0) }
        scopes = composer.scopes
        isComplete = composer.isComplete
        usedVariables = composer.usedVariables?.declarations ?? []
    }
}

/// The facts about the files that are needed before the merge.
private struct DocumentHead {
    let documents: [Document]
    let variables: Variables
    let context: DecodingContext

    /// The name comes first, because it is itself a variable for the rest.
    func name(given: String?, interpolates: Bool) -> String? {
        var written: Cursor?
        if let node = documents.reversed().lazy.compactMap({ $0.root["name"] }).first {
            let path = Path.key(.root, "name")
            written = Cursor(interpolates ? interpolated(node, path) : node, path: path, context: context)
        }
        return ProjectName.decide(
            written: written, given: given, environment: variables.value(Variables.projectNameVariable),
            directory: context.projectDirectory, root: documents[0].root.mark.start, report: context.report)
    }

    /// What `compat` says, in an Envfile also at the top level, else the name of the file.
    func dialect(ofFile file: String) -> Dialect {
        let byName = EnvfileLocator.dialect(ofFile: file)
        let written = documents.reversed().lazy.compactMap { document in
            (byName == .trice ? document.root["compat"] : nil) ?? document.root["x-trice"]?["compat"]
        }.first
        guard let written else { return byName }
        let path = Path.key(.root, "compat")
        let cursor = Cursor(interpolated(written, path), path: path, context: context)
        guard let text = cursor.string() else { return byName }
        switch text {
        case "compose": return .compose
        case "trice": return .trice
        default:
            cursor.error(
                "compat must be `compose` or `trice`, but is `\(text)`", expected: "`compose` or `trice`",
                hint: Suggestion.hint(for: text, in: ["compose", "trice"])
                    ?? "leave the key out for the defaults of the file's name")
            return byName
        }
    }

    private func interpolated(_ node: Node, _ path: Path) -> Node {
        var node = node
        var interpolator = Interpolator(variables: variables, report: context.report)
        interpolator.interpolate(&node, path: path)
        return node
    }
}
