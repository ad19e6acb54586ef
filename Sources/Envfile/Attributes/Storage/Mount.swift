/// A file system tree that appears in a container.
public struct Mount: Hashable, Sendable {
    public enum Source: Hashable, Sendable {
        /// An absolute host path. `createsSource` follows `create_host_path`: the short form of a compose file says
        /// `true`, all else `false`.
        case bind(path: String, createsSource: Bool)
        /// A named volume of the environment, by its key.
        case volume(name: String)
        /// A volume without a name: it lives exactly as long as its container.
        case anonymousVolume
        /// Memory; `size` in bytes, `nil` for the kernel's default; `mode` such as `0o1777`.
        case tmpfs(size: UInt64?, mode: UInt32?)
        /// What only other engines have (`npipe`, `cluster`, `image`); it is not mounted.
        case foreign(type: String, source: String?)
    }

    public var source: Source
    /// The absolute path in the container.
    public var target: String
    public var isReadOnly: Bool
    /// `subpath` of a volume, `nil` for its root.
    public var subpath: String?
    /// What the file says beyond that.
    public var options: Options
    /// Whom the files of a bind mount belong to inside; `nil` for what the file's defaults say.
    public var identity: MountIdentity?
    /// Paths below a bind mount that live in managed volumes instead.
    public var exclusions: [String] = []
    /// The entry of `tmpfs:` that the mount comes from, as written; `nil` for one of `volumes:`.
    public var tmpfsText: String?

    public init(
        source: Source, target: String, isReadOnly: Bool = false, subpath: String? = nil, options: Options = Options(),
        tmpfsText: String? = nil
    ) {
        self.source = source
        self.target = target
        self.isReadOnly = isReadOnly
        self.subpath = subpath
        self.options = options
        self.tmpfsText = tmpfsText
    }

    /// Details of the short and the long form.
    public struct Options: Hashable, Sendable {
        public var consistency: String?
        /// `private`, `rprivate`, `shared`, `rshared`, `slave` or `rslave`.
        public var propagation: String?
        /// `z` or `Z`.
        public var selinux: String?
        /// Whether what is mounted below a bound directory comes along, and how: `enabled`, `disabled`, `writable`,
        /// `readonly`.
        public var recursive: String?
        /// `nocopy: true`: a new volume does not begin with what the image has at the target.
        public var skipsCopy: Bool
        /// Labels of an anonymous volume.
        public var labels: [String: String]
        /// `subpath` of an image.
        public var imageSubpath: String?
        /// Which of the keys `bind`, `volume`, `tmpfs` and `image` were written.
        public var sections: Set<Section>

        public init(
            consistency: String? = nil, propagation: String? = nil, selinux: String? = nil, recursive: String? = nil,
            skipsCopy: Bool = false, labels: [String: String] = [:], imageSubpath: String? = nil,
            sections: Set<Section> = []
        ) {
            self.consistency = consistency
            self.propagation = propagation
            self.selinux = selinux
            self.recursive = recursive
            self.skipsCopy = skipsCopy
            self.labels = labels
            self.imageSubpath = imageSubpath
            self.sections = sections
        }
    }

    /// The keys with options of one type of mount.
    public enum Section: String, Hashable, Sendable, CaseIterable {
        case bind, volume, tmpfs, image
    }
}
