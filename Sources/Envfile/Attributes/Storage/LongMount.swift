internal import Vocabulary

/// The long form of an entry of `volumes`.
struct LongMount {
    private enum Kind: String, CaseIterable { case bind, volume, tmpfs, cluster, npipe, image }

    private var kind: Located<Kind>?
    private var source: Located<String>?
    private var target: String?
    private var isReadOnly = false
    /// `nil` when the entry does not say: then Compose creates the directory and Trice does not.
    private var createsSource: Bool?
    private var subpath: String?
    private var size: UInt64?
    private var mode: UInt32?
    private var options = Mount.Options()
    private var identity: MountIdentity?
    private var exclusions: [String] = []
    /// The keys with options of one kind, to be compared with the kind.
    private var sections: [Cursor] = []

    static func decoded(from cursor: Cursor) -> Mount? {
        var mount = LongMount()
        table.decode(cursor, into: &mount)
        for key in ["type", "target"] where cursor.node[key] == nil {
            cursor.error("\(cursor.path) has no `\(key)`")
        }
        guard let kind = mount.kind else { return nil }
        for section in mount.sections {
            guard case .key(_, let name) = section.path, name != kind.value.rawValue else { continue }
            section.unusable("`\(name)` does not belong to a mount of type `\(kind.value.rawValue)`")
        }
        guard let source = mount.resolvedSource(kind, at: cursor), let target = mount.target else { return nil }
        var result = Mount(
            source: source, target: target, isReadOnly: mount.isReadOnly, subpath: mount.subpath,
            options: mount.options)
        result.identity = mount.identity
        result.exclusions = mount.exclusions
        return result
    }

    private func resolvedSource(_ kind: Located<Kind>, at cursor: Cursor) -> Mount.Source? {
        switch kind.value {
        case .bind:
            guard let source else {
                if cursor.node["source"] == nil { cursor.error("\(cursor.path) has no `source`") }
                return nil
            }
            return HostPath.resolvedAsWritten(source.value, at: cursor).map {
                .bind(path: $0, createsSource: createsSource ?? (cursor.context.dialect == .compose))
            }
        case .volume:
            guard let source else { return .anonymousVolume }
            if let name = VolumeName(parsing: source.value) { return .volume(name: name) }
            cursor.context.report.error(
                "`\(source.value)` is no valid volume name", at: source.mark, path: source.path,
                hint: HostPath.isPath(source.value) ? "a host path needs `type: bind`" : nil)
            return nil
        case .tmpfs:
            if let source {
                Cursor(string: source, context: cursor.context).unusable("a tmpfs mount has no `source`")
            }
            return .tmpfs(size: size, mode: mode)
        case .cluster, .npipe, .image:
            return .foreign(type: kind.value.rawValue, source: source?.value)
        }
    }
}

// MARK: - Keys

extension LongMount {
    private static let table = AttributeTable<LongMount, Mount>(
        [
            .init(
                "bind", keys: .fields(bindTable.keys),
                decode: { $1.decodeSection(.bind, from: $0, by: bindTable) },
                renderInContext: { $0.renderedSection(.bind, by: bindTable, in: $1) }),
            .init(
                "consistency", .information, decode: { $1.options.consistency = $0.nonEmptyString() },
                render: { .text($0.options.consistency) }),
            .init(
                "image", .none(.foreign), keys: .fields(imageTable.keys),
                decode: { $1.decodeSection(.image, from: $0, by: imageTable) },
                renderInContext: { $0.renderedSection(.image, by: imageTable, in: $1) }),
            .init("read_only", decode: { $1.isReadOnly = $0.bool() ?? false }, render: { .flag($0.isReadOnly) }),
            .init(
                "source", decode: { cursor, mount in mount.source = cursor.nonEmptyString().map(cursor.located) },
                render: { .text($0.sourceText) }),
            .init("target", decode: { $1.target = target(from: $0) }, render: { .string($0.target) }),
            .init(
                "tmpfs", keys: .fields(tmpfsTable.keys),
                decode: { $1.decodeSection(.tmpfs, from: $0, by: tmpfsTable) },
                renderInContext: { $0.renderedSection(.tmpfs, by: tmpfsTable, in: $1) }),
            .init(
                "type", .partly(.foreign),
                decode: { cursor, mount in mount.kind = cursor.choice(Kind.self).map(cursor.located) },
                render: { .string($0.typeText) }),
            .init(
                "volume", keys: .fields(volumeTable.keys),
                decode: { $1.decodeSection(.volume, from: $0, by: volumeTable) },
                renderInContext: { $0.renderedSection(.volume, by: volumeTable, in: $1) }),
        ],
        extras: [
            .init(
                "exclude", decode: { $1.exclusions = MountExclusion.decodedList(from: $0) },
                render: { .texts($0.exclusions) }),
            .init(
                "idmap", decode: { $1.identity = MountIdentity.decoded(from: $0) },
                renderInContext: { mount, context in
                    // The default of the dialect is left out.
                    mount.identity == .automatic && context.dialect == .trice ? nil : mount.identity?.rendered()
                }),
        ])

    static var keys: [AttributeKey] { table.keys }

    static func rendered(_ mount: Mount, in context: RenderingContext) -> Value { table.rendered(mount, in: context) }

    private mutating func decodeSection(
        _ section: Mount.Section, from cursor: Cursor, by table: AttributeTable<LongMount, Mount>
    ) {
        options.sections.insert(section)
        sections.append(cursor)
        table.decode(cursor, into: &self)
    }

    private static let bindTable = AttributeTable<LongMount, Mount>([
        .init(
            "create_host_path", decode: { $1.createsSource = $0.bool() },
            renderInContext: { $0.renderedCreation($1.dialect) }),
        .init(
            "propagation", decode: { $1.options.propagation = propagation(from: $0) },
            render: { .text($0.options.propagation) }),
        .init(
            "recursive", decode: { $1.options.recursive = $0.choice(Recursion.self)?.rawValue },
            render: { .text($0.options.recursive) }),
        .init(
            "selinux", .none(.notYet), decode: { $1.options.selinux = $0.choice(Relabelling.self)?.rawValue },
            render: { .text($0.options.selinux) }),
    ])

    private enum Recursion: String, CaseIterable { case enabled, disabled, writable, readonly }
    private enum Relabelling: String, CaseIterable {
        case shared = "z"
        case own = "Z"
    }

    private static let volumeTable = AttributeTable<LongMount, Mount>([
        .init(
            "labels", .information, decode: { $1.options.labels = Labels.decoded(from: $0) },
            render: { .texts($0.options.labels) }),
        .init(
            "nocopy", decode: { $1.options.skipsCopy = $0.bool() ?? false },
            render: { .flag($0.options.skipsCopy) }),
        .init("subpath", decode: { $1.subpath = subpath(from: $0) }, render: { .text($0.subpath) }),
    ])

    private static let tmpfsTable = AttributeTable<LongMount, Mount>([
        .init("mode", decode: { $1.mode = mode(from: $0) }, renderInContext: { $0.renderedMode($1.dialect) }),
        .init("size", decode: { $1.size = ByteCount.decoded(from: $0)?.rawValue }, render: { $0.renderedSize }),
    ])

    private static let imageTable = AttributeTable<LongMount, Mount>([
        .init(
            "subpath", decode: { $1.options.imageSubpath = $0.nonEmptyString() },
            render: { .text($0.options.imageSubpath) })
    ])

    private static let propagations = ["private", "rprivate", "shared", "rshared", "slave", "rslave"]

    /// A word of mount(8), "Shared subtree operations".
    private static func propagation(from cursor: Cursor) -> String? {
        guard let text = cursor.nonEmptyString() else { return nil }
        if !propagations.contains(text) {
            cursor.unusable(
                "\(cursor.path) must be one of \(propagations.map { "`\($0)`" }.joined(separator: ", ")), but is "
                    + "`\(text)`")
        }
        return text
    }

    private static func mode(from cursor: Cursor) -> UInt32? {
        cursor.context.dialect == .compose ? NumericMode.decoded(from: cursor) : FileMode.decoded(from: cursor)
    }

    /// As written, where it is an absolute path.
    private static func target(from cursor: Cursor) -> String? {
        guard let text = cursor.string(), Mount.target(text, at: cursor) != nil else { return nil }
        return text
    }

    /// A path below the root of a volume: relative and without `..`.
    private static func subpath(from cursor: Cursor) -> String? {
        guard let text = cursor.nonEmptyString() else { return nil }
        if !text.hasPrefix("/"), !text.split(separator: "/").contains("..") { return text }
        cursor.error("\(cursor.path) must be a path below the volume's root, but is `\(text)`")
        return nil
    }
}
