package import Envfile
package import Images
internal import LinuxSystem
package import OCI
package import Planning
internal import Store

/// The images of one project: which image each name means, by the lock where it says so, and how to get it.
package struct ProjectImages: Sendable {
    package let host: Host
    /// The absolute directory that relative paths begin at.
    package let directory: String
    package let lock: LockFile

    /// The images of a project with what its lock says.
    ///
    /// - Throws: `EnvfileError` when there is a lock that cannot be read.
    package init(_ project: Project, host: Host) throws {
        self.init(
            host: host, directory: project.environment.directory,
            lock: try LockFile.read(LockFile.path(besideFile: project.file)) ?? LockFile())
    }

    package init(host: Host, directory: String, lock: LockFile = LockFile()) {
        self.host = host
        self.directory = directory
        self.lock = lock
    }

    /// What a name means: a tag of a registry is the image that the lock names.
    package func reference(_ text: String) throws -> ImageReference {
        let parsed = try ImageReference(text, relativeTo: directory)
        if case .bootstrapDebian(let suite, let include, let variant, nil) = parsed, let locked = try debianLock(parsed)
        {
            return .bootstrapDebian(suite: suite, include: include, variant: variant, digest: locked.digest)
        }
        guard case .registry(let reference) = parsed, reference.digest == nil,
            let locked = lock.images[reference.description]
        else { return parsed }
        return .registry(reference.pinned(to: try Digest(locked[...])))
    }

    /// What the lock says of an image that is made of Debian's packages; `nil` for all else.
    private func debianLock(_ reference: ImageReference) throws -> DebianLock? {
        guard case .bootstrapDebian(let suite, let include, let variant, _) = reference else { return nil }
        let plain = ImageReference.bootstrapDebian(suite: suite, include: include, variant: variant)
        guard let entry = lock.bootstraps[plain.description]?[Platform.host.architecture] else { return nil }
        return DebianLock(
            digest: try Digest(entry.digest[...]), snapshot: entry.snapshot, packages: entry.packages)
    }

    /// The image if it is in the store.
    package func lookup(_ text: String) throws -> Image? {
        try host.images.lookup(try reference(text))
    }

    /// Whether the image came with a package: then it needs neither its source nor its build.
    package func isPackaged(_ text: String) throws -> Bool {
        let name = try reference(text).description
        return try host.images.local.records.image(named: name) == nil && host.images.store.isPackaged(name)
    }

    /// The image if it is in the store and, where that can be told without asking anybody, still what its source is.
    package func current(_ text: String) throws -> Image? {
        guard let image = try lookup(text) else { return nil }
        guard case .registry = try reference(text) else { return try ensure(text) }
        return image
    }

    /// The image, brought where it is missing.
    package func ensure(
        _ text: String, progress: @escaping @Sendable (ImageProgress) -> Void = { _ in }
    ) throws -> Image {
        let reference = try reference(text)
        let image: Image
        do {
            image = try host.images.ensure(reference, debian: debianLock(reference), progress: progress)
        } catch let error as ImageError {
            guard try differsFromLock(text) else { throw error }
            throw EngineError(.image, "\(error.message) \(absence(of: text))", causes: [error])
        }
        try record(image, reference)
        return image
    }

    /// Whether the store has another image of the name than the one that the lock names.
    private func differsFromLock(_ text: String) throws -> Bool {
        let plain = try ImageReference(text, relativeTo: directory)
        let locked = try reference(text)
        guard locked != plain, try host.images.lookup(locked) == nil else { return false }
        return try host.images.lookup(plain) != nil
    }

    /// Why an image that is needed is not there, and what to do.
    package func absence(of text: String) -> String {
        // What the lock says was read already; an image that cannot be looked up is missing like any other.
        guard (try? differsFromLock(text)) == true else { return "The image \(text) is not in the store." }
        return
            "The image \(text) that `Envfile.lock` names is not in the store, which has another one of this name. Move the "
            + "lock to the newest image with `trice upgrade`, or get the locked one with `trice pull`."
    }

    /// The image that the registry has for the name now, whatever the lock says.
    package func pull(
        _ text: String, progress: @escaping @Sendable (ImageProgress) -> Void = { _ in }
    ) throws -> Image {
        let reference = try ImageReference(text, relativeTo: directory)
        let image = try host.images.ensure(reference, refreshing: true, progress: progress)
        try record(image, reference)
        return image
    }

    /// Remembers when a registry was asked.
    private func record(_ image: Image, _ reference: ImageReference) throws {
        guard case .registry(let named) = reference, let digest = image.repositoryDigest else { return }
        let now = WallClock.nanoseconds
        let name = named.unpinned.description
        let earlier = try host.durable.imagePull(reference: name)
        let isSame = earlier?.manifestDigest == digest.description
        try host.durable.save(
            ImagePullRecord(
                reference: name, manifestDigest: digest.description,
                pulledAt: isSame ? earlier?.pulledAt ?? now : now, checkedAt: now))
    }
}

// MARK: - What planning asks

extension ProjectImages {
    /// What is known of the images of services, for `pull_policy`.
    package func observe(_ services: [Service]) throws -> [String: ObservedImage] {
        var observed: [String: ObservedImage] = [:]
        for service in services where observed[service.image] == nil {
            observed[service.image] = try observe(service.image, service)
        }
        return observed
    }

    private func observe(_ text: String, _ service: Service) throws -> ObservedImage {
        let reference = try reference(text)
        guard case .registry(let named) = reference else {
            return ObservedImage(isPresent: try host.images.lookup(reference) != nil, isRemote: false)
        }
        let checked = try host.durable.imagePull(reference: named.unpinned.description)?.checkedAt
        let isPresent = try host.images.lookup(reference) != nil
        return ObservedImage(
            isPresent: isPresent, isPinned: named.digest != nil,
            sinceCheck: checked.map { .nanoseconds(WallClock.nanoseconds - $0) },
            differsFromLock: isPresent ? false : try differsFromLock(text))
    }
}
