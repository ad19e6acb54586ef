internal import Builder
internal import Envfile
internal import OCI
internal import SystemPackage
internal import Vocabulary
internal import Workspaces

/// From what the user and the Envfile say to what the builder is asked.
extension ImageBuilds {
    func requests(_ project: Project?, _ command: BuildCommand) throws -> [BuildRequest] {
        var requests: [BuildRequest]
        if let file = command.file {
            requests = [try request(file)]
        } else if let project {
            let known = Set(project.serviceNames)
            if let unknown = command.services.first(where: { !known.contains($0) }) {
                throw EngineError.unknownService(unknown, known: project.serviceNames)
            }
            requests = try buildRequests(project, services: Set([ServiceName](unchecked: command.services)))
        } else {
            requests = []
        }
        for index in requests.indices {
            requests[index].arguments.merge(command.arguments) { $1 }
            if let target = command.target { requests[index].target = target }
            try command.flags.apply(to: &requests[index], self.request)
        }
        return requests
    }

    /// The requests of services; without names of all that have a `build:`. What they take from others comes along.
    func buildRequests(_ project: Project, services: Set<ServiceName> = []) throws -> [BuildRequest] {
        let mapping = BuildMapping(
            environment: project.environment, processEnvironment: request.processEnvironment)
        let built = project.environment.services.filter { $0.build != nil }
        var open = services.isEmpty ? built.map(\.name) : Array(services)
        var seen = Set(open)
        var found: [BuildRequest] = []
        while let name = open.popLast() {
            guard let service = built.first(where: { $0.name == name }), let build = service.build else { continue }
            let request = shown(try mapping.request(service, build))
            found.append(request)
            for case .service(let other) in build.additionalContexts.values where seen.insert(other).inserted {
                open.append(other)
            }
        }
        return found.sorted { $0.name < $1.name }
    }

    private func request(_ file: BuildCommand.FileBuild) throws -> BuildRequest {
        let directory = FilePath(request.workingDirectory)
        var context = file.context == "-" ? .standardInput : try ContextSource(file.context, relativeTo: directory)
        // A context from elsewhere has its Dockerfile in it.
        var isHere = false
        if case .directory(let path) = context {
            context = .directory(path.withoutDots)
            isHere = true
        }
        var dockerfile = DockerfileLocation.path("Dockerfile")
        if file.dockerfile == "-" {
            dockerfile = .standardInput
        } else if let path = file.dockerfile {
            dockerfile = .path(isHere ? directory.pushing(FilePath(path)).withoutDots.string : path)
        }
        let tags = try file.tags.map { try Reference($0).checkedTag($0).description }
        var made = BuildRequest(name: file.tags.first ?? "image", context: context, dockerfile: dockerfile)
        made.tags = tags
        return shown(made)
    }
}

extension ImageBuilds {
    /// The request with the Dockerfile's path from where the user is, for messages.
    private func shown(_ build: BuildRequest) -> BuildRequest {
        guard case .path(let path) = build.dockerfile, case .directory(let context) = build.context else {
            return build
        }
        var build = build
        var place = context.withoutDots.pushing(FilePath(path)).withoutDots
        _ = place.removePrefix(FilePath(request.workingDirectory))
        build.shownDockerfile = place.string
        return build
    }
}

extension FilePath {
    /// The same path without `.` between its parts.
    fileprivate var withoutDots: FilePath {
        FilePath(root: root, components.filter { $0.kind != .currentDirectory })
    }
}
