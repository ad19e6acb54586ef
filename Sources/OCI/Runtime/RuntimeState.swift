/// A runtime's report about a container; runtime-spec, runtime.md, "State".
public struct RuntimeState: Codable, Hashable, Sendable {
    /// The state of the container. Runtimes may add values, such as `paused`.
    public struct Status: RawRepresentable, Codable, Hashable, Sendable {
        public var rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        public static let creating = Status(rawValue: "creating")
        public static let created = Status(rawValue: "created")
        public static let running = Status(rawValue: "running")
        public static let paused = Status(rawValue: "paused")
        public static let stopped = Status(rawValue: "stopped")
    }

    public var ociVersion: String
    public var id: String
    public var status: Status
    /// The first process, as the host numbers it; absent or 0 when it has stopped.
    public var pid: Int32?
    public var bundle: String
    public var annotations: [String: String]?

    public init(
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
