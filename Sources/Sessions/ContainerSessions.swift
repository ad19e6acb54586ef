package import Workspaces

/// What is done with one container while it is there: stepping inside, reading what it writes, keeping what it became.
package struct ContainerSessions: Sendable {
    let context: CommandContext

    package init(_ context: CommandContext) {
        self.context = context
    }

    var request: ProjectRequest { context.request }
    var layout: Layout { context.layout }

    func host() throws -> Host { try context.host() }
}
