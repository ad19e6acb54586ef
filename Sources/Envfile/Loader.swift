/// Reads the files of a project into an `Environment`: read, document, interpolate, merge, decode, validate.
public struct Loader: Sendable {
    let processEnvironment: [String: String]
    let fileExists: @Sendable (String) -> Bool
    let readFile: @Sendable (String) -> FileContents

    /// - Parameters:
    ///   - processEnvironment: The variables that win over `.env`.
    ///   - fileExists: Whether a host path exists, asked for the sources of bind mounts.
    ///   - readFile: How files are read; `-` is standard input.
    public init(
        processEnvironment: [String: String], fileExists: @escaping @Sendable (String) -> Bool = FileContents.exists,
        readFile: @escaping @Sendable (String) -> FileContents = FileContents.read
    ) {
        self.processEnvironment = processEnvironment
        self.fileExists = fileExists
        self.readFile = readFile
    }

    /// Loads the environment that `files` describe.
    ///
    /// - Parameters:
    ///   - files: Absolute paths, or `-`; later ones are merged on top.
    ///   - projectDirectory: What relative paths are resolved against and where `.env` is; by default the directory
    ///     of the first file.
    ///   - projectName: The name given by hand, which wins over `COMPOSE_PROJECT_NAME` and `name:`.
    ///   - profiles: The active profiles; `*` activates all. None means those of `COMPOSE_PROFILES`.
    ///   - services: Services named by the user, which take part whatever their profiles.
    /// - Throws: `EnvfileError` with code `invalid` and every problem of the files, or why one could not be read.
    public func load(
        files: [String], projectDirectory: String? = nil, projectName: String? = nil, profiles: Set<String> = [],
        selecting services: [String] = [], options: LoadOptions = LoadOptions()
    ) throws(EnvfileError) -> Loaded {
        let composition = try composition(
            files: files, projectDirectory: projectDirectory, projectName: projectName, options: options)
        let report = composition.report
        let result = LoadStages(composition: composition, options: options, readFile: readFile).environment(
            profiles: profiles, selecting: services, fileExists: fileExists)
        guard let (environment, inactive, unsupported) = result, !report.hasErrors else {
            throw EnvfileError(composition.file, report: report)
        }
        return Loaded(
            environment: environment, inactiveServices: inactive, warnings: report.diagnostics, unsupported: unsupported
        )
    }

    /// Everything up to the merged tree, for those who want no more than that.
    func composition(
        files: [String], projectDirectory: String?, projectName: String?, options: LoadOptions,
        collectsVariables: Bool = false
    ) throws(EnvfileError) -> Composition {
        let files = try absolute(files)
        let first = files.first { $0 != FileContents.standardInput } ?? ""
        let directory = HostPath.absolute(projectDirectory ?? HostPath.parent(of: first), in: "/")
        let report = DiagnosticCollector()
        var composer = Composer(
            report: report, interpolates: options.interpolates, collectsVariables: collectsVariables,
            readFile: readFile)
        var documents: [Document] = []
        for file in files {
            let source = SourceFile(path: file, bytes: try readFile(file).bytes(of: file), directory: directory)
            documents += composer.documents(of: source)
        }
        if documents.isEmpty { throw EnvfileError(files[0], report: report) }
        let variables = try variables(directory: directory, options: options, composer: composer)
        return Composition(
            file: files[0], directory: directory, documents: documents, variables: variables, projectName: projectName,
            composer: composer)
    }

    private func variables(
        directory: String, options: LoadOptions, composer: Composer
    ) throws(EnvfileError) -> Variables {
        let outer = Variables(process: processEnvironment)
        let isWanted = !options.environmentFilesAreDefault || !isDefaultDisabled
        let files = options.environmentFiles ?? [HostPath.absolute(".env", in: directory)]
        guard isWanted else { return outer }
        var variables = try composer.variables(
            in: files.map { (path: $0, isRequired: !options.environmentFilesAreDefault) }, outer: outer)
        variables.process = processEnvironment
        return variables
    }

    private var isDefaultDisabled: Bool {
        ["1", "t", "T", "true", "TRUE", "True"].contains(processEnvironment["COMPOSE_DISABLE_ENV_FILE"] ?? "")
    }

    private func absolute(_ files: [String]) throws(EnvfileError) -> [String] {
        guard !files.isEmpty else { throw EnvfileError(code: .notFound, message: "No Envfile was named.") }
        var result: [String] = []
        for file in files {
            if file == FileContents.standardInput {
                result.append(file)
            } else if file.hasPrefix("/") {
                result.append(HostPath.absolute(file, in: "/"))
            } else {
                throw EnvfileError(code: .notFound, message: "\(file) is not an absolute path.")
            }
        }
        return result
    }
}

/// How far a load goes.
public struct LoadOptions: Sendable {
    /// Files of variables, absolute, later ones over earlier ones; `nil` means `.env` in the project directory.
    public var environmentFiles: [String]?
    /// Whether those files were not asked for and may be missing.
    public var environmentFilesAreDefault = true
    /// Whether `${…}` is replaced.
    public var interpolates = true
    /// Whether relative paths are made absolute.
    public var resolvesPaths = true
    /// Whether services are checked against each other and against the host.
    public var checksConsistency = true
    /// Whether the files of `env_file` become part of `environment`.
    public var resolvesEnvironment = true
    /// Trice's own version, for `requires`; `nil` is good for every file.
    public var version: ReleaseVersion?

    public init() {}
}

/// What a load gives: the environment, and what the user should know about it.
public struct Loaded: Sendable {
    public var environment: Environment
    /// The names of the services that take no part because none of their profiles is active.
    public var inactiveServices: Set<String>
    /// By place in the file.
    public var warnings: [Diagnostic]
    /// What can be shown but not brought up, by place in the file.
    public var unsupported: [Diagnostic]

    public init(
        environment: Environment, inactiveServices: Set<String> = [], warnings: [Diagnostic],
        unsupported: [Diagnostic] = []
    ) {
        self.environment = environment
        self.inactiveServices = inactiveServices
        self.warnings = warnings
        self.unsupported = unsupported
    }
}
