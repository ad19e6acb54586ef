internal import Building
internal import Envfile
internal import Execution
internal import ImageCommands
internal import Sessions
internal import Setup
package import Workspaces

/// Everything that commands do, composed from the modules below: the only entrance for the command line.
package struct Engine: Sendable {
    let context: CommandContext

    /// Reads the settings; opens nothing else.
    package init(_ request: ProjectRequest) throws {
        context = try CommandContext(request)
    }

    /// The Envfile, with the services named by the user activated whatever their profiles.
    package func project(selecting services: [String]) throws -> Project {
        try context.project(selecting: services)
    }

    /// Which environment a command is about, also when its Envfile has become unreadable since it came up.
    package func identity(sink: any EventSink) throws -> EnvironmentTarget {
        try context.identity(sink: sink)
    }

    var environments: EnvironmentControl { EnvironmentControl(context) }
    var builds: ImageBuilds { ImageBuilds(context) }
    var images: ImageAdministration { ImageAdministration(context) }
    var sessions: ContainerSessions { ContainerSessions(context) }
}
