internal import Images
internal import OCI
package import Store
package import Workspaces

extension ImageLibrary.Entry {
    /// The name as people write it.
    package var familiarName: String {
        // A name of another kind, such as `bootstrap:busybox`, is no reference and is written as it is.
        (try? Reference(reference))?.familiar ?? reference
    }

    /// The image as `trice image ls` lists it.
    package func row(usedBy containers: [ContainerRecord]) -> ImageRow {
        ImageRow(
            name: familiarName, id: "\(image.id)",
            digest: digest?.description,
            created: image.configuration.created, size: size, layers: layerSizes.count, isLocal: isLocal,
            usedBy: containers.filter { $0.imageID == "\(image.id)" }
                .map { "\($0.environmentID)/\($0.service)-\($0.number)" })
    }
}
