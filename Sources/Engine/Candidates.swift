internal import Envfile
internal import ImageCommands
internal import LinuxSystem
internal import Setup
internal import Store
internal import Vocabulary
internal import Workspaces

/// What `completion --candidates` can be asked for.
package enum CandidateKind: String, CaseIterable, Sendable {
    case services, jobs, profiles, environments, images, volumes, snapshots, templates
    /// Services and jobs, for `run`.
    case workloads
}

extension Engine {
    /// The names that may stand in a command line, sorted. Nothing is made on the disk for it, and no registry is asked.
    package func candidates(_ kind: CandidateKind) throws -> [String] {
        switch kind {
        case .services: try described().services.map(\.name.rawValue)
        case .jobs: try described().jobs.map(\.name.rawValue)
        case .workloads: try described().described.map(\.name.rawValue).sorted()
        case .profiles: Set(try described().described.flatMap(\.profiles)).sorted()
        case .templates: try Templates(processEnvironment: context.request.processEnvironment).all().map(\.name)
        case .environments: try recorded { try $0.environmentNames() }
        case .volumes: try recorded { try $0.namedVolumes().map(\.name) }
        case .snapshots:
            try recorded { host in
                let id = try context.project(selecting: []).id
                return try host.durable.snapshots(environmentID: id).map(\.name)
            }
        case .images: try recorded { try images.names(on: $0) }
        }
    }

    /// Everything that the Envfile describes, whatever profiles are active. It may be in the middle of a change, so that
    /// services are not checked against each other.
    private func described() throws -> Environment {
        var request = context.request
        request.profiles = ["*"]
        var options = LoadOptions()
        options.checksConsistency = false
        options.resolvesEnvironment = false
        return try Project.load(request, selecting: [], options: options).environment
    }

    private func recorded(_ names: (Host) throws -> [String]) throws -> [String] {
        guard Files.exists(context.layout.durableDatabase) else { return [] }
        return try names(try context.host())
    }
}
