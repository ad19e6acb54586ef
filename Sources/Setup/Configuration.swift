package import Envfile
internal import Images
internal import LinuxSystem
internal import OCI
internal import Planning
internal import SystemPackage
internal import Vocabulary
package import Workspaces

/// What `config` is asked.
package struct ConfigRequest: Sendable {
    /// Which part of the configuration is asked for.
    package enum Subject: Sendable {
        /// The whole in canonical form.
        case document
        case services, images, volumes, networks, profiles, models
        /// The paths of the host that are read or named.
        case files
        /// The images with their digests, as a file that is merged over the project's.
        case lockedImages
        /// The variables that the files name.
        case variables
        /// The variables that they are given.
        case environment
        /// Digests of services by name, separated by commas; `*` for all.
        case hash(String)
        /// Where the values at a path come from.
        case explanation(String)
    }

    package var subject = Subject.document
    /// Only these services and what they depend on; empty means all.
    package var services: [String] = []
    package var asJSON = false
    package var interpolates = true
    package var resolvesPaths = true
    package var checksConsistency = true
    package var resolvesEnvironment = true
    package var resolvesImageDigests = false

    package init() {}

    fileprivate var loadOptions: LoadOptions {
        var options = LoadOptions()
        options.interpolates = interpolates
        options.resolvesPaths = resolvesPaths
        options.checksConsistency = checksConsistency
        options.resolvesEnvironment = resolvesEnvironment
        return options
    }
}

/// What `config` answers.
package struct ConfigReport: Sendable {
    /// The part as it is printed.
    package enum Answer: Sendable {
        /// YAML or JSON, with a line feed at the end.
        case document(String)
        case lines([String])
        case variables([VariableDeclaration])
        case values([ValueHistory])
        case files([HostFile])
    }

    package var answer: Answer
    /// The reader's remarks, one text each.
    package var warnings: [String]
}

/// Reads the Envfile for `config`.
package struct ConfigurationReader: Sendable {
    private let context: CommandContext

    package init(_ context: CommandContext) {
        self.context = context
    }

    private var request: ProjectRequest { context.request }

    /// What the Envfile says, in one of the forms that `config` prints.
    ///
    /// - Throws: `EnvfileError` when the files are not valid; `EngineError` when the subject is not there.
    package func configuration(_ asked: ConfigRequest) throws -> ConfigReport {
        switch asked.subject {
        case .variables, .environment, .explanation: return try inspected(asked)
        case .document where !asked.interpolates: return try inspected(asked)
        default: break
        }
        var profiled = request
        if case .profiles = asked.subject { profiled.profiles = ["*"] }
        var options = asked.loadOptions
        options.interpolates = true
        var project = try Project.load(profiled, selecting: asked.services, options: options, isShared: true)
        if !asked.services.isEmpty { project.environment.limit(to: [ServiceName](unchecked: asked.services)) }
        if asked.resolvesImageDigests { try pinImages(&project.environment) }
        return ConfigReport(answer: try answer(asked, project), warnings: project.warningLines)
    }

    private func answer(_ asked: ConfigRequest, _ project: Project) throws -> ConfigReport.Answer {
        let environment = project.environment
        switch asked.subject {
        case .services: return .lines(project.serviceNames)
        case .images: return .lines(project.imageNames)
        case .volumes: return .lines(project.volumeNames)
        case .networks: return .lines(environment.networks.map(\.name.rawValue))
        case .profiles: return .lines(Set(environment.services.flatMap(\.profiles)).sorted())
        case .files: return .files(project.files)
        case .models: return .lines(environment.models.map(\.key).sorted())
        case .lockedImages:
            let images = environment.services.map { "  \($0.name):\n    image: \($0.image)\n" }
            return .document("services:\n" + images.joined())
        case .hash(let names): return .lines(try hashes(of: names, environment))
        case .document, .variables, .environment, .explanation:
            return .document(asked.asJSON ? project.canonicalJSON : project.canonicalYAML)
        }
    }

    private func hashes(of names: String, _ environment: Environment) throws -> [String] {
        let wanted = names.split(separator: ",").map { ServiceName(unchecked: String($0)) }
        let services = environment.services.filter { names == "*" || wanted.contains($0.name) }
        for name in wanted where names != "*" && !services.contains(where: { $0.name == name }) {
            throw EngineError(.unknownService, "The Envfile has no service `\(name)`, or it takes no part.")
        }
        return try services.map { "\($0.name) \(ContainerFingerprint(of: try DesiredContainer($0)).digest)" }
    }

    /// What needs no more than the merged files.
    private func inspected(_ asked: ConfigRequest) throws -> ConfigReport {
        let files = try request.locate()
        var options = asked.loadOptions.reading(files)
        if case .variables = asked.subject { options.interpolates = false }
        if case .explanation = asked.subject { options.personal = request.personalFile }
        let inspection = try Loader(processEnvironment: request.processEnvironment).inspect(
            files: files.files, projectDirectory: files.directory, projectName: request.projectName, options: options)
        let answer: ConfigReport.Answer
        switch asked.subject {
        case .variables: answer = .variables(inspection.variables)
        case .environment:
            answer = .lines(inspection.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })
        case .explanation(let path):
            guard let values = inspection.histories(of: path), !path.isEmpty else {
                throw EngineError(.invalidProject, "Nothing is set at `\(path)` in \(files.files[0]).")
            }
            answer = .values(values)
        default:
            let tree = inspection.tree
            answer = .document(asked.asJSON ? tree.jsonText() : YAMLWriter.text(tree))
        }
        return ConfigReport(answer: answer, warnings: inspection.warnings.map(\.inOneLine))
    }

    /// Puts the digest of what this machine has into the references of registries.
    private func pinImages(_ environment: inout Environment) throws {
        let store = try ImageStore(context.layout.images)
        for index in environment.services.indices {
            let service = environment.services[index]
            let parsed = try ImageReference(service.image, relativeTo: environment.directory)
            guard let entry = try store.content.reference(parsed.description), try store.lookup(parsed) != nil else {
                throw EngineError(
                    .invalidProject,
                    "The image \(service.image) of service \(service.name) is not on this machine, so that its digest "
                        + "is not known.")
            }
            guard case .registry = parsed, !service.image.contains("@") else { continue }
            environment.services[index].image += "@\(entry.digest)"
        }
    }
}

extension Environment {
    /// Leaves only some services and what they depend on.
    fileprivate mutating func limit(to names: [ServiceName]) {
        var wanted = Set(names)
        var pending = names
        while let name = pending.popLast() {
            for dependency in services.first(where: { $0.name == name })?.dependencies ?? [] {
                if wanted.insert(dependency.service).inserted { pending.append(dependency.service) }
            }
        }
        services.removeAll { !wanted.contains($0.name) }
    }
}
