package import Envfile
internal import SystemPackage

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
    package let id: EnvironmentID
    package var environment: Environment
    package let inactiveServices: Set<String>
    /// The absolute path of the first file.
    package let file: String
    package let warnings: [Diagnostic]
    /// What the Envfile says and no plan can be made for.
    package let unsupported: [Diagnostic]

    package static func load(
        _ request: ProjectRequest, selecting services: [String], options: LoadOptions = LoadOptions()
    ) throws -> Project {
        let files = try request.locate()
        var options = options.reading(files)
        options.version = ReleaseVersion(request.version)
        let loaded = try Loader(processEnvironment: request.processEnvironment).load(
            files: files.files, projectDirectory: files.directory, projectName: request.projectName,
            profiles: Set(request.profiles), selecting: services, options: options)
        let environment = loaded.environment
        let id =
            request.projectName.map { EnvironmentID(text: $0) }
            ?? EnvironmentID(projectName: environment.name, directory: FilePath(environment.directory))
        return Project(
            id: id, environment: environment, inactiveServices: loaded.inactiveServices, file: files.files[0],
            warnings: loaded.warnings, unsupported: loaded.unsupported)
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

// MARK: - What commands print of it

extension Project {
    package var serviceNames: [String] { environment.services.map(\.name) }
    package var imageNames: [String] { Set(environment.services.map(\.image)).sorted() }
    package var volumeNames: [String] { environment.volumes.map(\.name) }
    package var canonicalYAML: String { environment.yamlText() }
    package var canonicalJSON: String { environment.jsonText() }
    /// The reader's remarks, one text each.
    package var warningLines: [String] { warnings.map(\.inOneLine) }
}

extension Diagnostic {
    package var inOneLine: String { "\(file):\(line):\(column): \(message)" }
}
