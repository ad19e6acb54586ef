internal import Containers
public import Envfile
internal import Glibc
internal import Images
internal import LinuxSystem
internal import Networks
internal import OCI
internal import Planning
internal import Store
internal import Supervisor
internal import SystemPackage

/// Everything that commands do, composed from the modules below: the only entrance for the command line.
public struct Engine: Sendable {
    let request: ProjectRequest
    let layout: Layout
    let settings: Settings

    /// Reads the settings; opens nothing else.
    public init(_ request: ProjectRequest) throws {
        self.request = request
        layout = Layout(environment: request.processEnvironment, userID: request.userID)
        settings = try Settings.load(processEnvironment: request.processEnvironment)
    }

    /// The Envfile, with the services named by the user activated whatever their profiles.
    public func project(selecting services: [String]) throws -> Project {
        try Project.load(request, selecting: services)
    }

    /// The environment that is up from the nearest Envfile's directory, when it is the only one; found by names alone.
    func environmentOfDirectory() throws -> EnvironmentID? {
        if let name = request.projectName { return EnvironmentID(text: name) }
        let suffix = EnvironmentID.suffix(of: FilePath(try request.locate().directory))
        let found = try Files.names(in: layout.environments).filter { $0.hasSuffix(suffix) }
        return found.count == 1 ? EnvironmentID(text: found[0]) : nil
    }

    /// Which environment a command is about, also when its Envfile has become unreadable since it came up.
    public func identity(sink: any EventSink) throws -> EnvironmentTarget {
        do {
            let project = try project(selecting: [])
            return EnvironmentTarget(id: project.id, project: project)
        } catch let error as EnvfileError {
            guard let id = try recordedIdentity() else { throw error }
            sink.note("the Envfile cannot be used (\(error.message)); going by what is up", isWarning: true)
            return EnvironmentTarget(id: id, project: nil)
        }
    }

    /// The environment that was brought up from this directory, by its record.
    private func recordedIdentity() throws -> EnvironmentID? {
        guard Files.exists(layout.durableDatabase) else { return nil }
        let records = try DurableStore(path: layout.durableDatabase.string).environments()
        if let name = request.projectName { return records.first { $0.id == name }.map { EnvironmentID(text: $0.id) } }
        var directory = FilePath(request.workingDirectory)
        if let given = request.projectDirectory {
            directory = directory.pushing(FilePath(given))
        } else if let file = request.files.first(where: { $0 != FileContents.standardInput }) {
            directory = directory.pushing(FilePath(file)).removingLastComponent()
        }
        while true {
            let found = records.filter { $0.directory == directory.string }
            if found.count == 1 { return EnvironmentID(text: found[0].id) }
            if directory.components.isEmpty { return nil }
            directory.removeLastComponent()
        }
    }

    func host() throws -> Host {
        try Host(layout: layout, request: request, settings: settings)
    }

    /// The per-environment process; returns when it has been asked to end.
    ///
    /// - Parameter release: of Trice, for clients of another one.
    public static func supervise(runDirectory: String, stateDirectory: String, release: String) throws -> Never {
        syncLayers(besideEnvironment: FilePath(stateDirectory))
        exit(
            SupervisorProcess.main(
                SupervisorProcess.Configuration(
                    runDirectory: FilePath(runDirectory), stateDirectory: FilePath(stateDirectory), release: release)))
    }
}

extension Engine {
    /// Lets the layers that came with this environment outlast a restart of the machine, when nobody waits any more.
    private static func syncLayers(besideEnvironment directory: FilePath) {
        let state = directory.removingLastComponent().removingLastComponent()
        // Without it the layers come back from their blobs after a restart, so a failure has nobody to hear it.
        try? DedicatedThread.detach {
            sleep(10)
            try? LayerStore(state.appending("layers")).sync()
        }
    }
}

/// What `up` was asked beyond the Envfile.
public struct UpOptions: Sendable {
    public var services: [String]
    public var forceRecreate: Bool
    public var noRecreate: Bool
    public var noStart: Bool
    public var removeOrphans: Bool
    /// Instead of the services' own.
    public var pullPolicy: PullPolicy?
    /// Whether the lock must stay as it is.
    public var isFrozen: Bool
    /// When images are built; `nil` is as the file's dialect has it.
    public var builds: Bool?

    public init(
        services: [String] = [], forceRecreate: Bool = false, noRecreate: Bool = false, noStart: Bool = false,
        removeOrphans: Bool = false, pullPolicy: PullPolicy? = nil, isFrozen: Bool = false,
        builds: Bool? = nil
    ) {
        self.services = services
        self.forceRecreate = forceRecreate
        self.noRecreate = noRecreate
        self.noStart = noStart
        self.removeOrphans = removeOrphans
        self.pullPolicy = pullPolicy
        self.isFrozen = isFrozen
        self.builds = builds
    }

    /// An Envfile's environment holds what the Envfile says; Compose keeps what it no longer says.
    func reconciler(for project: Project) -> Reconciler {
        Reconciler(
            options: Reconciler.Options(
                services: Set(services),
                recreation: forceRecreate ? .always : noRecreate ? .never : .whenChanged,
                removesOrphans: removeOrphans || project.environment.dialect == .trice, starts: !noStart,
                inactiveServices: project.inactiveServices))
    }
}

public struct DownOptions: Sendable {
    /// Which images of the services go too; as Compose has it.
    public enum ImageRemoval: String, Sendable, CaseIterable {
        /// Those that are built and have no `image:`.
        case local
        case all
    }

    public var removesVolumes: Bool
    /// Instead of the containers' own grace periods.
    public var timeout: Duration?
    /// `nil` keeps every image.
    public var removedImages: ImageRemoval?

    public init(removesVolumes: Bool, timeout: Duration?, removedImages: ImageRemoval? = nil) {
        self.removesVolumes = removesVolumes
        self.timeout = timeout
        self.removedImages = removedImages
    }

    var reconciler: Reconciler { Reconciler(options: Reconciler.Options(removesVolumes: removesVolumes)) }
}

/// A plan as it is shown.
public struct PlanReport: Sendable, Encodable {
    /// The plan as text, one line for each resource.
    public var text: String { plan.description }
    public var isEmpty: Bool { plan.isEmpty }
    let plan: Plan

    private enum CodingKeys: String, CodingKey {
        case changes, notes
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(plan.rows, forKey: .changes)
        try container.encode(plan.notes, forKey: .notes)
    }
}
