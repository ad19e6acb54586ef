internal import Containers
internal import Images
internal import OCI
internal import Planning
internal import Store
internal import SystemPackage

/// What `commit` was asked.
public struct CommitRequest: Sendable {
    public var service: String
    /// The name of the new image.
    public var name: String
    public var message: String?
    public var author: String?
    /// Whether the container's processes stand still meanwhile, so that the image is of one moment.
    public var pauses: Bool

    public init(service: String, name: String, message: String? = nil, author: String? = nil, pauses: Bool = true) {
        self.service = service
        self.name = name
        self.message = message
        self.author = author
        self.pauses = pauses
    }
}

extension Engine {
    /// Makes an image of what a container is now: its image with its own changes as one more layer.
    ///
    /// The layer has no tar and no digest before it is pushed or saved.
    public func commit(_ commit: CommitRequest, _ identity: Identity) throws -> ImageRow {
        let host = try host()
        let workspace = Workspace(id: identity.id, host: host)
        let record = try container(named: commit.service, identity, try workspace.records())
        let id = ContainerID(record)
        let name = try Reference(commit.name).checkedTag(commit.name).description
        guard let base = try host.images.list().first(where: { "\($0.image.id)" == record.imageID }) else {
            throw EngineError(
                .image, "The image that \(id) was made from has no name any more; bring it back with `trice image pull`.")
        }
        let step = ImageStep(createdBy: "trice commit \(id)", comment: commit.message, author: commit.author)
        try frozen(record, if: commit.pauses && isRunning(id, identity.id), host) {
            _ = try host.images.local.commit(
                base: base.image, upper: workspace.stateDirectory(of: id).appending("upper"), isInUse: true,
                step: step, named: name)
        }
        try host.images.store.remove(named: name)
        return try host.find(commit.name, request).row(usedBy: try host.runtime.containers())
    }

    /// Runs `body` while nothing in the container moves.
    private func frozen(_ record: ContainerRecord, if isRunning: Bool, _ host: Host, _ body: () throws -> Void) throws {
        guard isRunning else { return try body() }
        let driver = try host.driver(named: record.runtime)
        let isPaused = try driver.pause(record.runtimeID)
        do {
            try body()
        } catch {
            // Whatever failed, the container goes on.
            if isPaused { try driver.resume(record.runtimeID) }
            throw error
        }
        if isPaused { try driver.resume(record.runtimeID) }
    }
}
