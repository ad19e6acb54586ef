public import Envfile
internal import SystemPackage

/// What a command was asked to work on, before any file is read.
public struct ProjectRequest: Sendable {
    /// `-f`, as given.
    public var files: [String]
    /// `-p`.
    public var projectName: String?
    public var profiles: [String]
    /// `--runtime`.
    public var runtime: String?
    public var processEnvironment: [String: String]
    public var userID: UInt32
    /// Absolute.
    public var workingDirectory: String

    public init(
        files: [String], projectName: String?, profiles: [String], runtime: String?,
        processEnvironment: [String: String], userID: UInt32, workingDirectory: String
    ) {
        self.files = files
        self.projectName = projectName
        self.profiles = profiles
        self.runtime = runtime
        self.processEnvironment = processEnvironment
        self.userID = userID
        self.workingDirectory = workingDirectory
    }
}

/// An environment as an existing one is addressed: for `down`, `status`, `ssh` and `logs`.
public struct Identity: Sendable {
    public let id: EnvironmentID
    /// What the Envfile says, or `nil` when it cannot be read any more and only the records tell of the environment.
    let project: Project?
}

/// A loaded Envfile and the identity of the environment that it describes.
public struct Project: Sendable {
    public let id: EnvironmentID
    let environment: Environment
    let inactiveServices: Set<String>
    /// The file's absolute path.
    public let file: String
    public let warnings: [Diagnostic]
    /// What the Envfile says and no plan can be made for.
    let refusals: [Diagnostic]

    static func load(_ request: ProjectRequest, selecting services: [String]) throws -> Project {
        let file = try locate(request)
        let loader = Loader(processEnvironment: request.processEnvironment)
        let loaded = try loader.load(
            files: [file], projectName: request.projectName, profiles: Set(request.profiles), selecting: services)
        let environment = loaded.environment
        let id =
            request.projectName.map { EnvironmentID(text: $0) }
            ?? EnvironmentID(projectName: environment.name, directory: FilePath(environment.directory))
        return Project(
            id: id, environment: environment, inactiveServices: loaded.inactiveServices, file: file,
            warnings: loaded.warnings, refusals: loaded.refusals)
    }

    /// The absolute path of the Envfile: `-f`, `TRICE_FILE`, `COMPOSE_FILE`, or the nearest one upwards.
    static func locate(_ request: ProjectRequest) throws -> String {
        if request.files.count > 1 {
            throw EngineError(.invalidProject, "Several -f files cannot be merged yet; give one.")
        }
        let variables = request.processEnvironment
        let named = request.files.first ?? variables["TRICE_FILE"] ?? variables["COMPOSE_FILE"]
        guard let named, !named.isEmpty else { return try EnvfileLocator().locate(from: request.workingDirectory) }
        return named.hasPrefix("/") ? named : "\(request.workingDirectory)/\(named)"
    }
}

// MARK: - What commands print of it

extension Project {
    public var serviceNames: [String] { environment.services.map(\.name) }
    public var imageNames: [String] { Set(environment.services.map(\.image)).sorted() }
    public var volumeNames: [String] { environment.volumes.map(\.name) }
    public var canonicalYAML: String { environment.yamlText() }
    public var canonicalJSON: String { environment.jsonText() }
    /// The reader's remarks, one text each.
    public var warningLines: [String] { warnings.map { "\($0.file):\($0.line):\($0.column): \($0.message)" } }
}
