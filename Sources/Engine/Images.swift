package import ImageCommands
package import Workspaces

/// `image …`: what is in the store, whatever project uses it.
extension Engine {
    /// Every image, by name.
    package func imageRows() throws -> [ImageRow] {
        try images.list()
    }

    /// Gives an image another name.
    package func tag(_ name: String, as other: String) throws {
        try images.tag(name, as: other)
    }

    /// Takes images' names away.
    ///
    /// - Returns: the names.
    /// - Throws: `EngineError.image` for one that containers were made from and that has no other name, unless `force`.
    package func removeImages(_ names: [String], force: Bool) throws -> [String] {
        try images.removeImages(names, force: force)
    }

    /// Brings images by name.
    package func pullImages(_ names: [String], sink: any EventSink) async throws -> [ImageRow] {
        try await images.pullImages(names, sink: sink)
    }

    /// Sends images to the registries that their names say.
    package func pushImages(_ names: [String], sink: any EventSink) async throws {
        try await images.pushImages(names, sink: sink)
    }

    /// Frees what nothing needs.
    package func pruneImages(_ options: PruneOptions) throws -> PruneReport {
        try images.pruneImages(options)
    }

    /// What is known of each image, in the order of `names`.
    package func inspectImages(_ names: [String]) throws -> [ImageInspection] {
        try images.inspectImages(names)
    }

    /// The steps of an image's making, the last first.
    package func imageHistory(_ name: String) throws -> [HistoryRow] {
        try images.imageHistory(name)
    }

    /// The files of an image.
    package func imageTree(_ name: String, depth: Int, bySize: Bool) throws -> TreeReport {
        try images.imageTree(name, depth: depth, bySize: bySize)
    }
}
