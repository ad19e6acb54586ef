/// A runtime's report about a container; runtime-spec, runtime.md, "State".
package struct RuntimeState: Codable, Hashable, Sendable {
    /// The state of the container. Runtimes may add values, such as `paused`.
    package struct Status: RawRepresentable, Codable, Hashable, Sendable {
        package var rawValue: String

        package init(rawValue: String) {
            self.rawValue = rawValue
        }

        package static let creating = Status(rawValue: "creating")
        package static let created = Status(rawValue: "created")
        package static let running = Status(rawValue: "running")
        package static let paused = Status(rawValue: "paused")
        package static let stopped = Status(rawValue: "stopped")
    }

    package var ociVersion: String
    package var id: String
    package var status: Status
    /// The first process, as the host numbers it; absent or 0 when it has stopped.
    package var pid: Int32?
    package var bundle: String
    package var annotations: [String: String]?

    package init(
        ociVersion: String, id: String, status: Status, pid: Int32? = nil, bundle: String,
        annotations: [String: String]? = nil
    ) {
        self.ociVersion = ociVersion
        self.id = id
        self.status = status
        self.pid = pid
        self.bundle = bundle
        self.annotations = annotations
    }
}
