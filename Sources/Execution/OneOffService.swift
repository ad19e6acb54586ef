package import Envfile
internal import Planning
internal import Store
package import Vocabulary
package import Workspaces

/// A service for one command, made of one of the Envfile: what `run` brings up instead of that one.
package struct OneOffService: Sendable {
    /// The service as its container is made.
    package let service: Service

    /// How it differs from the service beyond what a file can say.
    package struct Options: Sendable {
        /// Its name and that of its container.
        package var name: ServiceName
        /// Whether it has a terminal; `nil` is as the service has it.
        package var hasTerminal: Bool?
        /// The `TERM` of the user, for a container with a terminal whose service says none.
        package var terminalType: String?
        /// Whether the services that it depends on are brought up too.
        package var followsDependencies = true
        /// Whether others reach it by the names of the service.
        package var usesAliases = false

        package init(name: ServiceName) {
            self.name = name
        }
    }

    package init(of service: Service, _ options: Options) {
        var copy = service.oneOff(named: options.name)
        copy.hasTerminal = options.hasTerminal ?? copy.hasTerminal
        if options.hasTerminal == true, copy.environment["TERM"] == nil {
            copy.environment["TERM"] = options.terminalType
        }
        if !options.followsDependencies { copy.dependencies = [] }
        for index in copy.networks.indices where options.usesAliases {
            copy.networks[index].aliases = service.networks[index].aliases + [service.name.rawValue]
        }
        self.service = copy
    }

    /// A name that no other container has.
    package static func name(for service: ServiceName) -> ServiceName {
        let number = UInt32.random(in: 0...UInt32.max)
        let digits = String(number, radix: 16)
        return ServiceName(
            unchecked: Service.runPrefix(of: service) + String(repeating: "0", count: 8 - digits.count) + digits)
    }

    /// The environment with it in the place of the service that it was made of.
    package func replacing(_ name: ServiceName, in environment: Environment) -> Environment {
        var environment = environment
        environment.services = environment.services.filter { $0.name != name } + [service]
        return environment
    }
}

extension EnvironmentControl {
    /// - Throws: `EngineError` where a service, or a container that is there, has the name.
    package func checkIsFree(_ name: ServiceName, in project: Project) throws {
        let workspace = Workspace(id: project.id, host: try context.host())
        let isUsed =
            try project.environment.described.contains { $0.name == name }
            || workspace.records().containers.contains { $0.service == name }
        guard isUsed else { return }
        throw EngineError(
            .invalidProject,
            "The name `\(name)` is in use. Choose another one with `--name`, or remove the container that has it with "
                + "`trice rm -fs \(name)`.")
    }
}
