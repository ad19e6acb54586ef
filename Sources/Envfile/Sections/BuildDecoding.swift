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

    private static let table = AttributeTable<Build>([
        "additional_contexts": { $1.additionalContexts = BuildContext.decodedMap(from: $0) },
        "args": { $1.arguments = EnvironmentVariables.decoded(from: $0) },
        "cache_from": { $1.cacheSources = ($0.strings() ?? []).map(\.value) },
        "cache_to": { $1.cacheTargets = ($0.strings() ?? []).map(\.value) },
        "context": { $1.context = BuildContext.decoded(from: $0) ?? $1.context },
        "dockerfile": { cursor, build in
            guard let path = cursor.nonEmptyString() else { return }
            build.dockerfile = .path(path)
        },
        "dockerfile_inline": { cursor, build in
            guard let text = cursor.nonEmptyString() else { return }
            build.dockerfile = .inline(text)
        },
        "entitlements": { $1.entitlements = ($0.strings() ?? []).map(\.value) },
        "extra_hosts": { $1.extraHosts = ExtraHosts.decoded(from: $0) ?? $1.extraHosts },
        "isolation": { $1.isolation = $0.nonEmptyString() },
        "labels": { $1.labels = Labels.decoded(from: $0) },
        "network": { $1.network = $0.nonEmptyString() },
        "no_cache": { $1.skipsCache = $0.bool() ?? false },
        "no_cache_filter": { $1.stagesWithoutCache = ($0.stringOrList() ?? []).map(\.value) },
        "platforms": { $1.platforms = ($0.strings() ?? []).map(\.value) },
        "privileged": { $1.isPrivileged = $0.bool() ?? false },
        "provenance": { $1.provenance = attestation(from: $0) },
        "pull": { $1.pullsBases = $0.bool() ?? false },
        "sbom": { $1.sbom = attestation(from: $0) },
        "secrets": { $1.secrets = FileReference.decodedList(.buildSecret, from: $0).map(\.value) },
        "shm_size": { cursor, build in
            // Compose takes 0 for none said.
            build.sharedMemorySize = ByteCount.decoded(from: cursor).flatMap { $0 == 0 ? nil : $0 }
        },
        "ssh": { $1.sshKeys = BuildSSHKey.decodedList(from: $0) },
        "tags": { $1.tags = $0.stringsOnce() },
        "target": { $1.target = $0.nonEmptyString() },
        "ulimits": { $1.ulimits = Ulimit.decodedMap(from: $0) },
    ])

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
        var path: String?
        var inline: String?
        switch dockerfile {
        case .path(let text): path = text
        case .inline(let text): inline = text
        }
        return .object([
            ("additional_contexts", .texts(additionalContexts.mapValues(\.text))), ("args", .texts(arguments)),
            ("cache_from", .texts(cacheSources)), ("cache_to", .texts(cacheTargets)),
            ("context", .string(context.text)),
            ("dockerfile", .text(path)), ("dockerfile_inline", .text(inline)), ("entitlements", .texts(entitlements)),
            ("extra_hosts", extraHosts.isEmpty ? nil : extraHosts.rendered()), ("isolation", .text(isolation)),
            ("labels", .texts(labels)), ("network", .text(network)), ("no_cache", .flag(skipsCache)),
            ("no_cache_filter", .texts(stagesWithoutCache)), ("platforms", .texts(platforms)),
            ("privileged", .flag(isPrivileged)), ("provenance", .text(provenance)), ("pull", .flag(pullsBases)),
            ("sbom", .text(sbom)), ("secrets", .items(secrets) { $0.rendered() }),
            ("shm_size", .bytes(sharedMemorySize)), ("ssh", .items(sshKeys) { $0.rendered() }), ("tags", .texts(tags)),
            ("target", .text(target)), ("ulimits", Ulimit.rendered(ulimits, format)),
        ])
    }
}
