internal import OCI
package import SystemPackage

// How a container becomes an image.
extension LocalImages {
    /// Adds a layer, and what `edit` changes, to an image; with a name the result is written down under it.
    ///
    /// `layer` is `nil` for a change of the configuration alone.
    @discardableResult
    package func commit(
        base: LocalImage, layer: LayerName?, step: ImageStep, named name: String?,
        edit: ExecutionEdit? = nil
    ) throws(ImageError) -> LocalImage {
        let image = try base.adding(layer, by: step, edit: edit)
        if let name { try records.set(image, named: name) }
        return image
    }

    /// The same on an image from the store, with the upper directory of a container of it.
    @discardableResult
    package func commit(
        base: Image, upper: FilePath, _ use: UpperUse, step: ImageStep, named name: String?, edit: ExecutionEdit? = nil
    ) throws(ImageError) -> LocalImage {
        try withoutCollection { () throws(ImageError) in
            let below = try self.base(base)
            let layer =
                switch use {
                case .ended: try adopt(upper)
                case .frozen: try capture(upper)
                case .running: try snapshot(upper)
                }
            return try commit(base: below, layer: layer, step: step, named: name, edit: edit)
        }
    }
}

/// What becomes of the upper directory that is committed, and so how its content is taken.
package enum UpperUse: Sendable, Hashable {
    /// The directory is no longer in use: it is renamed.
    case ended
    /// No process writes to it for the moment: it is packed.
    case frozen
    /// A process may write to it: it is copied.
    case running
}
