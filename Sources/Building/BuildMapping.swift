internal import Builder
internal import Envfile
internal import FoundationEssentials
internal import LinuxSystem
internal import OCI
internal import SystemPackage
internal import Vocabulary
internal import Workspaces

/// What `build:` of a service asks of the builder.
struct BuildMapping {
    let environment: Environment
    let processEnvironment: [String: String]

    func request(_ service: Service, _ build: Build) throws -> BuildRequest {
        var request = BuildRequest(
            name: service.name.rawValue, context: try source(build.context), dockerfile: location(build.dockerfile))
        request.arguments = build.arguments
        request.target = build.target
        for (name, context) in build.additionalContexts { request.additionalContexts[name] = try source(context) }
        for grant in build.secrets {
            request.secrets[grant.target] = try secret(grant, service)
            request.secretPermissions[grant.target] = SecretPermissions(
                mode: grant.mode.flatMap { UInt16(exactly: $0) }, user: grant.user.flatMap { UInt32($0) },
                group: grant.group.flatMap { UInt32($0) })
        }
        for key in build.sshKeys { request.agents[key.id] = try agent(key, service) }
        let directory = FilePath(environment.directory)
        for text in build.cacheSources { try request.addCacheSource(text, relativeTo: directory) }
        request.labels = build.labels
        request.network = Self.network(build.network)
        request.platforms = build.platforms.map(Self.platform)
        request.skipsCache = build.skipsCache
        request.stagesWithoutCache = Set(build.stagesWithoutCache)
        request.pullsBases = build.pullsBases
        request.tags = try ([service.image] + build.tags).map { try Reference($0).description }
        request.sharedMemorySize = build.sharedMemorySize
        request.limits = build.ulimits.sorted { $0.key < $1.key }.map { name, limit in
            RuntimeSpecification.ResourceLimit(
                type: "RLIMIT_\(name.uppercased())", soft: Self.number(limit.soft), hard: Self.number(limit.hard))
        }
        request.extraHosts = build.extraHosts.addresses.sorted { $0.key < $1.key }.flatMap { name, addresses in
            addresses.map { HostAddress(name: name, address: $0) }
        }
        for text in build.entitlements { request.entitlements.insert(try Entitlement(named: text)) }
        if build.network == "host" { request.entitlements.insert(.networkHost) }
        if build.isPrivileged { request.entitlements.insert(.securityInsecure) }
        request.isPrivileged = build.isPrivileged
        request.remarks += remarks(build)
        return request
    }

    /// What is read and has no effect.
    private func remarks(_ build: Build) -> [String] {
        var remarks: [String] = []
        if !build.cacheTargets.isEmpty {
            remarks.append(
                "cache_to has no effect: every image that is pushed or saved carries what cache_from needs of it")
        }
        if let isolation = build.isolation, isolation != "default" {
            remarks.append("isolation: \(isolation) has no effect: it means something on Windows only")
        }
        for (key, value) in [("provenance", build.provenance), ("sbom", build.sbom)] where value ?? "false" != "false" {
            remarks.append("\(key) has no effect: no attestation is made")
        }
        return remarks
    }

    private func source(_ context: BuildContext) throws -> ContextSource {
        switch context {
        case .directory(let path): .directory(FilePath(path))
        case .remote(let text): try ContextSource(text, relativeTo: FilePath(environment.directory))
        case .service(let name): .build(name.rawValue)
        }
    }

    private func location(_ dockerfile: Build.Dockerfile) -> DockerfileLocation {
        switch dockerfile {
        case .path(let path): .path(path)
        case .inline(let text): .inline(text)
        }
    }

    static func network(_ name: String?) -> BuildNetwork {
        switch name {
        case nil, "default": .sandbox
        case "none": .none
        case "host": .host
        case let name?: .named(name)
        }
    }

    private func secret(_ grant: FileReference, _ service: Service) throws -> SecretSource {
        guard let definition = environment.secrets.first(where: { $0.key == grant.source }) else {
            throw EngineError(
                .invalidProject, "The build of \(service.name) wants the secret \(grant.source), which nothing defines."
            )
        }
        switch definition.source {
        case .file(let path): return .file(FilePath(path))
        case .variable(let name): return .variable(name)
        case .content(let text): return .value(Array(text.utf8))
        case .elsewhere:
            throw EngineError(
                .invalidProject,
                "The build of \(service.name) wants the secret \(grant.source), which is external: give it a `file:` or "
                    + "an `environment:`.")
        }
    }

    private func agent(_ key: BuildSSHKey, _ service: Service) throws -> [FilePath] {
        if let path = key.path { return [FilePath(environment.directory).pushing(FilePath(path))] }
        guard let socket = processEnvironment["SSH_AUTH_SOCK"], !socket.isEmpty else {
            throw EngineError(
                .invalidProject,
                "The build of \(service.name) wants your SSH agent, and SSH_AUTH_SOCK is not set. Start one: "
                    + "eval $(ssh-agent); ssh-add")
        }
        return [FilePath(socket)]
    }

    static func platform(_ text: String) -> Platform {
        let parts = text.split(separator: "/").map(String.init)
        guard parts.count > 1 else { return Platform(architecture: text) }
        return Platform(architecture: parts[1], os: parts[0], variant: parts.count > 2 ? parts[2] : nil)
    }

    /// -1 is no limit.
    private static func number(_ limit: Int) -> UInt64 { limit < 0 ? .max : UInt64(limit) }
}
