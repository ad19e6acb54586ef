extension RuntimeSpecification {
    /// What only Linux knows; config-linux.md.
    package struct Linux: Codable, Hashable, Sendable {
        package var uidMappings: [IDMapping]?
        package var gidMappings: [IDMapping]?
        package var namespaces: [Namespace]?
        package var devices: [Device]?
        package var resources: Resources?
        /// The cgroup, relative to the root of every hierarchy (or the systemd form).
        package var cgroupsPath: String?
        package var rootfsPropagation: Propagation?
        package var seccomp: Seccomp?
        package var sysctl: [String: String]?
        /// Paths that read as empty.
        package var maskedPaths: [String]?
        package var readonlyPaths: [String]?

        package init(
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
    package struct Namespace: Codable, Hashable, Sendable {
        /// The kind of a namespace (runtime-spec, "Namespaces").
        package enum Kind: String, Codable, Hashable, Sendable {
            case mount, pid, network, uts, ipc, user, cgroup, time
        }

        package var type: Kind
        package var path: String?

        package init(_ type: Kind, path: String? = nil) {
            self.type = type
            self.path = path
        }
    }

    /// How mounts travel between the host and the root file system; mount_namespaces(7).
    package enum Propagation: String, Codable, Hashable, Sendable {
        case `private`, shared, slave, unbindable
    }

    /// A device node to be made; config-linux.md, "Devices".
    package struct Device: Codable, Hashable, Sendable {
        /// `c`, `b`, `u` or `p`.
        package var type: String
        package var path: String
        package var major: Int64?
        package var minor: Int64?
        package var fileMode: UInt32?
        package var uid: UInt32?
        package var gid: UInt32?

        package init(
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
