package import ImageCommands
package import Workspaces

/// `image diff` and `diff`.
extension Engine {
    /// What differs between two images: files, packages and configuration.
    package func difference(_ name: String, _ other: String) throws -> DifferenceReport {
        try images.difference(name, other)
    }

    /// What a service's container has changed of its image.
    package func difference(ofService service: String, _ identity: EnvironmentTarget) throws -> DifferenceReport {
        try images.difference(ofService: service, identity)
    }
}
