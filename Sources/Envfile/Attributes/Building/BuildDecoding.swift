internal import Vocabulary

extension Build {
    /// `build`: the context alone, or a mapping.
    static func decoded(from cursor: Cursor) -> Build? {
        var build = Build(context: .directory(cursor.context.projectDirectory))
        if cursor.stringValue != nil {
            build.context = BuildContext.decoded(from: cursor) ?? build.context
            return build
        }
        guard cursor.entries != nil else {
            cursor.mismatch("a path, a URL or a mapping")
            return nil
        }
        table.decode(cursor, into: &build)
        if case .scalar(let inline) = cursor.node["dockerfile_inline"]?.content, !inline.text.isEmpty,
            case .scalar(let path) = cursor.node["dockerfile"]?.content, !path.text.isEmpty
        {
            cursor.error(
                "\(cursor.path) has both a `dockerfile` and a `dockerfile_inline`", hint: "leave one of them out")
        }
        return build
    }

    private static let table = AttributeTable<Build, Build>([
        .init(
            "additional_contexts", decode: { $1.additionalContexts = BuildContext.decodedMap(from: $0) },
            render: { .texts($0.additionalContexts.mapValues(\.text)) }
        ).merged(.keyValues),
        .init(
            "args", decode: { $1.arguments = EnvironmentVariables.decoded(from: $0) }, render: { .texts($0.arguments) }
        ).merged(.keyValues),
        .init(
            "cache_from", decode: { $1.cacheSources = ($0.strings() ?? []).map(\.value) },
            render: { .texts($0.cacheSources) }
        ).merged(.list(.text)),
        .init(
            "cache_to", .partly(.notYet), decode: { $1.cacheTargets = ($0.strings() ?? []).map(\.value) },
            render: { .texts($0.cacheTargets) }
        ).merged(.list(.text)),
        .init(
            "context", decode: { $1.context = BuildContext.decoded(from: $0) ?? $1.context },
            render: { .string($0.context.text) }),
        .init(
            "dockerfile",
            decode: { cursor, build in
                guard let path = cursor.nonEmptyString() else { return }
                build.dockerfile = .path(path)
            }, render: { .text($0.dockerfile.path) }),
        .init(
            "dockerfile_inline",
            decode: { cursor, build in
                guard let text = cursor.nonEmptyString() else { return }
                build.dockerfile = .inline(text)
            }, render: { .text($0.dockerfile.inlineText) }),
        .init(
            "entitlements", decode: { $1.entitlements = ($0.strings() ?? []).map(\.value) },
            render: { .texts($0.entitlements) }),
        .init(
            "extra_hosts", decode: { $1.extraHosts = ExtraHosts.decoded(from: $0) ?? $1.extraHosts },
            render: { $0.extraHosts.isEmpty ? nil : $0.extraHosts.rendered() }
        ).merged(.hosts),
        .init(
            "isolation", .partly(.windows), decode: { $1.isolation = $0.nonEmptyString() },
            render: { .text($0.isolation) }),
        .init("labels", decode: { $1.labels = Labels.decoded(from: $0) }, render: { .texts($0.labels) }).merged(
            .keyValues),
        .init("network", decode: { $1.network = $0.nonEmptyString() }, render: { .text($0.network) }),
        .init("no_cache", decode: { $1.skipsCache = $0.bool() ?? false }, render: { .flag($0.skipsCache) }),
        .init(
            "no_cache_filter", decode: { $1.stagesWithoutCache = ($0.stringOrList() ?? []).map(\.value) },
            render: { .texts($0.stagesWithoutCache) }),
        .init(
            "platforms", decode: { $1.platforms = ($0.strings() ?? []).map(\.value) }, render: { .texts($0.platforms) }
        ).merged(.list(.text)),
        .init("privileged", decode: { $1.isPrivileged = $0.bool() ?? false }, render: { .flag($0.isPrivileged) }),
        .init(
            "provenance", .partly(.notYet), decode: { $1.provenance = attestation(from: $0) },
            render: { .text($0.provenance) }),
        .init("pull", decode: { $1.pullsBases = $0.bool() ?? false }, render: { .flag($0.pullsBases) }),
        .init("sbom", .partly(.notYet), decode: { $1.sbom = attestation(from: $0) }, render: { .text($0.sbom) }),
        .init(
            "secrets", keys: .entries(FileReference.keys),
            decode: { $1.secrets = FileReference.decodedList(.buildSecret, from: $0).map(\.value) },
            render: { model in .items(model.secrets) { $0.rendered() } }
        ).merged(.list(.grant(directory: "/run/secrets"))),
        .init(
            "shm_size",
            decode: { cursor, build in
                // Compose treats 0 as absent.
                build.sharedMemorySize = ByteCount.decoded(from: cursor).flatMap { $0 == 0 ? nil : $0.rawValue }
            }, render: { .bytes($0.sharedMemorySize) }),
        .init(
            "ssh", decode: { $1.sshKeys = BuildSSHKey.decodedList(from: $0) },
            render: { model in .items(model.sshKeys) { $0.rendered() } }
        ).merged(.keyValues),
        .init("tags", decode: { $1.tags = $0.stringsOnce() }, render: { .texts($0.tags) }).merged(.list(.text)),
        .init("target", decode: { $1.target = $0.nonEmptyString() }, render: { .text($0.target) }),
        .init(
            "ulimits", keys: .entries(Ulimit.keys), decode: { $1.ulimits = Ulimit.decodedMap(from: $0) },
            renderInContext: { model, context in Ulimit.rendered(model.ulimits, context.format) }
        ).merged(entries: .replace),
    ])

    static var keys: [AttributeKey] { table.keys }

    /// A boolean or a string of parameters.
    private static func attestation(from cursor: Cursor) -> String? {
        guard let scalar = cursor.scalar, scalar.type == .string || scalar.type == .bool else {
            cursor.mismatch("true, false or a string such as \"mode=max\"")
            return nil
        }
        return scalar.type == .bool ? scalar.text.lowercased() : scalar.text
    }
}

extension Build {
    func rendered(_ format: RenderingFormat) -> Value {
        Self.table.rendered(self, in: RenderingContext(format: format))
    }
}

extension Build.Dockerfile {
    fileprivate var path: String? {
        if case .path(let path) = self { return path }
        return nil
    }

    fileprivate var inlineText: String? {
        if case .inline(let text) = self { return text }
        return nil
    }
}
