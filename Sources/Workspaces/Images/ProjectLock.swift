package import Envfile
internal import Images
internal import LinuxSystem
package import OCI
internal import SystemPackage
internal import Vocabulary

/// Keeps `Envfile.lock` in step with the images that a project uses.
package struct ProjectLock: Sendable {
    package let project: Project
    package let images: ProjectImages

    package init(project: Project, images: ProjectImages) {
        self.project = project
        self.images = images
    }

    private var path: String { LockFile.path(besideFile: project.file) }

    /// Where Compose's own meaning counts, a lock is kept only where a lock file exists already.
    private var isKept: Bool {
        project.environment.dialect == .trice || FileContents.exists(path)
    }

    /// Whether the services tell every image of the project: what a Dockerfile starts from, only its build does, and what
    /// a service of another profile uses, only its Envfile.
    private var knowsAll: Bool {
        project.inactiveServices.isEmpty && project.environment.workloads.allSatisfy { $0.build == nil }
    }

    /// The references of the lock that no service names: what Dockerfiles start from.
    package func bases() throws -> [Reference] {
        let own = Set(try project.environment.workloads.compactMap { try key($0.image) })
        // A name of a file of this machine is no reference, and nothing that a registry could be asked about.
        return images.lock.images.keys.filter { !own.contains($0) }.sorted().compactMap { try? Reference($0) }
    }

    /// The name under which the lock has an image; `nil` for one that is made on this machine, or that says its own
    /// digest.
    package static func key(_ reference: ImageReference, _ text: String) -> String? {
        switch reference {
        case .registry(let named): named.digest == nil ? named.description : nil
        // As the Envfile says it: the canonical form has this machine's directories in it.
        case .ociLayout, .ociArchive, .dockerArchive: text
        case .rootfs, .bootstrapBusybox, .bootstrapDebian: nil
        }
    }

    private func key(_ text: String) throws -> String? {
        Self.key(try ImageReference(text, relativeTo: images.directory), text)
    }

    /// Refuses when bringing these images up would change the lock.
    ///
    /// - Throws: `EngineError.frozen` with every image concerned.
    package func checkFrozen(_ services: [Service]) throws {
        var problems: [String] = []
        var wanted: Set<String> = []
        for service in services where service.build == nil {
            if let name = try Self.bootstrap(service.image), wanted.insert(name).inserted,
                images.lock.bootstraps[name]?[Platform.host.architecture] == nil
            {
                problems.append("\(service.image) (service \(service.name)) is not in it")
            }
            guard let key = try key(service.image), wanted.insert(key).inserted else { continue }
            guard let locked = images.lock.images[key] else {
                problems.append("\(service.image) (service \(service.name)) is not in it")
                continue
            }
            if case .registry = try images.reference(service.image) { continue }
            let found = try images.ensure(service.image).repositoryDigest?.description
            if let found, found != locked {
                problems.append("\(service.image) (service \(service.name)) has changed to \(found)")
            }
        }
        if knowsAll {
            let all = Set(try project.environment.workloads.compactMap { try key($0.image) })
            for unused in images.lock.images.keys.sorted() where !all.contains(unused) {
                problems.append("\(unused) is in it and no service uses it")
            }
        }
        guard problems.isEmpty else {
            throw EngineError(
                .frozen,
                "\(path) would change, and --frozen forbids that: \(problems.joined(separator: "; ")). "
                    + "Run `trice up` without --frozen and commit the lock.")
        }
    }

    /// Writes what these images' names stand for now; what was locked already stays unless `moving` it.
    ///
    /// - Returns: what was moved: the name, what it stood for and what it stands for.
    @discardableResult
    package func update(
        _ texts: some Sequence<String>, moving: Bool = false, sink: any EventSink
    ) throws -> [(name: String, old: String?, new: String)] {
        guard isKept else { return [] }
        var lock = images.lock
        var moved: [(name: String, old: String?, new: String)] = []
        for text in Set(texts) {
            let reference = try ImageReference(text, relativeTo: images.directory)
            guard let key = Self.key(reference, text) else { continue }
            if !moving, case .registry = reference, lock.images[key] != nil { continue }
            let found = moving ? try images.host.images.lookup(reference) : try images.lookup(text)
            guard let digest = found?.repositoryDigest?.description, lock.images[key] != digest else { continue }
            moved.append((key, lock.images[key], digest))
            lock.images[key] = digest
        }
        moved += try lockBootstraps(texts, moving: moving, in: &lock)
        if knowsAll {
            let all = Set(try project.environment.workloads.compactMap { try key($0.image) })
            lock.images = lock.images.filter { all.contains($0.key) }
            let made = Set(try project.environment.workloads.compactMap { try Self.bootstrap($0.image) })
            lock.bootstraps = lock.bootstraps.filter { made.contains($0.key) }
        }
        guard lock != images.lock else { return [] }
        do throws(SystemError) {
            try write(lock)
        } catch {
            sink.note("\(path) could not be written: \(error.errno)", isWarning: true)
        }
        return moved.sorted { $0.name < $1.name }
    }

    /// The name under which the lock has an image that is made of Debian's packages; `nil` for all else, and for one that
    /// says its own digest.
    package static func bootstrap(_ text: String) throws -> String? {
        guard text.hasPrefix("bootstrap:debian/") else { return nil }
        let reference = try ImageReference(text, relativeTo: "/")
        guard case .bootstrapDebian(_, _, _, nil) = reference else { return nil }
        return reference.description
    }

    private func lockBootstraps(
        _ texts: some Sequence<String>, moving: Bool, in lock: inout LockFile
    ) throws -> [(name: String, old: String?, new: String)] {
        let architecture = Platform.host.architecture
        var moved: [(name: String, old: String?, new: String)] = []
        for name in Set(try texts.compactMap(Self.bootstrap)).sorted() {
            let known = lock.bootstraps[name]?[architecture]
            if !moving, known != nil { continue }
            let reference = try ImageReference(name, relativeTo: "/")
            guard let image = try images.host.images.lookup(reference), let digest = image.manifestDigest?.description,
                digest != known?.digest, let root = image.layerDirectories.last
            else { continue }
            // One that was loaded under the name may be made of something else.
            let packages = try DebianPackages.installed(in: root)
            if packages.isEmpty { continue }
            lock.bootstraps[name, default: [:]][architecture] = LockedBootstrap(
                digest: digest, snapshot: try images.host.images.store.debianSnapshot(of: reference),
                packages: packages)
            moved.append((name, known?.digest, digest))
        }
        return moved
    }

    /// Names the baked images that a registry has now; those of services that the project has no more are forgotten.
    ///
    /// - Parameter entries: the digests by reference, for each service that was sent.
    package func setBaked(_ entries: [BakedTag: (reference: String, digest: String)]) throws {
        var lock = images.lock
        let services = Set(project.environment.described.map { BakedTag.prefix(of: $0.name.rawValue) })
            .union(project.inactiveServices.map { BakedTag.prefix(of: $0.rawValue) })
        let sent = Set(entries.keys.map(\.prefix))
        lock.baked = lock.baked.filter { reference, _ in
            guard let prefix = BakedTag(ofReference: reference)?.prefix else { return false }
            return services.contains(prefix) && !sent.contains(prefix)
        }
        for entry in entries.values { lock.baked[entry.reference] = entry.digest }
        guard lock != images.lock else { return }
        try write(lock)
    }

    /// The lock belongs to whom its directory belongs to, not to root.
    private func write(_ lock: LockFile) throws(SystemError) {
        let file = FilePath(path)
        try Files.write(lock.text.utf8, to: file, mode: 0o644, keepsUmask: true)
        if let owner = try Files.status(file.removingLastComponent(), followingLinks: true) {
            try Files.changeOwner(file, user: owner.owner, group: owner.group)
        }
    }
}
