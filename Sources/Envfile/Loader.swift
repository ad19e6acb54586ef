/// Reads an Envfile into an `Environment`: read, document, merge, interpolate, decode, validate.
public struct Loader: Sendable {
    private let processEnvironment: [String: String]
    private let fileExists: @Sendable (String) -> Bool
    private let readFile: @Sendable (String) -> FileContents

    /// - Parameters:
    ///   - processEnvironment: The variables that win over `.env`.
    ///   - fileExists: Whether a host path exists, asked for the sources of bind mounts.
    ///   - readFile: How files are read.
    public init(
        processEnvironment: [String: String], fileExists: @escaping @Sendable (String) -> Bool = FileContents.exists,
        readFile: @escaping @Sendable (String) -> FileContents = FileContents.read
    ) {
        self.processEnvironment = processEnvironment
        self.fileExists = fileExists
        self.readFile = readFile
    }

    /// Loads the environment that `files` describe; today that is one file.
    ///
    /// - Parameters:
    ///   - files: Absolute paths; later ones are merged on top.
    ///   - projectDirectory: What relative paths are resolved against and where `.env` is; by default the directory
    ///     of the first file.
    ///   - projectName: The name given by hand, which wins over `name:`.
    ///   - profiles: The active profiles; `*` activates all.
    ///   - services: Services named by the user, which take part whatever their profiles.
    /// - Throws: `EnvfileError` with code `invalid` and every problem of the files, or why one could not be read.
    public func load(
        files: [String], projectDirectory: String? = nil, projectName: String? = nil, profiles: Set<String> = [],
        selecting services: [String] = []
    ) throws(EnvfileError) -> Loaded {
        let file = try onlyFile(of: files)
        let report = DiagnosticCollector()
        let source = SourceFile(path: file, bytes: try readFile(file).bytes(of: file))
        guard let document = DocumentBuilder.document(of: source, report: report) else {
            throw EnvfileError(file, report: report)
        }
        let directory = HostPath.absolute(projectDirectory ?? HostPath.parent(of: file), in: "/")
        let variables = Variables(process: processEnvironment, dotEnv: try dotEnv(in: directory, report: report))
        var stages = LoadStages(
            file: file, directory: directory, root: document.root, variables: variables, report: report,
            readFile: readFile)
        let result = stages.environment(
            projectName: projectName, profiles: profiles, selecting: services, fileExists: fileExists)
        guard let (environment, inactive, refusals) = result, !report.hasErrors else {
            throw EnvfileError(file, report: report)
        }
        return Loaded(
            environment: environment, inactiveServices: inactive, warnings: report.diagnostics, refusals: refusals)
    }

    private func onlyFile(of files: [String]) throws(EnvfileError) -> String {
        guard let file = files.first else {
            throw EnvfileError(code: .notFound, message: "No Envfile was named.")
        }
        guard files.count == 1 else {
            throw EnvfileError(
                code: .unsupported, message: "\(files[1]) cannot be merged: several files are not supported yet.")
        }
        guard file.hasPrefix("/") else {
            throw EnvfileError(code: .notFound, message: "\(file) is not an absolute path.")
        }
        return HostPath.absolute(file, in: "/")
    }

    /// The variables of `.env`. A directory of that name (a Python environment) means nothing.
    private func dotEnv(in directory: String, report: DiagnosticCollector) throws(EnvfileError) -> [String: String] {
        let path = HostPath.absolute(".env", in: directory)
        let contents = readFile(path)
        if contents == .absent || contents == .directory { return [:] }
        let source = SourceFile(path: path, bytes: try contents.bytes(of: path))
        return DotEnv.variables(in: source, process: processEnvironment, report: report)
    }
}

/// What a load gives: the environment, and what the user should know about it.
public struct Loaded: Sendable {
    public var environment: Environment
    /// The names of the services that take no part because none of their profiles is active.
    public var inactiveServices: Set<String>
    /// By place in the file.
    public var warnings: [Diagnostic]
    /// What can be shown but not brought up, by place in the file.
    public var refusals: [Diagnostic]

    public init(
        environment: Environment, inactiveServices: Set<String> = [], warnings: [Diagnostic],
        refusals: [Diagnostic] = []
    ) {
        self.environment = environment
        self.inactiveServices = inactiveServices
        self.warnings = warnings
        self.refusals = refusals
    }
}
