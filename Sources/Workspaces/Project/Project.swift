package import Envfile
internal import SystemPackage
package import Vocabulary

/// What a command was asked to work on, before any file is read.
package struct ProjectRequest: Sendable {
    /// `-f`, as given.
    package var files: [String]
    /// `--env-file`, as given.
    package var environmentFiles: [String]
    /// `--project-directory`, as given.
    package var projectDirectory: String?
    /// `-p`.
    package var projectName: String?
    package var profiles: [String]
    /// `--runtime`.
    package var runtime: String?
    package var processEnvironment: [String: String]
    package var userID: UInt32
    /// Absolute.
    package var workingDirectory: String
    /// Trice's own, such as `0.1.0`, for `requires`.
    package var version: String
    /// `--offline`: no registry is asked.
    package var isOffline = false

    package init(
        files: [String], environmentFiles: [String] = [], projectDirectory: String? = nil, projectName: String?,
        profiles: [String], runtime: String?, processEnvironment: [String: String], userID: UInt32,
        workingDirectory: String, version: String
    ) {
        self.files = files
        self.environmentFiles = environmentFiles
        self.projectDirectory = projectDirectory
        self.projectName = projectName
        self.profiles = profiles
        self.runtime = runtime
        self.processEnvironment = processEnvironment
        self.userID = userID
        self.workingDirectory = workingDirectory
        self.version = version
    }

    /// The caller's own file, which is merged last and of which others get nothing; `nil` for a caller that the host does not
    /// know.
    package var personalFile: PersonalFile? {
        guard let caller = try? Caller(processEnvironment) else { return nil }
        let base = caller.isBehindSudo ? nil : processEnvironment.baseDirectory("XDG_CONFIG_HOME")
        return PersonalFile(path: "\(base ?? "\(caller.home)/.config")/trice/Envfile.personal", home: caller.home)
    }

    /// The files that the project consists of.
    package func locate() throws(EnvfileError) -> ProjectFiles {
        try EnvfileLocator().locate(
            ProjectFilesRequest(
                files: files, environmentFiles: environmentFiles, projectDirectory: projectDirectory,
                workingDirectory: workingDirectory, processEnvironment: processEnvironment))
    }
}

/// An environment as an existing one is addressed: for `down`, `status`, `ssh` and `logs`.
package struct EnvironmentTarget: Sendable {
    package let id: EnvironmentID
    /// What the Envfile says, or `nil` when it cannot be read any more and only the records tell of the environment.
    package let project: Project?

    package init(id: EnvironmentID, project: Project?) {
        self.id = id
        self.project = project
    }
}

/// A loaded Envfile and the identity of the environment that it describes.
package struct Project: Sendable {
    /// That of the environment; a moved directory keeps its own.
    package internal(set) var id: EnvironmentID
    package var environment: Environment
    package let inactiveServices: Set<ServiceName>
    /// The absolute path of the first file.
    package let file: String
    package let warnings: [Diagnostic]
    /// What the Envfile says and no plan can be made for.
    package let unsupported: [Diagnostic]
    /// Why there is no service to bring up; empty where there is one.
    package let idle: [Diagnostic]
    /// What was read, and then what the files name.
    package let files: [HostFile]
    /// Those of the files that gave variables: `.env`, and those of `env_file`.
    package var variableFiles: Set<String> = []
    /// What becomes of containers whose service the files no longer have.
    package let orphans: OrphanPolicy
    /// Where the values of the files are written.
    package let places: SourcePlaces

    /// Reads the project of a request: file, name and lock.
    ///
    /// - Parameters:
    ///   - isShared: whether the result is for others, who get nothing of the caller's own file.
    ///   - missing: files that are taken for empty ones where they are not there.
    package static func load(
        _ request: ProjectRequest, selecting services: [String], options: LoadOptions = LoadOptions(),
        isShared: Bool = false, missing: Set<String> = []
    ) throws -> Project {
        let files = try request.locate()
        var options = options.reading(files)
        if !isShared { options.personal = request.personalFile }
        options.version = ReleaseVersion(request.version)
        let loader = Loader(
            processEnvironment: request.processEnvironment,
            fileExists: { missing.contains($0) || FileContents.exists($0) },
            readFile: { path in
                let contents = FileContents.read(path)
                return contents == .absent && missing.contains(path) ? .bytes([]) : contents
            })
        let loaded = try loader.load(
            files: files.files, projectDirectory: files.directory, projectName: request.projectName,
            profiles: Set(request.profiles), selecting: services, options: options)
        let environment = loaded.environment
        let id =
            try request.projectName.map { name in try EnvironmentID(name) }
            ?? EnvironmentID(projectName: environment.name, directory: FilePath(environment.directory))
        return Project(
            id: id, environment: environment, inactiveServices: loaded.inactiveServices, file: files.files[0],
            warnings: loaded.warnings, unsupported: loaded.unsupported, idle: loaded.idle,
            files: loaded.files, variableFiles: loaded.variableFiles, orphans: loaded.orphans, places: loaded.places)
    }
}

extension LoadOptions {
    /// These, with the files of variables of a project.
    package func reading(_ files: ProjectFiles) -> LoadOptions {
        var options = self
        options.environmentFiles = files.environmentFiles
        options.environmentFilesAreDefault = files.environmentFilesAreDefault
        return options
    }
}

extension Project {
    /// Lets every published port that is taken be replaced by a free one, whatever the file says.
    package mutating func correctPorts() {
        for service in environment.services.indices {
            for port in environment.services[service].ports.indices {
                environment.services[service].ports[port].autoCorrects = true
            }
        }
    }
}

// MARK: - Whether it can come up

extension Project {
    /// - Throws: `EnvfileError` with all that the files say and that cannot be brought up.
    package func checkSupport() throws(EnvfileError) {
        guard !unsupported.isEmpty else { return }
        throw EnvfileError(
            code: .unsupported, message: "\(file) says what cannot be brought up.", diagnostics: unsupported)
    }

    /// - Throws: `EnvfileError` where no service takes part.
    package func checkServices() throws(EnvfileError) {
        guard !idle.isEmpty else { return }
        throw EnvfileError(
            code: .unsupported, message: "\(file) has no service to bring up.", diagnostics: idle)
    }
}

// MARK: - What commands print of it

extension Project {
    /// The services with `attach: false`.
    package var unattachedServices: Set<ServiceName> {
        Set(environment.services.filter { $0.lifecycle.attaches == false }.map(\.name))
    }

    /// These services with those that they depend on, in any depth and only those that the project has; empty for none.
    package func withDependencies(_ names: [ServiceName]) -> [ServiceName] {
        var found: [ServiceName] = []
        var open = names
        while let name = open.popLast() {
            guard !found.contains(name), let service = environment.services.first(where: { $0.name == name }) else {
                continue
            }
            found.append(name)
            open += service.dependencies.map(\.service)
        }
        return found
    }

    package var serviceNames: [String] { environment.services.map(\.name.rawValue) }
    /// The images of services, steps and jobs, each once, sorted.
    package var imageNames: [String] { Set(environment.workloads.map(\.image)).sorted() }
    package var volumeNames: [String] { environment.volumes.map(\.name.rawValue) }
    package var canonicalYAML: String { environment.yamlText() }
    package var canonicalJSON: String { environment.jsonText() }
    /// The reader's remarks, one text each, without those about attributes that have no effect.
    package var warningLines: [String] { warnings.filter { $0.ignoredAttribute == nil }.map(\.inOneLine) }
    /// The attributes that have no effect, each once.
    package var ignoredAttributes: [String] { Set(warnings.compactMap(\.ignoredAttribute)).sorted() }
}

extension Diagnostic {
    package var inOneLine: String { "\(file):\(line):\(column): \(message)" }
}
