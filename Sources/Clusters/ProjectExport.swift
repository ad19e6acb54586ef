internal import Containers
internal import Envfile
package import Export
internal import Images
internal import LinuxSystem
internal import OCI
internal import SystemPackage
internal import Vocabulary
package import Workspaces

/// What the user decides about the images of an export.
package struct RegistryChoice: Sendable {
    /// The registry, with a path, that gets images which are made on this machine.
    package var registry: String?
    /// The same as the cluster knows it.
    package var clusterRegistry: String?

    package init(registry: String? = nil, clusterRegistry: String? = nil) {
        self.registry = registry
        self.clusterRegistry = clusterRegistry
    }
}

/// An image that has to be pushed before another engine can pull it.
package struct PushedImage: Sendable, Hashable {
    /// As the Envfile names it.
    package var image: String
    /// As it is pushed.
    package var reference: String
    /// Whether the image comes from `build` of a service.
    package var isBuilt: Bool
}

/// Collects what an export is made of: the environment, the facts of its images, and files of the project.
package struct ProjectExport: Sendable {
    let context: CommandContext
    let project: Project

    package init(_ context: CommandContext, _ project: Project) {
        self.context = context
        self.project = project
    }

    /// - Throws: `EnvfileError` for a lock that cannot be read, `EngineError` for a name that no registry can have.
    package func request(_ options: ExportOptions, _ choice: RegistryChoice) throws -> ExportRequest {
        if let registry = choice.registry { try Self.check(registry) }
        let environment = project.environment
        let lock = try LockFile.read(LockFile.path(besideFile: project.file)) ?? LockFile()
        var options = options
        options.timeZone = Self.timeZone(context.request.processEnvironment)
        if choice.clusterRegistry != nil { options.trustsRegistry = true }
        let variables = context.request.processEnvironment
        var request = ExportRequest(
            environment: environment, places: project.places, options: options, variable: { variables[$0] },
            tree: HostTreeReader.tree)
        let images = try library().map { library in
            ProjectImages(host: library, directory: environment.directory, lock: lock)
        }
        for workload in environment.workloads where request.images[workload.image] == nil {
            request.images[workload.image] = try facts(workload, lock, images, choice)
        }
        for (reference, digest) in lock.baked {
            guard let tag = BakedTag(ofReference: reference), let colon = reference.lastIndex(of: ":"),
                let service = environment.services.first(where: { BakedTag.prefix(of: $0.name.rawValue) == tag.prefix }
                ),
                !service.tools.provisioners.isEmpty
            else { continue }
            var facts = request.images[service.image] ?? ImageFacts(reference: reference)
            facts.reference = "\(reference[..<colon])@\(digest)"
            facts.origin = .pinned
            request.bakedImages[service.name] = facts
        }
        return request
    }

    /// The images that no registry has yet, each once.
    package func pushedImages(_ choice: RegistryChoice) throws -> [PushedImage] {
        let images = try library().map { ProjectImages(host: $0, directory: project.environment.directory) }
        var seen: Set<String> = []
        return try project.environment.workloads.compactMap { service in
            guard seen.insert(service.image).inserted else { return nil }
            let parsed = try ImageReference(service.image, relativeTo: project.environment.directory)
            if case .registry(let named) = parsed {
                if service.build == nil { return nil }
                if isNamed(service) {
                    return PushedImage(image: service.image, reference: named.description, isBuilt: true)
                }
            }
            guard let registry = choice.registry else { return nil }
            let name = Self.name(of: service, project, try images?.lookup(service.image))
            return PushedImage(
                image: service.image, reference: "\(registry)/\(name)", isBuilt: service.build != nil)
        }
    }

    /// The store, where this machine has one; commands that write files need none.
    private func library() throws -> Host? {
        guard Files.exists(context.layout.images) else { return nil }
        do {
            return try context.host()
        } catch let error as EngineError where error.code == .unsupportedHost {
            // The images are another user's: as if they were not there.
            return nil
        }
    }
}

// MARK: - Images

extension ProjectExport {
    private func facts(
        _ service: Service, _ lock: LockFile, _ images: ProjectImages?, _ choice: RegistryChoice
    ) throws -> ImageFacts {
        let parsed = try ImageReference(service.image, relativeTo: project.environment.directory)
        // An image whose layers are gone is as if it were not there; `trice image ls` tells why.
        let image = try images?.lookup(service.image)
        var facts = ImageFacts(reference: service.image, configuration: image?.configuration.config)
        if let image {
            facts.user = Self.users(of: image)
            let layers = image.layerDirectories
            // What cannot be read is as if it were not there.
            facts.names = { (try? LayerStack(layers).names(in: FilePath($0))) ?? [] }
        }
        if case .registry(let named) = parsed, service.build == nil || isNamed(service) {
            let repository = "\(named.registry)/\(named.repository)"
            if service.build != nil {
                (facts.reference, facts.origin) = (named.description, .pushed)
            } else if let digest = named.digest?.description ?? lock.images[named.description] {
                (facts.reference, facts.origin) = ("\(repository)@\(digest)", .pinned)
            } else {
                (facts.reference, facts.origin) = (named.description, .tagged)
            }
            return facts
        }
        let name = Self.name(of: service, project, image)
        if let registry = choice.clusterRegistry ?? choice.registry {
            (facts.reference, facts.origin) = ("\(registry)/\(name)", .pushed)
        } else {
            (facts.reference, facts.origin) = (name, .local)
        }
        return facts
    }

    /// Whether the file names the image that it builds, so that it has a place in a registry.
    private func isNamed(_ service: Service) -> Bool { service.isImageGiven && service.image.contains("/") }

    /// The name in a registry of an image that is made here: project and service, and the image's id as tag.
    private static func name(of service: Service, _ project: Project, _ image: Image?) -> String {
        // Services that share an image share its name.
        let first = project.environment.workloads.first { $0.image == service.image } ?? service
        let tag = image.map { String($0.id.hex.prefix(12)) } ?? "latest"
        return "\(BakedTag.prefix(of: project.environment.name))-\(BakedTag.prefix(of: first.name.rawValue)):\(tag)"
    }

    private static func check(_ registry: String) throws(EngineError) {
        do throws(OCIError) {
            let reference = try Reference("\(registry)/name")
            if registry.contains("@") || reference.registry == "docker.io" && !registry.hasPrefix("docker.io") {
                throw OCIError(.invalidReference, "")
            }
        } catch {
            throw EngineError(
                .invalidProject,
                "`\(registry)` is no registry: it has the form HOST or HOST/PATH, such as `registry.example/team`, without "
                    + "a scheme and without a tag.")
        }
    }

    /// Looks users up in the account files of an image; they are read when the first of them is asked for.
    private static func users(of image: Image) -> @Sendable (String, [String]) -> NumericUser? {
        let layers = image.layerDirectories
        return { text, groups in
            let stack = LayerStack(layers)
            func file(_ path: FilePath) -> String {
                // A file that cannot be read has no entries.
                (try? stack.read(path, atMost: 1 << 20)).flatMap { $0 }.map { String(decoding: $0, as: UTF8.self) }
                    ?? ""
            }
            let resolver = UserResolver(passwd: file("/etc/passwd"), group: file("/etc/group"))
            // A name that the image does not have has no number.
            guard let user = try? resolver.resolve(text, additional: groups) else { return nil }
            return NumericUser(user: user.uid, group: user.gid, groups: user.additionalGroups)
        }
    }

    /// The name of this host's time zone.
    private static func timeZone(_ environment: [String: String]) -> String {
        if let zone = environment["TZ"], !zone.isEmpty, !zone.hasPrefix(":"), !zone.hasPrefix("/") { return zone }
        // A host without the file has the zone UTC.
        let text = (try? Files.text("/etc/timezone")).flatMap { $0 } ?? "Etc/UTC"
        let zone = text.filter { !$0.isWhitespace }
        return zone.isEmpty ? "Etc/UTC" : zone
    }
}
