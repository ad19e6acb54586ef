internal import Execution
internal import OCI
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

extension ImageAdministration {
    /// The names of all images, as people write them; unlike `list` it reads and measures no image.
    package func names(on host: Host) throws -> [String] {
        try host.images.names().filter { !SnapshotCatalog.keeps($0) }.map { (try? Reference($0))?.familiar ?? $0 }
    }
}
