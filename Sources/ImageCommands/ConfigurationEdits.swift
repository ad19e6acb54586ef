package import Builder
package import Images
package import OCI

extension ImageConfiguration.Execution {
    /// Makes this what the configuration is after the changes.
    package mutating func apply(
        _ changes: ConfigurationChanges, to configuration: ImageConfiguration
    ) throws(ImageError) {
        do throws(BuildError) {
            self = try changes.applied(to: configuration)
        } catch {
            throw ImageError(.invalidImage, error.message, cause: error)
        }
    }
}
