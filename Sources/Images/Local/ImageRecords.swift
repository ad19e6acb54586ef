/// Where the images and layers that were made on this machine are written down, durably.
///
/// Names are the canonical texts of references. Every call is atomic; any number of processes may call at once.
public protocol ImageRecords: Sendable {
    /// The image with a name; `nil` where there is none.
    func image(named name: String) throws(ImageError) -> LocalImage?

    /// Gives an image a name, in place of whatever had it.
    func set(_ image: LocalImage, named name: String) throws(ImageError)

    /// Takes a name away; `false` where there was none.
    @discardableResult
    func removeImage(named name: String) throws(ImageError) -> Bool

    /// All images by name.
    func images() throws(ImageError) -> [String: LocalImage]

    /// A layer's record; `nil` where there is none.
    func layer(named name: LayerName) throws(ImageError) -> LocalLayerRecord?

    /// Writes a layer's record, in place of one with the same name.
    func save(_ layer: LocalLayerRecord) throws(ImageError)

    /// Forgets a layer; `false` where it was not known.
    @discardableResult
    func removeLayer(named name: LayerName) throws(ImageError) -> Bool

    /// All layers.
    func layers() throws(ImageError) -> [LocalLayerRecord]
}
