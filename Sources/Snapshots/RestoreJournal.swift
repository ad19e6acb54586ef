package import LinuxSystem
package import SystemPackage
package import Vocabulary

/// What a restore replaces, written down before it does so.
///
/// All that is new lies complete beside the old when the journal gets its name. From then on the restore can only be finished,
/// by this command or by a later one; before that, a killed restore has changed nothing.
package struct RestoreJournal: Codable, Hashable, Sendable {
    /// One name that is exchanged.
    package struct Move: Codable, Hashable, Sendable {
        /// What comes to `target`; `nil` where only the old one goes.
        package var staged: String?
        /// The absolute path of the name.
        package var target: String
        /// Where the old one goes.
        package var trash: String

        package init(staged: String?, target: String, trash: String) {
            self.staged = staged
            self.target = target
            self.trash = trash
        }
    }

    /// The environment that is restored.
    package var environmentID: EnvironmentID
    /// What the user calls the restored snapshot.
    package var name: String
    /// The directory with all that is new and, in the end, all that was old.
    package var work: String
    /// In the order in which the names are exchanged.
    package var moves: [Move] = []
    /// The volumes of the environment's own that need a record.
    package var volumes: [VolumeName] = []
    /// The layers that what is new lies upon.
    package var layers: Set<String> = []
    /// The steps of `provision` that the restored containers have run.
    package var steps: [ContainerSteps] = []

    /// The steps of one container.
    package struct ContainerSteps: Codable, Hashable, Sendable {
        /// The container that has run the steps.
        package var id: ContainerID
        /// In the order of the file.
        package var steps: [SnapshotDocument.Step]

        package init(id: ContainerID, steps: [SnapshotDocument.Step]) {
            self.id = id
            self.steps = steps
        }
    }

    package init(environmentID: EnvironmentID, name: String, work: FilePath) {
        self.environmentID = environmentID
        self.name = name
        self.work = work.string
    }
}

extension RestoreJournal {
    /// The journal in a file; `nil` where there is none.
    package static func read(_ file: FilePath) throws -> RestoreJournal? {
        guard let text = try Files.text(file) else { return nil }
        return try JSONCoding.decode(RestoreJournal.self, from: text)
    }

    /// Makes the restore one that will be finished.
    package func write(to file: FilePath) throws {
        try Files.createDirectory(file.removingLastComponent(), mode: 0o700)
        try Files.write(try JSONCoding.encode(self), to: file, mode: 0o600, isDurable: true)
    }

    /// Takes the old away. It may be repeated: what has been exchanged already stays.
    package func takeOldAway() throws(SystemError) {
        for move in moves {
            let (target, trash) = (FilePath(move.target), FilePath(move.trash))
            if let staged = move.staged, !Files.exists(FilePath(staged)) { continue }
            guard Files.exists(target) else { continue }
            // The old one is away already: what is here now is what a killed command has begun with.
            if Files.exists(trash) {
                try Files.removeTree(target)
            } else {
                try Files.createDirectory(trash.removingLastComponent(), mode: 0o700)
                try Files.rename(target, to: trash)
            }
        }
    }

    /// Puts the new in its place, and makes that durable.
    package func place() throws(SystemError) {
        var parents: Set<FilePath> = []
        for move in moves {
            guard let staged = move.staged, Files.exists(FilePath(staged)) else { continue }
            let target = FilePath(move.target)
            try Files.createDirectory(target.removingLastComponent(), mode: 0o700)
            try Files.rename(FilePath(staged), to: target)
            parents.insert(target.removingLastComponent())
        }
        for parent in parents { try Files.synchronizeDirectory(parent) }
    }
}
