internal import Images
internal import LinuxSystem
internal import OCI
internal import Planning
internal import Store
internal import Vocabulary
internal import Workspaces

/// What a baked image says of itself, as a label.
struct BakedLabel: Codable, Hashable, Sendable {
    /// The identity of the image that it was made upon.
    var base: String
    var steps: [String: StepFingerprint]

    static let name = "dev.trice.baked"

    /// What determines the content and the configuration of an image, and is the same on every machine: its own id has the
    /// time in which it was made.
    static func identity(of image: Image) throws -> String {
        let layers = image.configuration.diffIDs.map { "\($0)" }
        // Layers that were made here and never packed have no diff ids yet.
        guard Set(layers).count == image.layerDirectories.count else { return "\(image.id)" }
        let configuration = try JSONCoding.text(image.configuration.config)
        return "\(Digester.digest(of: Array((layers + [configuration]).joined(separator: "\n").utf8)))"
    }

    init(base: String, steps: [String: StepFingerprint]) {
        self.base = base
        self.steps = steps
    }

    /// - Returns: `nil` for an image that was not baked, or by a release whose label has another form.
    init?(of image: Image) {
        guard let text = image.configuration.config.labels[Self.name],
            let label = try? JSONCoding.decode(BakedLabel.self, from: text)
        else { return nil }
        self = label
    }

    /// Records in a new container what its image has run; one that goes on with the changes of an earlier one keeps the records
    /// of that.
    func record(in id: ContainerID, _ workspace: Workspace) throws {
        let durable = workspace.host.durable
        let known = try durable.provisionedSteps(environmentID: workspace.id)
        guard !known.contains(where: { $0.service == id.service && $0.number == id.number }) else { return }
        try durable.save(
            steps.sorted { $0.key < $1.key }.map { name, fingerprint in
                ProvisionedStepRecord(
                    environmentID: workspace.id, service: id.service, number: id.number, name: name,
                    fingerprint: try JSONCoding.text(fingerprint), isComplete: true, ranAt: WallClock.nanoseconds)
            })
    }

    /// The name that `bake` gives the image of a service. It belongs to no registry.
    static func reference(of service: String, key: String) -> String {
        "localhost/baked/\(BakedTag.prefix(of: service)):\(key)"
    }
}
