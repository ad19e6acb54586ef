internal import FoundationEssentials
internal import LinuxSystem
public import OCI
public import SystemPackage

/// The directory that a runtime is pointed at; runtime-spec, bundle.md.
public struct Bundle: Hashable, Sendable {
    public var directory: FilePath

    public init(_ directory: FilePath) {
        self.directory = directory
    }

    public var configuration: FilePath { directory.appending("config.json") }

    /// Writes `config.json` in one step, making the directory when it is missing.
    public func write(_ specification: RuntimeSpecification) throws(ContainersError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            let data = try encoder.encode(specification)
            try Files.createDirectory(directory, mode: 0o700)
            // It holds the container's environment, and with that perhaps secrets.
            try Files.write(data, to: configuration, mode: 0o600)
        } catch {
            throw ContainersError(.bundle, "Could not write the bundle `\(directory)`.", cause: error)
        }
    }

    /// The specification of the bundle; `nil` when the bundle does not exist.
    public func read() throws(ContainersError) -> RuntimeSpecification? {
        do {
            guard let text = try Files.text(configuration) else { return nil }
            return try JSONDecoder().decode(RuntimeSpecification.self, from: Data(text.utf8))
        } catch {
            throw ContainersError(.bundle, "Could not read the bundle `\(directory)`.", cause: error)
        }
    }

    /// Removes the bundle; a missing one is not an error.
    public func remove() throws(ContainersError) {
        do throws(SystemError) {
            try Files.removeTree(directory)
        } catch {
            throw ContainersError(.bundle, "Could not remove the bundle `\(directory)`: \(error.errno).", cause: error)
        }
    }
}
