internal import Dockerfile
internal import Glibc
internal import LinuxSystem
internal import OCI
internal import SystemPackage

/// `RUN`.
struct RunOperation: StepOperation {
    let session: BuildSession
    let build: LoadedBuild
    let parent: StageRoot
    let text: String
    let step: Dockerfile.RunStep
    let configuration: Dockerfile.ImageConfiguration
    /// Of the image and the arguments, without the proxies.
    let variables: [Variable]
    /// What the mounts' `from`s mean; the build context is not among them.
    let sources: [Word: Source]
    /// Files of contexts that mounts show, by the mount's position.
    private var selections: [Int: Selection] = [:]

    struct Source: Sendable {
        var root: MountedRoot
        var name: String
    }

    enum MountedRoot: Sendable {
        case root(StageRoot)
        case tree(SourceTree)
    }

    private struct Selection: Sendable {
        var tree: SourceTree
        var files: FileSelection
    }

    init(
        session: BuildSession, build: LoadedBuild, parent: StageRoot, text: String, step: Dockerfile.RunStep,
        configuration: Dockerfile.ImageConfiguration, variables: [Variable], sources: [Word: Source]
    ) {
        self.session = session
        self.build = build
        self.parent = parent
        self.text = text
        self.step = step
        self.configuration = configuration
        self.variables = variables
        self.sources = sources
    }

    private var workingDirectory: String {
        configuration.workingDirectory.isEmpty ? "/" : configuration.workingDirectory
    }

    private var command: RunRequest.Command {
        RunRequest.Command(step.command, shell: configuration.shell ?? Dockerfile.ImageConfiguration.defaultShell)
    }

    private var network: BuildNetwork {
        switch step.network {
        case .default: build.request.network
        case .none: .none
        case .host: .host
        }
    }

    private var isPrivileged: Bool { step.security == .insecure || build.request.isPrivileged }

    // MARK: Keys

    /// The mounts' sources are known by their layers: to look at every file of them would take too long.
    func quickComponents() throws -> StepComponents? { nil }

    mutating func components() throws -> StepComponents {
        var components = StepComponents(kind: "run", text: text, parent: parent.key)
        var words = KeyWriter("command")
        switch command {
        case .program(let arguments): words.add(arguments)
        case .script(let file): words.add([file.name, file.content])
        }
        components.settings = [
            .init("the command", words.digest.description), .init("the user", configuration.user),
            .init("the working directory", workingDirectory), .init("the network", "\(network)"),
            .init("the security", isPrivileged ? "insecure" : "sandbox"), .init("the devices", "\(step.devices)"),
            .init(
                "the extra hosts", build.request.extraHosts.map { "\($0.name)=\($0.address)" }.joined(separator: "\n")),
        ]
        components.variables = variables.map { .init($0.name, $0.value) }
        components.countsVariables = true
        for (number, mount) in step.mounts.enumerated() {
            components.settings.append(.init("mount \(number + 1)", mount.fingerprint))
            if let input = try input(of: mount, number) { components.inputs.append(input) }
        }
        return components
    }

    private mutating func input(of mount: RunMount, _ number: Int) throws -> StepComponents.Input? {
        let (from, source): (Word?, String)
        switch mount {
        case .bind(let bind): (from, source) = (bind.from, bind.source)
        case .cache(let cache) where cache.from != nil: (from, source) = (cache.from, cache.source)
        default: return nil
        }
        if let from, case .root(let root)? = sources[from]?.root {
            return .init(
                name: "the files of \(sources[from]?.name ?? from.text)", digest: root.key, isPortable: root.isPortable)
        }
        var tree = build.tree
        if let from, case .tree(let named)? = sources[from]?.root { tree = named }
        let files = try tree.select(FileRequest(sources: [source], keepsParents: true), .dockerfile)
        selections[number] = Selection(tree: tree, files: files)
        return .init(name: "\(source) of \(tree.name)", digest: files.digest, files: files)
    }

    // MARK: Doing it

    func perform<Result: Sendable>(
        output: @escaping @Sendable (OutputLine) -> Void, adopt: @Sendable (FilePath) throws -> Result
    ) async throws -> Result {
        let request = try request()
        return try await session.runs.whileHeld {
            try session.prepareRuns()
            return try await session.host.executor.run(request, output: output, adopt: adopt)
        }
    }

    private func request() throws -> RunRequest {
        try checkEntitlements()
        var variables = self.variables
        for proxy in build.scope.arguments.proxyVariables where variables.value(of: proxy.name) == nil {
            variables.append(proxy)
        }
        var request = RunRequest(
            name: text, lowers: parent.directories, command: command, environment: variables.map(\.description))
        request.user = configuration.user
        request.workingDirectory = workingDirectory
        request.network = try session.host.network(network)
        request.extraHosts = build.request.extraHosts
        request.isPrivileged = isPrivileged
        if let size = build.request.sharedMemorySize { request.sharedMemorySize = size }
        request.resourceLimits = build.request.limits
        request.shell = configuration.shell?.first ?? "/bin/sh"
        request.keepsFailed = session.options.keepsFailedStep
        for (number, mount) in step.mounts.enumerated() { request.mounts.append(try stepMount(mount, number)) }
        return request
    }

    private func checkEntitlements() throws(BuildError) {
        func demand(_ entitlement: Entitlement, _ what: String) throws(BuildError) {
            guard !build.request.entitlements.contains(entitlement) else { return }
            throw BuildError(
                .stepInvalid,
                "Could not run `\(text)`: \(what) must be allowed. Add `\(entitlement.rawValue)` to `entitlements:`, or give --allow \(entitlement.rawValue)."
            )
        }
        if step.network == .host { try demand(.networkHost, "the host's network") }
        if step.security == .insecure { try demand(.securityInsecure, "running without the sandbox") }
        if let device = step.devices.first(where: \.isRequired) {
            throw BuildError(
                .stepInvalid, "Could not run `\(text)`: the device `\(device.name)` cannot be given to a build here.")
        }
        for device in step.devices {
            session.emit(
                .warning(
                    build: build.request.name,
                    .text("\(text): the device `\(device.name)` is left out, as a build here can be given none")))
        }
    }

    private func stepMount(_ mount: RunMount, _ number: Int) throws -> StepMount {
        switch mount {
        case .bind(let bind): return .bind(bind, from: try mountSource(bind.from, number))
        case .cache(let cache):
            return .cache(cache, seed: cache.from == nil ? nil : try mountSource(cache.from, number))
        case .tmpfs(let temporary): return .tmpfs(temporary)
        case .secret(let secret): return .secret(asRequested(secret), contents: try contents(of: secret))
        case .ssh(let socket):
            let paths = build.request.agents[socket.id]
            return .ssh(
                socket, socket: try paths.map { (paths) throws(BuildError) in try session.agents.socket(paths) })
        }
    }

    private func mountSource(_ from: Word?, _ number: Int) throws -> MountSource {
        if let from, let source = sources[from], case .root(let root) = source.root {
            return .layers(root.directories, named: source.name, identity: root.key.description)
        }
        // A copy, without what .dockerignore excludes and with root as the owner, as everywhere else in a build.
        guard let selection = selections[number] else {
            throw BuildError(.stepInvalid, "Could not run `\(text)`: a mount has no source.")
        }
        let directory = try session.materialized(selection.files, of: selection.tree)
        return .directory(directory, named: selection.tree.name, identity: selection.files.digest.description)
    }

    /// The secret with the mode and the owner that the request gives it, unless the mount names its own.
    private func asRequested(_ secret: RunMount.Secret) -> RunMount.Secret {
        guard secret.permissions.isDefault, let wanted = build.request.secretPermissions[secret.id] else {
            return secret
        }
        var secret = secret
        secret.permissions.mode = wanted.mode ?? secret.permissions.mode
        secret.permissions.uid = wanted.user ?? secret.permissions.uid
        secret.permissions.gid = wanted.group ?? secret.permissions.gid
        return secret
    }

    private func contents(of secret: RunMount.Secret) throws(BuildError) -> [UInt8]? {
        switch build.request.secrets[secret.id] {
        case nil: return nil
        case .value(let bytes): return bytes
        case .variable(let name): return getenv(name).map { Array(String(cString: $0).utf8) }
        case .file(let path):
            do throws(SystemError) {
                return try Files.read(path)
            } catch {
                throw BuildError(
                    .sourceMissing, "Could not read the secret `\(secret.id)` from \(path): \(error.errno).",
                    cause: error)
            }
        }
    }
}

extension RunMount {
    /// What of the mount makes a difference for the result; what it shows is another matter.
    fileprivate var fingerprint: String {
        switch self {
        case .bind(let bind): "bind \(bind.target) \(bind.isReadOnly) \(bind.source)"
        case .cache(let cache): "cache \(cache.target) \(cache.id) \(cache.isReadOnly) \(cache.sharing) \(cache.source)"
        case .tmpfs(let mount): "tmpfs \(mount.target)"
        case .secret(let secret): "secret \(secret.id) \(secret.target ?? "") \(secret.variable ?? "")"
        case .ssh(let socket): "ssh \(socket.id) \(socket.target ?? "")"
        }
    }
}
