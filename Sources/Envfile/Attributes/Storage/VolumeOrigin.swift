package import Vocabulary

/// An entry of `volumes_from`: `SERVICE[:ro|rw]` or `container:NAME[:ro|rw]`.
package struct VolumeOrigin: Hashable, Sendable {
    /// The service, or the container of elsewhere.
    package var service: ServiceName
    /// Whether a container outside of the project is named, and not a service.
    package var isContainer = false
    /// Whether the mounts are read-only here.
    package var isReadOnly = false
    /// Whether the text has the form of an entry.
    package var isValid = true

    package init(_ text: String) {
        var parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        if parts.first == "container" {
            isContainer = true
            parts.removeFirst()
        }
        service = ServiceName(unchecked: parts.first ?? "")
        isReadOnly = parts.count == 2 && parts[1] == "ro"
        isValid =
            !service.rawValue.isEmpty && (parts.count == 1 || parts.count == 2 && ["ro", "rw"].contains(parts[1]))
    }
}
