package import Vocabulary

/// Reads the files of a project into an `Environment`: read, document, interpolate, merge, decode, validate.
package struct Loader: Sendable {
    let processEnvironment: [String: String]
    let fileExists: @Sendable (String) -> Bool
    let readFile: @Sendable (String) -> FileContents
    private let trail = FileTrail()

    /// - Parameters:
    ///   - processEnvironment: The variables that win over `.env`.
    ///   - fileExists: Whether a host path exists, asked for the sources of bind mounts.
    ///   - readFile: How files are read; `-` is standard input.
    package init(
        processEnvironment: [String: String], fileExists: @escaping @Sendable (String) -> Bool = FileContents.exists,
        readFile: @escaping @Sendable (String) -> FileContents = FileContents.read
    ) {
        self.processEnvironment = processEnvironment
        self.fileExists = fileExists
        self.readFile = trail.noting(readFile)
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
    package func load(
        files: [String], projectDirectory: String? = nil, projectName: String? = nil, profiles: Set<String> = [],
        selecting services: [String] = [], options: LoadOptions = LoadOptions()
    ) throws(EnvfileError) -> Loaded {
        let composition = try composition(
            files: files, projectDirectory: projectDirectory, projectName: projectName, options: options)
        let report = composition.report
        let result = LoadStages(composition: composition, options: options, readFile: readFile).environment(
            profiles: profiles, selecting: [ServiceName](unchecked: services), fileExists: fileExists)
        guard var result, !report.hasErrors else { throw EnvfileError(composition.file, report: report) }
        let bounds = ProjectBounds(result.environment.directory)
        result.files = trail.files.map { bounds.file($0, "read") } + result.environment.namedFiles(in: bounds)
        result.variableFiles = report.variableFiles
        result.warnings += result.files.filter(bounds.isLeft).map {
            Diagnostic(leavingProject: $0, file: composition.file)
        }
        return result
    }

    /// Everything up to the merged tree, for those who want no more than that.
    func composition(
        files: [String], projectDirectory: String?, projectName: String?, options: LoadOptions,
        collectsVariables: Bool = false
    ) throws(EnvfileError) -> Composition {
        let files = try absolute(files)
        let nearest = files.first { $0 != FileContents.standardInput } ?? ""
        let directory = HostPath.absolute(projectDirectory ?? HostPath.parent(of: nearest), in: "/")
        let report = DiagnosticCollector()
        var composer = Composer(
            report: report, interpolates: options.interpolates, collectsVariables: collectsVariables,
            readFile: readFile)
        var documents: [Document] = []
        var first: SourceFile?
        for file in files {
            let source = SourceFile(path: file, bytes: try readFile(file).bytes(of: file), directory: directory)
            documents += composer.documents(of: source, allowsEmpty: true)
            first = first ?? source
        }
        if let first, documents.isEmpty, !report.hasErrors { _ = composer.documents(of: first) }
        if documents.isEmpty { throw EnvfileError(files[0], report: report) }
        let variables = try variables(directory: directory, options: options, composer: composer)
        let personal = try personal(options, &composer)
        return Composition(
            file: files[0], directory: directory, documents: documents, variables: variables, projectName: projectName,
            composer: composer, personal: personal)
    }

    /// The user's own file, if there is one.
    private func personal(
        _ options: LoadOptions, _ composer: inout Composer
    ) throws(EnvfileError) -> (file: PersonalFile, document: Document)? {
        guard let file = options.personal else { return nil }
        let contents = readFile(file.path)
        if contents == .absent { return nil }
        let source = SourceFile(
            path: file.path, bytes: try contents.bytes(of: file.path), directory: HostPath.parent(of: file.path))
        return composer.documents(of: source, allowsEmpty: true).first.map { (file, $0) }
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
        Variables(process: processEnvironment).isOn("COMPOSE_DISABLE_ENV_FILE")
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
package struct LoadOptions: Sendable {
    /// Files of variables, absolute, later ones over earlier ones; `nil` means `.env` in the project directory.
    package var environmentFiles: [String]?
    /// Whether those files were not asked for and may be missing.
    package var environmentFilesAreDefault = true
    /// Whether `${…}` is replaced.
    package var interpolates = true
    /// Whether relative paths are made absolute.
    package var resolvesPaths = true
    /// Whether services are checked against each other and against the host.
    package var checksConsistency = true
    /// Whether the files of `env_file` become part of `environment`.
    package var resolvesEnvironment = true
    /// The user's own file, which is merged last; `nil` for what others get.
    package var personal: PersonalFile?
    /// Trice's own version, for `requires`; `nil` is good for every file.
    package var version: ReleaseVersion?

    package init() {}
}

/// What a load gives: the environment, and what the user should know about it.
package struct Loaded: Sendable {
    package var environment: Environment
    /// The names of the services that take no part because none of their profiles is active.
    package var inactiveServices: Set<ServiceName>
    /// By place in the file.
    package var warnings: [Diagnostic]
    /// What can be shown but not brought up, by place in the file.
    package var unsupported: [Diagnostic]
    /// Why no service takes part; empty where one does.
    package var idle: [Diagnostic]
    /// What was read, in order, and then what the files name without a look into it.
    package var files: [HostFile] = []
    /// Those of the files that gave variables: `.env`, and those of `env_file`.
    package var variableFiles: Set<String> = []
    /// What becomes of containers whose service the files no longer have.
    package var orphans = OrphanPolicy.kept
    package var places = SourcePlaces()

    package init(
        environment: Environment, inactiveServices: Set<ServiceName> = [], warnings: [Diagnostic],
        unsupported: [Diagnostic] = [], idle: [Diagnostic] = []
    ) {
        self.environment = environment
        self.inactiveServices = inactiveServices
        self.warnings = warnings
        self.unsupported = unsupported
        self.idle = idle
    }
}

/// What becomes of containers whose service the file no longer has, by the variables `COMPOSE_REMOVE_ORPHANS` and
/// `COMPOSE_IGNORE_ORPHANS` of the process or of `.env`.
package enum OrphanPolicy: Hashable, Sendable {
    /// They stay, and `up` says so.
    case kept
    /// They stay, and nothing is said.
    case ignored
    case removed

    init(_ variables: Variables) {
        self =
            variables.isOn("COMPOSE_REMOVE_ORPHANS")
            ? .removed : variables.isOn("COMPOSE_IGNORE_ORPHANS") ? .ignored : .kept
    }
}
