import Envfile

/// Volumes: created when a desired service mounts them; removed only when nothing is desired and the request includes
/// volumes.
extension Reconciliation {
    mutating func makeVolumes() {
        let used = Set(desired.workloads.flatMap(\.volumeNames)).subtracting(observed.volumes)
        for volume in desired.environment?.volumes ?? [] where used.contains(volume.name) {
            volumeCreations[volume.name] = builder.add(
                .createVolume(volume), cause: seed(for: volume.name) == nil ? Self.isMissing : Self.fromSeed,
                dependsOn: images.values)
        }
        placeSeeds()
    }

    private static let isMissing = "does not exist"
    private static let fromSeed = "does not exist: from a seed"

    mutating func removeVolumes() {
        guard desired.environment == nil else { return }
        for name in observed.volumes.sorted() {
            if options.removesVolumes {
                _ = builder.add(
                    .removeVolume(name: name), cause: Self.goesDown, follows: removes.values)
            } else {
                builder.notes.append("volume \(name) is kept")
            }
        }
    }
}
