public import Envfile
internal import SystemPackage

/// What a command was asked to work on, before any file is read.
public struct ProjectRequest: Sendable {
    /// `-f`, as given.
    public var files: [String]
    /// `--env-file`, as given.
    public var environmentFiles: [String]
    /// `--project-directory`, as given.
    public var projectDirectory: String?
    /// `-p`.
    public var projectName: String?
    public var profiles: [String]
    /// `--runtime`.
    public var runtime: String?
    public var processEnvironment: [String: String]
    public var userID: UInt32
    /// Absolute.
    public var workingDirectory: String
    /// Trice's own, such as `0.1.0`, for `requires`.
    public var version: String
    /// `--offline`: no registry is asked.
    public var isOffline = false

    public init(
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
    func locate() throws(EnvfileError) -> ProjectFiles {
        try EnvfileLocator().locate(
            ProjectFilesRequest(
                files: files, environmentFiles: environmentFiles, projectDirectory: projectDirectory,
                workingDirectory: workingDirectory, processEnvironment: processEnvironment))
    }
}

/// An environment as an existing one is addressed: for `down`, `status`, `ssh` and `logs`.
public struct EnvironmentTarget: Sendable {
    public let id: EnvironmentID
    /// What the Envfile says, or `nil` when it cannot be read any more and only the records tell of the environment.
    let project: Project?
}

/// A loaded Envfile and the identity of the environment that it describes.
public struct Project: Sendable {
    public let id: EnvironmentID
    var environment: Environment
    let inactiveServices: Set<String>
    /// The absolute path of the first file.
    public let file: String
    public let warnings: [Diagnostic]
    /// What the Envfile says and no plan can be made for.
    let unsupported: [Diagnostic]

    static func load(
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
    func reading(_ files: ProjectFiles) -> LoadOptions {
        var options = self
        options.environmentFiles = files.environmentFiles
        options.environmentFilesAreDefault = files.environmentFilesAreDefault
        return options
    }
}

// MARK: - What commands print of it

extension Project {
    public var serviceNames: [String] { environment.services.map(\.name) }
    public var imageNames: [String] { Set(environment.services.map(\.image)).sorted() }
    /// `post_up_message` with the host ports that the report tells; `nil` where there is none.
    public func postUpMessage(_ report: StatusReport) -> String? {
        environment.tools.postUpMessage?.text { service, target, transport in
            report.services.filter { $0.service == service }.flatMap(\.ports)
                .first { $0.target == target && $0.transportProtocol == transport.rawValue }?.hostPort
        }
    }
    public var volumeNames: [String] { environment.volumes.map(\.name) }
    public var canonicalYAML: String { environment.yamlText() }
    public var canonicalJSON: String { environment.jsonText() }
    /// The reader's remarks, one text each.
    public var warningLines: [String] { warnings.map(\.inOneLine) }
}

extension Diagnostic {
    var inOneLine: String { "\(file):\(line):\(column): \(message)" }
}
