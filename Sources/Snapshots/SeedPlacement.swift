package import LinuxSystem
package import SystemPackage

/// The volumes of one environment that are filled from a seed: all of them or none, whatever happens meanwhile.
///
/// All that is new lies complete in `.seeding`; then that directory gets the name `.seeded`, and from then on its entries are only
/// renamed to their places, by this command or by the next one.
package struct SeedPlacement {
    /// The directory of the environment's volumes.
    private let directory: FilePath

    package init(volumesIn directory: FilePath) {
        self.directory = directory
    }

    private var staging: FilePath { directory.appending(".seeding") }
    /// What is complete and not in its place yet.
    package var staged: FilePath { directory.appending(".seeded") }

    /// Fills volumes that are there and empty.
    ///
    /// - Parameter prepare: makes the content of all volumes below a directory, each by its name.
    package func place(_ prepare: (FilePath) throws -> Void) throws {
        try finish()
        try Files.createDirectory(staging, mode: 0o700)
        do {
            try prepare(staging)
        } catch {
            // The failure that is thrown says more than that of the clean-up, which the next command repeats.
            try? Files.removeTree(staging)
            throw error
        }
        try Files.rename(staging, to: staged)
        try finish()
    }

    /// Finishes or undoes what a killed command has begun.
    package func finish() throws(SystemError) {
        if Files.exists(staging) { try Files.removeTree(staging) }
        guard Files.exists(staged) else { return }
        for name in try Files.names(in: staged) {
            do throws(SystemError) {
                try Files.rename(staged.appending(name), to: directory.appending(name))
            } catch  where error.errno == .directoryNotEmpty || error.errno == .fileExists {
                // A container has written into the volume: its content stays.
                continue
            }
        }
        try Files.removeTree(staged)
    }
}
