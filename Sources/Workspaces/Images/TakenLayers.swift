package import Images
package import Store
internal import SystemPackage

extension ContainerRecord {
    /// The layers that are not the image's: changes of the container that commits took, uppermost first.
    package func layersTaken(from image: Image) -> [String] {
        let own = Set(image.layerDirectories.compactMap { $0.lastComponent?.string })
        return layers.filter { !own.contains($0) }
    }
}
