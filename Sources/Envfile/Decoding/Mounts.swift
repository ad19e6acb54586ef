extension Mount {
    /// `volumes` of a service: a list of short strings and long mappings.
    static func decodedList(from cursor: Cursor) -> [Located<Mount>] {
        (cursor.list() ?? []).compactMap { item in
            if item.entries != nil { return LongMount.decoded(from: item).map(item.located) }
            guard let text = item.stringValue else {
                item.mismatch("a string such as \"./data:/data\" or a mapping")
                return nil
            }
            return short(text, at: item).map(item.located)
        }
    }

    /// `SOURCE:TARGET[:OPTIONS]`, or the target of an anonymous volume alone.
    private static func short(_ text: String, at cursor: Cursor) -> Mount? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let expected = "[SOURCE:]TARGET[:OPTIONS]"
        guard parts.count <= 3, !parts.contains("") else {
            let problem = parts.contains("") ? "a part of it is empty" : "it has too many `:`"
            cursor.error("`\(text)` is no mount: \(problem)", expected: expected)
            return nil
        }
        guard parts.count > 1 else {
            guard let target = target(parts[0], at: cursor) else { return nil }
            return Mount(source: .anonymousVolume, target: target)
        }
        guard let source = shortSource(parts[0], at: cursor), let target = target(parts[1], at: cursor) else {
            return nil
        }
        var mount = Mount(source: source, target: target)
        if parts.count == 3 { mount.apply(options: parts[2], at: cursor) }
        return mount
    }

    private static func shortSource(_ text: String, at cursor: Cursor) -> Source? {
        if HostPath.isPath(text) {
            return HostPath.resolved(text, at: cursor).map {
                .bind(path: $0, createsSource: cursor.context.semantics == .compose)
            }
        }
        if ResourceName.isValid(text) { return .volume(name: text) }
        cursor.error(
            "`\(text)` is neither a path nor the name of a volume",
            hint: text.contains("/") ? "write a relative path with a dot: `./\(text)`" : nil)
        return nil
    }

    private mutating func apply(options: String, at cursor: Cursor) {
        for option in options.split(separator: ",", omittingEmptySubsequences: false) {
            switch option {
            case "ro": isReadOnly = true
            case "rw", "z", "Z", "cached", "delegated", "consistent": continue
            case "nocopy", "private", "rprivate", "shared", "rshared", "slave", "rslave":
                cursor.warning("the mount option `\(option)` is not supported yet and is ignored")
            default:
                cursor.error(
                    "`\(option)` is no mount option",
                    expected: "`ro`, `rw`, `z`, `Z`, `cached`, `delegated`, `consistent`")
            }
        }
    }

    /// An absolute container path without `.`, `..` and a trailing slash; `nil` when it is none, which is reported.
    static func target(_ text: String, at cursor: Cursor) -> String? {
        guard text.hasPrefix("/") else {
            cursor.error(
                "the mount target `\(text)` must be an absolute path in the container", expected: "an absolute path")
            return nil
        }
        let target = HostPath.absolute(text, in: "/")
        guard target != "/", !target.utf8.contains(0) else {
            cursor.error("`\(text)` cannot be mounted over: it is the container's root")
            return nil
        }
        return target
    }
}

/// The long form of an entry of `volumes`.
private struct LongMount {
    enum Kind: String, CaseIterable { case bind, volume, tmpfs, cluster, npipe, image }

    var kind: Located<Kind>?
    var source: Located<String>?
    var target: String?
    var isReadOnly = false
    var createsSource: Bool?
    var subpath: String?
    var size: UInt64?
    var mode: UInt32?
    /// The keys with options of one kind, to be held against the kind.
    var options: [Located<Kind>] = []

    static func decoded(from cursor: Cursor) -> Mount? {
        var mount = LongMount()
        table.decode(cursor, into: &mount)
        for key in ["type", "target"] where cursor.node[key] == nil {
            cursor.error("\(cursor.path) has no `\(key)`")
        }
        guard let kind = mount.kind else { return nil }
        for option in mount.options where option.value != kind.value {
            cursor.context.report.error(
                "`\(option.value.rawValue)` does not belong to a mount of type `\(kind.value.rawValue)`",
                at: option.mark, path: option.path)
        }
        guard let source = mount.resolvedSource(kind, at: cursor), let target = mount.target else { return nil }
        return Mount(source: source, target: target, isReadOnly: mount.isReadOnly, subpath: mount.subpath)
    }

    private func resolvedSource(_ kind: Located<Kind>, at cursor: Cursor) -> Mount.Source? {
        switch kind.value {
        case .bind:
            guard let source else {
                if cursor.node["source"] == nil { cursor.error("\(cursor.path) has no `source`") }
                return nil
            }
            let creates = createsSource ?? (cursor.context.semantics == .compose)
            return HostPath.resolved(source.value, at: cursor).map { .bind(path: $0, createsSource: creates) }
        case .volume:
            guard let source else { return .anonymousVolume }
            if ResourceName.isValid(source.value) { return .volume(name: source.value) }
            cursor.context.report.error(
                "`\(source.value)` is no valid volume name", at: source.mark, path: source.path,
                hint: HostPath.isPath(source.value) ? "a host path needs `type: bind`" : nil)
            return nil
        case .tmpfs:
            if let source {
                cursor.context.report.error("a tmpfs mount has no `source`", at: source.mark, path: source.path)
            }
            return .tmpfs(size: size, mode: mode)
        case .cluster, .npipe, .image:
            cursor.context.report.error(
                "mounts of type `\(kind.value.rawValue)` are not supported", at: kind.mark, path: kind.path,
                expected: "`bind`, `volume` or `tmpfs`")
            return nil
        }
    }

    private static let table = AttributeTable<LongMount>(
        [
            "type": { cursor, mount in mount.kind = cursor.choice(Kind.self).map(cursor.located) },
            "source": { cursor, mount in mount.source = cursor.nonEmptyString().map(cursor.located) },
            "target": { cursor, mount in
                mount.target = cursor.string().flatMap { Mount.target($0, at: cursor) }
            },
            "read_only": { $1.isReadOnly = $0.bool() ?? false },
            "consistency": { cursor, _ in _ = cursor.string() },
            "bind": { cursor, mount in
                mount.options.append(cursor.located(.bind))
                bindTable.decode(cursor, into: &mount)
            },
            "volume": { cursor, mount in
                mount.options.append(cursor.located(.volume))
                volumeTable.decode(cursor, into: &mount)
            },
            "tmpfs": { cursor, mount in
                mount.options.append(cursor.located(.tmpfs))
                tmpfsTable.decode(cursor, into: &mount)
            },
            "image": { cursor, mount in mount.options.append(cursor.located(.image)) },
        ], unsupportedExtras: ["idmap", "exclude"])

    private static let bindTable = AttributeTable<LongMount>(
        ["create_host_path": { $1.createsSource = $0.bool() }, "selinux": { cursor, _ in _ = cursor.string() }],
        unsupported: ["propagation", "recursive"])

    private static let volumeTable = AttributeTable<LongMount>(
        ["subpath": { $1.subpath = Mount.subpath(from: $0) }], unsupported: ["labels", "nocopy"])

    private static let tmpfsTable = AttributeTable<LongMount>([
        "size": { $1.size = ByteCount.decoded(from: $0) },
        "mode": { $1.mode = FileMode.decoded(from: $0) },
    ])
}

extension Mount {
    /// A path below the root of a volume: relative and without `..`.
    fileprivate static func subpath(from cursor: Cursor) -> String? {
        guard let text = cursor.nonEmptyString() else { return nil }
        if !text.hasPrefix("/"), !text.split(separator: "/").contains("..") { return text }
        cursor.error("\(cursor.path) must be a path below the volume's root, but is `\(text)`")
        return nil
    }
}
