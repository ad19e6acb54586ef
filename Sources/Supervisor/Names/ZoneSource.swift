internal import Names
internal import SupervisorProtocol
internal import SystemPackage

/// The names of the environment and, in the networks that others use too, those of other environments: as the files have
/// them at the moment of a question.
final class ZoneSource {
    private let own: WatchedFile<Zone>
    /// The files of shared networks, in the order of the networks' names.
    private var shared: [(network: String, path: String, file: WatchedFile<SharedNames>)] = []
    private var index = ZoneIndex(Zone())
    /// How often the names have been others.
    private(set) var revision = 0

    init(_ path: FilePath) {
        own = WatchedFile(path) { try Coding.decode(Zone.self, $0) }
    }

    /// The names as they are now.
    func current() -> ZoneIndex {
        refresh()
        return index
    }

    /// Looks whether the files have changed since the last question.
    func refresh() {
        var isOther = own.refresh()
        let zone = own.value ?? Zone()
        if isOther { watchShared(of: zone) }
        for entry in shared where entry.file.refresh() { isOther = true }
        guard isOther else { return }
        index = ZoneIndex(
            shared.reduce(zone) { zone, entry in
                entry.file.value.map { zone.adding($0, in: entry.network) } ?? zone
            })
        revision += 1
    }

    private func watchShared(of zone: Zone) {
        let known = shared
        shared = zone.networks.compactMapValues(\.sharedNames).sorted { $0.key < $1.key }.map { network, path in
            let file =
                known.first { $0.path == path }?.file
                ?? WatchedFile(FilePath(path)) { try Coding.decode(SharedNames.self, $0) }
            return (network, path, file)
        }
    }
}
