import Envfile

/// An image that `bake` made of a container: its own image with what the steps of `provision` wrote.
package struct BakedImage: Hashable, Sendable, Codable {
    /// Its name in the store.
    package var reference: String
    /// The digest of its configuration.
    package var imageID: String
    /// The steps that have run in it.
    package var steps: [String: StepFingerprint]

    package init(reference: String, imageID: String, steps: [String: StepFingerprint]) {
        self.reference = reference
        self.imageID = imageID
        self.steps = steps
    }

    /// What a baked image is found by: the same for the same base and the same steps, on every machine.
    ///
    /// - Parameter base: what determines the content and the configuration of the service's image.
    /// - Returns: `nil` where no step leaves something that a later container could begin with.
    package static func key(base: String, steps: [ProvisionStep]) -> String? {
        let kept = steps.filter(\.isBaked)
        guard !kept.isEmpty else { return nil }
        let hash = ConfigurationHash { hasher in
            hasher.combine(base)
            for step in kept { hasher.combine([step.step.name, step.fingerprint.digest]) }
        }
        return "\(hash)"
    }
}

extension ProvisionStep {
    /// Whether what the step did is part of a baked image: what always runs does so there, too.
    package var isBaked: Bool { step.policy == .once || step.policy == .changed }
}
