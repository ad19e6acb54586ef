internal import OCI
public import SystemPackage

// How a container becomes an image.
extension LocalImages {
    /// Adds a layer, and what `edit` changes, to an image; with a name the result is written down under it.
    ///
    /// `layer` is `nil` for a change of the configuration alone.
    @discardableResult
    public func commit(
        base: LocalImage, layer: LayerName?, step: ImageStep, named name: String?,
        edit: ExecutionEdit? = nil
    ) throws(ImageError) -> LocalImage {
        let image = try base.adding(layer, by: step, edit: edit)
        if let name { try records.set(image, named: name) }
        return image
    }

    /// The same on an image from the store, with the upper directory of a container of it.
    ///
    /// `isInUse` says that the container may still write there: then the directory is copied, else it is renamed.
    @discardableResult
    public func commit(
        base: Image, upper: FilePath, isInUse: Bool, step: ImageStep, named name: String?,
        edit: ExecutionEdit? = nil
    ) throws(ImageError) -> LocalImage {
        try withoutCollection { () throws(ImageError) in
            let below = try self.base(base)
            let layer = isInUse ? try snapshot(upper) : try adopt(upper)
            return try commit(base: below, layer: layer, step: step, named: name, edit: edit)
        }
    }
}
