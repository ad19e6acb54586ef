/// The `config.json` of a bundle, which describes a container to a runtime; runtime-spec, config.md.
///
/// Property names are the specification's. A `nil` is left out of the JSON.
public struct RuntimeSpecification: Codable, Hashable, Sendable {
    /// The version of the specification that the document keeps to.
    public var ociVersion: String
    public var process: Process?
    public var root: Root?
    public var hostname: String?
    public var domainname: String?
    public var mounts: [Mount]?
    public var annotations: [String: String]?
    public var linux: Linux?

    public init(
        ociVersion: String = "1.0.2", process: Process? = nil, root: Root? = nil, hostname: String? = nil,
        domainname: String? = nil, mounts: [Mount]? = nil, annotations: [String: String]? = nil, linux: Linux? = nil
    ) {
        self.ociVersion = ociVersion
        self.process = process
        self.root = root
        self.hostname = hostname
        self.domainname = domainname
        self.mounts = mounts
        self.annotations = annotations
        self.linux = linux
    }

    /// The root file system; config.md, "Root".
    public struct Root: Codable, Hashable, Sendable {
        /// Absolute, or relative to the bundle.
        public var path: String
        public var readonly: Bool?

        public init(path: String, readonly: Bool? = nil) {
            self.path = path
            self.readonly = readonly
        }
    }

    /// One mount inside the container; config.md, "Mounts".
    public struct Mount: Codable, Hashable, Sendable {
        /// An absolute path in the container.
        public var destination: String
        public var type: String?
        public var source: String?
        /// Options of mount(8), and the runtime's own.
        public var options: [String]?
        public var uidMappings: [IDMapping]?
        public var gidMappings: [IDMapping]?

        public init(
            destination: String, type: String? = nil, source: String? = nil, options: [String]? = nil,
            uidMappings: [IDMapping]? = nil, gidMappings: [IDMapping]? = nil
        ) {
            self.destination = destination
            self.type = type
            self.source = source
            self.options = options
            self.uidMappings = uidMappings
            self.gidMappings = gidMappings
        }
    }

    /// A range of ids in a user namespace; config-linux.md, "User namespace mappings".
    public struct IDMapping: Codable, Hashable, Sendable {
        public var containerID: UInt32
        public var hostID: UInt32
        public var size: UInt32

        public init(containerID: UInt32, hostID: UInt32, size: UInt32) {
            self.containerID = containerID
            self.hostID = hostID
            self.size = size
        }
    }
}
