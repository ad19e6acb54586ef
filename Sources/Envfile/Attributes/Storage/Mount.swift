package import Vocabulary

/// A file system tree that appears in a container.
package struct Mount: Hashable, Sendable {
    /// What is mounted.
    package enum Source: Hashable, Sendable {
        /// An absolute host path. `createsSource` follows `create_host_path`: the short form of a compose file says
        /// `true`, all else `false`.
        case bind(path: String, createsSource: Bool)
        /// A named volume of the environment, by its key.
        case volume(name: VolumeName)
        /// A volume without a name: it lives exactly as long as its container.
        case anonymousVolume
        /// Memory; `size` in bytes, `nil` for the kernel's default; `mode` such as `0o1777`.
        case tmpfs(size: UInt64?, mode: UInt32?)
        /// What only other engines have (`npipe`, `cluster`, `image`); it is not mounted.
        case foreign(type: String, source: String?)
    }

    package var source: Source
    /// The absolute path in the container.
    package var target: String
    package var isReadOnly: Bool
    /// `subpath` of a volume, `nil` for its root.
    package var subpath: String?
    /// What the file says beyond that.
    package var options: Options
    /// Whom the files of a bind mount belong to inside; `nil` for what the file's defaults say.
    package var identity: MountIdentity?
    /// Paths below a bind mount that live in managed volumes instead.
    package var exclusions: [String] = []
    /// The volume that is mounted, where the file says more of it than that it is there.
    package var volume: Volume?
    /// The entry of `tmpfs:` that the mount comes from, as written; `nil` for one of `volumes:`.
    package var tmpfsText: String?

    package init(
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
    package struct Options: Hashable, Sendable {
        package var consistency: String?
        /// `private`, `rprivate`, `shared`, `rshared`, `slave` or `rslave`.
        package var propagation: String?
        /// `z` or `Z`.
        package var selinux: String?
        /// Whether what is mounted below a bound directory comes along, and how: `enabled`, `disabled`, `writable`,
        /// `readonly`.
        package var recursive: String?
        /// `nocopy: true`: a new volume does not begin with what the image has at the target.
        package var skipsCopy: Bool
        /// Options of mount(8) for memory besides size and mode, such as `exec` or `uid=1000`.
        package var memory: [String] = []
        /// Labels of an anonymous volume.
        package var labels: [String: String]
        /// `subpath` of an image.
        package var imageSubpath: String?
        /// Which of the keys `bind`, `volume`, `tmpfs` and `image` were written.
        package var sections: Set<Section>

        package init(
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
    package enum Section: String, Hashable, Sendable, CaseIterable {
        case bind, volume, tmpfs, image
    }
}
