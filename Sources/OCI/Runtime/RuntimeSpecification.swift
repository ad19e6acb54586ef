/// The `config.json` of a bundle, which describes a container to a runtime; runtime-spec, config.md.
///
/// Property names are the specification's. A `nil` is left out of the JSON.
package struct RuntimeSpecification: Codable, Hashable, Sendable {
    /// The version of the specification that the document keeps to.
    package var ociVersion: String
    package var process: Process?
    package var root: Root?
    package var hostname: String?
    package var domainname: String?
    package var mounts: [Mount]?
    package var annotations: [String: String]?
    package var linux: Linux?
    /// Programs that the runtime runs at moments of the container's life.
    package var hooks: Hooks?

    package init(
        ociVersion: String = "1.0.2", process: Process? = nil, root: Root? = nil, hostname: String? = nil,
        domainname: String? = nil, mounts: [Mount]? = nil, annotations: [String: String]? = nil, linux: Linux? = nil,
        hooks: Hooks? = nil
    ) {
        self.ociVersion = ociVersion
        self.process = process
        self.root = root
        self.hostname = hostname
        self.domainname = domainname
        self.mounts = mounts
        self.annotations = annotations
        self.linux = linux
        self.hooks = hooks
    }

    /// The root file system; config.md, "Root".
    package struct Root: Codable, Hashable, Sendable {
        /// Absolute, or relative to the bundle.
        package var path: String
        package var readonly: Bool?

        package init(path: String, readonly: Bool? = nil) {
            self.path = path
            self.readonly = readonly
        }
    }

    /// One mount inside the container; config.md, "Mounts".
    package struct Mount: Codable, Hashable, Sendable {
        /// An absolute path in the container.
        package var destination: String
        package var type: String?
        package var source: String?
        /// Options of mount(8), and the runtime's own.
        package var options: [String]?
        package var uidMappings: [IDMapping]?
        package var gidMappings: [IDMapping]?

        package init(
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
    package struct IDMapping: Codable, Hashable, Sendable {
        package var containerID: UInt32
        package var hostID: UInt32
        package var size: UInt32

        package init(containerID: UInt32, hostID: UInt32, size: UInt32) {
            self.containerID = containerID
            self.hostID = hostID
            self.size = size
        }
    }
}
