package import Execution
package import Workspaces

/// `volume …`: the volumes of this host, whatever environment they are of.
extension Engine {
    private var volumes: VolumeAdministration { VolumeAdministration(context) }

    /// Every volume with a name, by name.
    package func volumeReports() throws -> [VolumeReport] {
        try volumes.list()
    }

    /// The seeds of this host, the one that was used longest ago first.
    package func seedReports() throws -> [SeedReport] {
        try SeedCatalog(try context.host()).reports()
    }

    /// What is known of each volume, in the order of `names`.
    package func inspectVolumes(_ names: [String]) throws -> [VolumeReport] {
        try volumes.inspect(names)
    }

    /// Makes an empty volume with a name of its own.
    package func createVolume(_ name: String) throws {
        try volumes.create(name)
    }

    /// Removes volumes that no container uses.
    package func removeVolumes(_ names: [String], sink: any EventSink) throws {
        try volumes.remove(names, sink: sink)
    }

    /// The volumes that `volume prune` removes.
    package func unusedVolumes(all: Bool) throws -> [VolumeReport] {
        try volumes.unused(all: all)
    }

    /// Writes the content of a volume as a tar; `-` is standard output.
    package func exportVolume(_ name: String, to path: String) throws {
        try volumes.export(name, to: path)
    }

    /// Fills a new or empty volume from a tar; `-` is standard input.
    package func importVolume(_ path: String, into name: String, sink: any EventSink) throws {
        try volumes.importArchive(path, into: name, sink: sink)
    }

    /// Makes a volume with the content of another.
    package func cloneVolume(_ name: String, as other: String, sink: any EventSink) throws {
        try volumes.clone(name, as: other, sink: sink)
    }
}
