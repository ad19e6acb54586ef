package import Vocabulary

/// What a snapshot consists of. The files are in the layer store; this says which layers lie upon each other.
///
/// Lists of layers have the uppermost first, as in the records of containers.
package struct SnapshotDocument: Codable, Hashable, Sendable {
    /// The version of this form; a reader refuses a later one.
    package static let currentFormat = 1

    /// The version of this form.
    package var format = SnapshotDocument.currentFormat
    /// As OCI names it, such as `amd64`.
    package var architecture: String
    /// The version of Trice that saved it.
    package var version: String
    /// The name of the project.
    package var project: String
    /// The user's own words about it.
    package var message: String?
    /// How it was taken.
    package var method: Method
    /// The layers that were made for it.
    package var layers: [Layer] = []
    /// The containers of services.
    package var containers: [Container] = []
    /// The named volumes; those without a name are in their containers.
    package var volumes: [Volume] = []
    /// The Envfile as it was resolved, as YAML; `nil` where it could not be read.
    package var configuration: String?
    /// The text of the lock; `nil` where there was none.
    package var lock: String?
    /// Whether files were copied, and not only renamed.
    package var hasCopies = false
    /// Whether `snapshot push` made it, so that `pop` takes it.
    package var isPushed = false

    /// Why all that it has is of one moment.
    package enum Method: String, Codable, Hashable, Sendable {
        /// Nothing ran.
        case stopped
        /// All processes stood still.
        case frozen
    }

    /// A layer that was made for the snapshot.
    package struct Layer: Codable, Hashable, Sendable {
        /// The name of the layer's directory in the store.
        package var name: String
        /// Bytes of its files; `nil` where it was not measured.
        package var size: Int64?

        package init(name: String, size: Int64?) {
            self.name = name
            self.size = size
        }
    }

    /// One container: what it wrote, and what that lies upon.
    package struct Container: Codable, Hashable, Sendable {
        /// Such as `web-1`.
        package var id: ContainerID
        /// The id of the service's image, and the name under which the service has it.
        package var imageID: String
        /// The reference of the image in the Envfile.
        package var image: String
        /// The id of the image that its files lie upon: another one where `bake` made it.
        package var upon: String
        /// The name by which the snapshot keeps that image.
        package var keptImage: String?
        /// Whether a restore starts the container.
        package var wasRunning: Bool
        /// All layers, those of the image too.
        package var layers: [String]
        /// The steps of `provision` that the container has run.
        package var steps: [Step] = []
        /// The volumes without a name.
        package var volumes: [Volume] = []
        /// The places of the user's own files, one a line; `nil` for none.
        package var dotfiles: String?

        package init(
            id: ContainerID, imageID: String, image: String, upon: String, wasRunning: Bool, layers: [String]
        ) {
            self.id = id
            self.imageID = imageID
            self.image = image
            self.upon = upon
            self.wasRunning = wasRunning
            self.layers = layers
        }
    }

    /// A step of `provision` that has run in a container.
    package struct Step: Codable, Hashable, Sendable {
        /// The name of the step, or its number from 1.
        package var name: String
        /// The digest of script, arguments, environment and inputs.
        package var fingerprint: String
        /// Whether the step has ended.
        package var isComplete: Bool
        /// Nanoseconds since 1970-01-01 00:00 UTC.
        package var ranAt: Int64
        /// The exit code; `nil` before the step has ended.
        package var code: Int32?

        package init(name: String, fingerprint: String, isComplete: Bool, ranAt: Int64, code: Int32?) {
            self.name = name
            self.fingerprint = fingerprint
            self.isComplete = isComplete
            self.ranAt = ranAt
            self.code = code
        }
    }

    /// A volume: the name of its directory, and its layers.
    package struct Volume: Codable, Hashable, Sendable {
        /// The name of the volume.
        package var name: String
        /// Whether the name is its own, and not a key of the environment.
        package var isShared: Bool
        /// The layers of the volume, the uppermost first.
        package var layers: [String]

        package init(name: String, isShared: Bool = false, layers: [String]) {
            self.name = name
            self.isShared = isShared
            self.layers = layers
        }
    }

    package init(architecture: String, version: String, project: String, method: Method) {
        self.architecture = architecture
        self.version = version
        self.project = project
        self.method = method
    }
}

extension SnapshotDocument {
    /// Every layer that must stay for as long as the snapshot does.
    package var neededLayers: Set<String> {
        var names = Set(volumes.flatMap(\.layers))
        for container in containers {
            names.formUnion(container.layers)
            names.formUnion(container.volumes.flatMap(\.layers))
        }
        return names
    }

    /// The names of images that it keeps.
    package var keptImages: [String] { containers.compactMap(\.keptImage) }

    /// Bytes of the layers that were made for it.
    package var size: Int64 { layers.reduce(0) { $0 + ($1.size ?? 0) } }
}
