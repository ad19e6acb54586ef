internal import ArgumentParser
internal import Clusters
internal import Engine
internal import Envfile
internal import Glibc
internal import Vocabulary
internal import Workspaces

/// Commands about what is in a cluster: they become the user's `kubectl`.
struct ClusterCommand {
    private let engine: Engine
    private let context: String?
    private let namespace: String?

    init(_ globals: Globals, _ place: ClusterPlace) throws {
        try self.init(globals, context: place.options.context, namespace: place.namespace)
    }

    init(_ globals: Globals, context: String?, namespace: String?) throws {
        engine = try Engine(globals.request)
        self.context = context
        self.namespace = namespace
    }

    /// The command line of `kubectl`.
    ///
    /// - Parameter arguments: are given the label of the service.
    func words(for service: String, _ arguments: (String) -> [String]) throws -> [String] {
        let project = try engine.project(selecting: [])
        guard project.environment.described.contains(where: { $0.name.rawValue == service }) else {
            throw EngineError.unknownService(
                service, known: project.environment.described.map(\.name.rawValue).sorted())
        }
        return try engine.kubectl(context: context, namespace: namespace).command(
            arguments(engine.clusterLabel(of: service)))
    }

    /// The command line with what selects the pods of a service, and its containers there.
    func podWords(of service: String, _ arguments: (_ selector: String, _ containers: [String]) -> [String]) throws
        -> [String]
    {
        let project = try engine.project(selecting: [])
        let pod = engine.podLabel(of: service, in: project)
        return try words(for: service) { label in
            arguments(
                "\(engine.clusterSelector(of: project)),app.kubernetes.io/name=\(pod)",
                pod == label ? ["--all-containers"] : ["--container", label])
        }
    }

    /// The command line for all that the cluster has of the project.
    func words(_ arguments: (String) -> [String]) throws -> [String] {
        let project = try engine.project(selecting: [])
        return try engine.kubectl(context: context, namespace: namespace).command(
            arguments(engine.clusterSelector(of: project)))
    }

    /// Replaces this process, so that the terminal, signals and the exit code are kubectl's.
    static func become(_ words: [String]) throws -> Never {
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        arguments.append(nil)
        execv(words[0], &arguments)
        throw EngineError(
            .unsupportedHost, "`\(words[0])` could not be run: \(String(cString: strerror(errno))).")
    }
}
