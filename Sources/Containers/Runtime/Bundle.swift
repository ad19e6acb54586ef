internal import LinuxSystem
package import OCI
package import SystemPackage
internal import Vocabulary

/// The directory that a runtime is pointed at; runtime-spec, bundle.md.
package struct Bundle: Hashable, Sendable {
    package var directory: FilePath

    package init(_ directory: FilePath) {
        self.directory = directory
    }

    package var configuration: FilePath { directory.appending("config.json") }

    /// Writes `config.json` in one step, making the directory when it is missing.
    package func write(_ specification: RuntimeSpecification) throws(ContainersError) {
        do {
            let data = try JSONCoding.encode(specification)
            try Files.createDirectory(directory, mode: 0o700)
            // It holds the container's environment, and with that perhaps secrets.
            try Files.write(data, to: configuration, mode: 0o600)
        } catch {
            throw ContainersError(.bundle, "Could not write the bundle `\(directory)`.", cause: error)
        }
    }

    /// The specification of the bundle; `nil` when the bundle does not exist.
    package func read() throws(ContainersError) -> RuntimeSpecification? {
        do {
            guard let text = try Files.text(configuration) else { return nil }
            return try JSONCoding.decode(RuntimeSpecification.self, from: text)
        } catch {
            throw ContainersError(.bundle, "Could not read the bundle `\(directory)`.", cause: error)
        }
    }

    /// Removes the bundle; a missing one is not an error.
    package func remove() throws(ContainersError) {
        do throws(SystemError) {
            try Files.removeTree(directory)
        } catch {
            throw ContainersError(.bundle, "Could not remove the bundle `\(directory)`: \(error.errno).", cause: error)
        }
    }
}
