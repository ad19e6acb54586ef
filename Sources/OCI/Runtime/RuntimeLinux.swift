extension RuntimeSpecification {
    /// What only Linux knows; config-linux.md.
    public struct Linux: Codable, Hashable, Sendable {
        public var uidMappings: [IDMapping]?
        public var gidMappings: [IDMapping]?
        public var namespaces: [Namespace]?
        public var devices: [Device]?
        public var resources: Resources?
        /// The cgroup, relative to the root of every hierarchy (or the systemd form).
        public var cgroupsPath: String?
        public var rootfsPropagation: Propagation?
        public var seccomp: Seccomp?
        public var sysctl: [String: String]?
        /// Paths that read as empty.
        public var maskedPaths: [String]?
        public var readonlyPaths: [String]?

        public init(
            uidMappings: [IDMapping]? = nil, gidMappings: [IDMapping]? = nil, namespaces: [Namespace]? = nil,
            devices: [Device]? = nil, resources: Resources? = nil, cgroupsPath: String? = nil,
            rootfsPropagation: Propagation? = nil, seccomp: Seccomp? = nil, sysctl: [String: String]? = nil,
            maskedPaths: [String]? = nil, readonlyPaths: [String]? = nil
        ) {
            self.uidMappings = uidMappings
            self.gidMappings = gidMappings
            self.namespaces = namespaces
            self.devices = devices
            self.resources = resources
            self.cgroupsPath = cgroupsPath
            self.rootfsPropagation = rootfsPropagation
            self.seccomp = seccomp
            self.sysctl = sysctl
            self.maskedPaths = maskedPaths
            self.readonlyPaths = readonlyPaths
        }
    }

    /// A namespace to be in: a new one, or the one at `path`; config-linux.md, "Namespaces".
    public struct Namespace: Codable, Hashable, Sendable {
        public enum Kind: String, Codable, Hashable, Sendable {
            case mount, pid, network, uts, ipc, user, cgroup, time
        }

        public var type: Kind
        public var path: String?

        public init(_ type: Kind, path: String? = nil) {
            self.type = type
            self.path = path
        }
    }

    /// How mounts travel between the host and the root file system; mount_namespaces(7).
    public enum Propagation: String, Codable, Hashable, Sendable {
        case `private`, shared, slave, unbindable
    }

    /// A device node to be made; config-linux.md, "Devices".
    public struct Device: Codable, Hashable, Sendable {
        /// `c`, `b`, `u` or `p`.
        public var type: String
        public var path: String
        public var major: Int64?
        public var minor: Int64?
        public var fileMode: UInt32?
        public var uid: UInt32?
        public var gid: UInt32?

        public init(
            type: String, path: String, major: Int64? = nil, minor: Int64? = nil, fileMode: UInt32? = nil,
            uid: UInt32? = nil, gid: UInt32? = nil
        ) {
            self.type = type
            self.path = path
            self.major = major
            self.minor = minor
            self.fileMode = fileMode
            self.uid = uid
            self.gid = gid
        }
    }
}
