internal import Envfile
internal import Execution
internal import Store
internal import Vocabulary
internal import Workspaces

/// Services of other environments, by `external`.
extension Engine {
    /// Brings up what services of a project need of other environments, and waits for it.
    ///
    /// - Parameter users: the IDs of the environments for which the project itself is brought up.
    /// - Returns: the project with the networks of the others, and the options without the names of their services: without
    ///   any where no other services were named.
    func bringingExternals(
        _ project: Project, _ options: UpOptions, users: [String], sink: any EventSink
    ) async throws -> (Project, UpOptions) {
        let needed = project.environment.externalServices(neededBy: options.services)
        let isOnlyExternal = project.isOnlyExternal(options)
        let all = try needed.compactMap { try environments.find($0, of: project) }
        for found in all where options.followsDependencies || isOnlyExternal {
            try environments.checkNoCircle(found, of: project, users: users)
            if try !found.isRunning() {
                try await bringUp(found, options, users: users + ["\(project.id)"], sink: sink)
            }
            let dependencies = project.environment.described.flatMap(\.tools.externalDependencies)
                .filter { $0.service == found.service.name }
            guard options.waits, !dependencies.isEmpty || isOnlyExternal else { continue }
            let isHealthNeeded = dependencies.contains { $0.condition == .healthy }
            try found.awaitReady(isHealthNeeded ? .healthy : .started, within: options.waitTimeout)
        }
        let joined = try environments.attaching(project, to: all)
        var options = options
        options.services.removeAll(where: project.environment.externalNames.contains)
        return (joined, options)
    }

    /// The same before services are started again; for all other changes nothing is needed of other environments.
    func bringingExternals(
        for change: LifecycleChange, of services: [String], _ identity: EnvironmentTarget, sink: any EventSink
    ) async throws -> EnvironmentTarget {
        switch change {
        case .start, .restart:
            guard let project = identity.project else { return identity }
            let (joined, _) = try await bringingExternals(
                project, UpOptions(services: [ServiceName](unchecked: services)), users: [], sink: sink)
            return EnvironmentTarget(id: identity.id, project: joined)
        default: return identity
        }
    }

    /// What `up` would do in other environments, one line for each service.
    func externalsToBringUp(_ project: Project, _ options: UpOptions) throws -> [String] {
        try project.environment.externalServices(neededBy: options.services).compactMap { service in
            guard let found = try environments.find(service, of: project), try !found.isRunning() else { return nil }
            return "service \(service.name) is brought up first: `\(found.external.service)` of \(found.environment.id)"
        }
    }

    /// The project with the networks of the services of other environments that are there.
    ///
    /// - Parameter services: those that are asked for; empty for all.
    func withExternals(_ project: Project, neededBy services: [ServiceName]) throws -> Project {
        let externals = project.environment.externalServices(neededBy: services)
        guard !externals.isEmpty else { return project }
        let found = try externals.compactMap { try environments.find($0, of: project) }
        return try environments.attaching(project, to: found)
    }

    /// Brings up one service of another environment, as `trice up SERVICE` in its directory does. What runs there already stays
    /// as it is.
    private func bringUp(
        _ found: FoundService, _ options: UpOptions, users: [String], sink: any EventSink
    ) async throws {
        let service = found.external.service
        let request = context.request.other(found)
        sink.note("bringing up `\(service)` of \(found.environment.id)", isWarning: false)
        do {
            let engine = try Engine(request)
            let project = try engine.project(selecting: [service.rawValue])
            guard project.id == found.environment.id else {
                throw EngineError(
                    .noEnvironment, "The files in \(found.environment.directory) describe `\(project.id)`.")
            }
            var other = UpOptions(services: [service])
            other.noRecreate = true
            other.waitTimeout = options.waitTimeout
            other.isFrozen = options.isFrozen
            _ = try await engine.up(project, other, users: users, sink: NotesOnly(sink: sink))
        } catch {
            let name = request.projectName.map { " -p \($0)" } ?? ""
            throw EngineError(
                .dependencyFailed,
                "\(found.place): `\(service)` of `\(found.environment.id)` could not be brought up: "
                    + "\(Self.reason(error)) Mend it, or bring it up by hand: `cd "
                    + "\(ShellWord.quoted(found.environment.directory)) && trice\(name) up \(service)`.",
                causes: [error])
        }
    }
}

extension Engine {
    /// Why another environment did not come up, with all mistakes of its Envfile.
    private static func reason(_ error: any Error) -> String {
        let report = ErrorReport(of: error)
        return ([report.message] + report.diagnostics.filter { $0.severity == .error }.map { "\($0.message)." })
            .joined(separator: " ")
    }
}

/// Passes on what is said about an environment that is brought up for another one, whose rows are not those of the caller.
private struct NotesOnly: EventSink {
    let sink: any EventSink

    func receive(_ event: Event) {}
    func note(_ text: String, isWarning: Bool) { sink.note(text, isWarning: isWarning) }
    func finish() {}
}

extension ProjectRequest {
    /// The request of a user who is in the directory of another environment.
    fileprivate func other(_ found: FoundService) -> ProjectRequest {
        var request = self
        request.files = []
        request.environmentFiles = []
        request.projectDirectory = nil
        request.profiles = []
        request.workingDirectory = found.environment.directory
        // A name given by hand is the whole ID.
        request.projectName = "\(found.environment.id)" == found.environment.name ? found.environment.name : nil
        for name in ["TRICE_FILE", "TRICE_ENV_FILE"] + processEnvironment.keys.filter({ $0.hasPrefix("COMPOSE_") }) {
            request.processEnvironment[name] = nil
        }
        return request
    }
}

extension Project {
    /// Whether only services of other environments were named.
    func isOnlyExternal(_ options: UpOptions) -> Bool {
        !options.services.isEmpty && environment.externalNames.isSuperset(of: options.services)
    }
}
