package import ImageCommands
package import Workspaces

/// `image save`, `image load` and `image import`.
extension Engine {
    /// Writes images as one archive; `path` is `nil` for standard output.
    package func saveImages(_ names: [String], as format: ArchiveFormat, to path: String?) throws {
        try images.saveImages(names, as: format, to: path)
    }

    /// Brings the images of an archive or of a layout under the names that they have there.
    ///
    /// - Returns: the names; for an image without one the name that the archive itself gives it.
    package func loadImages(_ path: String, sink: any EventSink) throws -> [String] {
        try images.loadImages(path, sink: sink)
    }

    /// Makes an image of a root file system in a tar; `-` is standard input.
    package func importImage(
        _ path: String, as name: String, message: String?, changes: [String]
    ) throws -> ImageRow {
        try images.importImage(path, as: name, message: message, changes: changes)
    }
}
