/// Where the images and layers that were made on this machine are written down, durably.
///
/// Names are the canonical texts of references. Every call is atomic; any number of processes may call at once.
package protocol ImageRecords: Sendable {
    /// The image with a name; `nil` when it does not exist.
    func image(named name: String) throws(ImageError) -> LocalImage?

    /// Gives an image a name; an existing name is moved to it.
    func set(_ image: LocalImage, named name: String) throws(ImageError)

    /// Removes a name; `false` when it does not exist.
    @discardableResult
    func removeImage(named name: String) throws(ImageError) -> Bool

    /// All images by name.
    func images() throws(ImageError) -> [String: LocalImage]

    /// The record of a layer; `nil` when it does not exist.
    func layer(named name: LayerName) throws(ImageError) -> LocalLayerRecord?

    /// Writes a layer's record, in place of one with the same name.
    func save(_ layer: LocalLayerRecord) throws(ImageError)

    /// Removes a layer's record; `false` when it does not exist.
    @discardableResult
    func removeLayer(named name: LayerName) throws(ImageError) -> Bool

    /// All layers.
    func layers() throws(ImageError) -> [LocalLayerRecord]
}
