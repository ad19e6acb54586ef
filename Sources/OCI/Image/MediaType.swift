/// The type of a blob; image-spec media-types.md. Docker's schema-2 types mean the same and are accepted.
package struct MediaType: RawRepresentable, Hashable, Sendable, Codable {
    package let rawValue: String

    package init(rawValue: String) {
        self.rawValue = rawValue
    }

    package static let index = MediaType(rawValue: "application/vnd.oci.image.index.v1+json")
    package static let manifest = MediaType(rawValue: "application/vnd.oci.image.manifest.v1+json")
    package static let configuration = MediaType(rawValue: "application/vnd.oci.image.config.v1+json")
    package static let layer = MediaType(rawValue: "application/vnd.oci.image.layer.v1.tar")
    package static let layerGzip = MediaType(rawValue: "application/vnd.oci.image.layer.v1.tar+gzip")
    package static let layerZstandard = MediaType(rawValue: "application/vnd.oci.image.layer.v1.tar+zstd")

    package static let dockerIndex = MediaType(rawValue: "application/vnd.docker.distribution.manifest.list.v2+json")
    package static let dockerManifest = MediaType(rawValue: "application/vnd.docker.distribution.manifest.v2+json")
    package static let dockerConfiguration = MediaType(rawValue: "application/vnd.docker.container.image.v1+json")
    package static let dockerLayer = MediaType(rawValue: "application/vnd.docker.image.rootfs.diff.tar")
    package static let dockerLayerGzip = MediaType(rawValue: "application/vnd.docker.image.rootfs.diff.tar.gzip")

    /// The types of an image's top document, in the order of preference; a request to a registry lists them.
    package static let documents = [index, manifest, dockerIndex, dockerManifest]

    package var isIndex: Bool { self == .index || self == .dockerIndex }

    package var isManifest: Bool { self == .manifest || self == .dockerManifest }

    package var isConfiguration: Bool { self == .configuration || self == .dockerConfiguration }

    /// Whether this is a tar layer, compressed or not, also of the kinds that may not be passed on.
    package var isLayer: Bool {
        let prefixes = [
            Self.layer.rawValue, Self.dockerLayer.rawValue, "application/vnd.oci.image.layer.nondistributable.v1.tar",
            "application/vnd.docker.image.rootfs.foreign.diff.tar",
        ]
        return prefixes.contains { prefix in
            guard rawValue.hasPrefix(prefix) else { return false }
            let rest = rawValue.dropFirst(prefix.count)
            return rest.isEmpty || rest == "+gzip" || rest == "+zstd" || rest == ".gzip" || rest == ".zstd"
        }
    }
}
