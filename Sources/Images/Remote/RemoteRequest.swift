package import OCI

/// A request to the program `trice-remote`: one line of JSON on its standard input.
///
/// The program works while that input is open: it ends when the caller dies.
package struct RemoteRequest: Sendable, Codable {
    /// One thing that takes a registry.
    package enum Work: Sendable, Codable {
        /// Pulls an image into the store, without giving it a name there; ends with `image`.
        case pull(Reference)
        /// The same for an artifact of a type; any other image is refused before its layers are brought.
        case pullArtifact(Reference, type: String)
        /// Sends an image that the store has, under a name.
        case push(Descriptor, to: Reference)
        /// Gets the present descriptors of names; a `resolved` or a `failed` for each.
        case resolve([Reference])
        /// Checks a user's password and keeps it where Docker and Podman look for it.
        case login(registry: String, user: String, password: String)
        /// Forgets it.
        case logout(registry: String)
        /// Downloads a file into a directory; ends with `file`.
        case download(String, directory: String)
    }

    package var work: Work
    /// The state directory that the image store is in.
    package var stateDirectory: String
    package var platform: Platform
    package var limits: ExtractionLimits
    /// The `registries` of the settings file, as JSON.
    package var registries: String?

    package init(
        _ work: Work, stateDirectory: String, platform: Platform, limits: ExtractionLimits, registries: String?
    ) {
        self.work = work
        self.stateDirectory = stateDirectory
        self.platform = platform
        self.limits = limits
        self.registries = registries
    }
}

/// An event of `trice-remote`: one line of JSON each on its standard output; the last is `done` or `failed`.
package enum RemoteEvent: Sendable, Codable {
    case layer(LayerProgress)
    case message(String)
    /// The pulled image.
    case image(Descriptor)
    case resolved(Reference, Descriptor)
    /// One of several names could not be resolved.
    case unresolved(Reference, RemoteFailure)
    /// The downloaded file: its name in the directory and the SHA-256 of its content.
    case file(name: String, digest: Digest)
    case done
    case failed(RemoteFailure)
}

/// Why a registry did not give or take something.
package struct RemoteFailure: Error, Sendable, Codable, Hashable, CustomStringConvertible {
    /// The kind, such as `unreachable`.
    package var code: String
    package var message: String
    /// From the nearest to the deepest.
    package var causes: [String]

    package init(code: String, message: String, causes: [String] = []) {
        self.code = code
        self.message = message
        self.causes = causes
    }

    /// Whether the registry could not be reached.
    package var isUnreachable: Bool { code == Self.unreachable }

    /// The code of a registry that cannot be reached.
    package static let unreachable = "unreachable"

    package var description: String { message }
}
