package import Workspaces

/// The commands about images: those of the store, and those of a project.
package struct ImageAdministration: Sendable {
    let context: CommandContext

    package init(_ context: CommandContext) {
        self.context = context
    }

    var request: ProjectRequest { context.request }
    var layout: Layout { context.layout }

    func host() throws -> Host { try context.host() }
}
