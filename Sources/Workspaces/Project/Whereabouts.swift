internal import Envfile
internal import Glibc
internal import LinuxSystem
package import Store
package import SystemPackage
package import Vocabulary

/// Where an environment may be that a user expects to be up, when nothing is up under the ID of the directory.
package enum Whereabouts: Hashable, Sendable {
    /// It is up, but the supervisor belongs to another user, or uses other directories of Trice.
    case supervised(ForeignSupervisor, EnvironmentID)
    /// An environment of the same name is up from a directory that is gone: it was moved or removed.
    case formerDirectory(String, EnvironmentID)

    /// One sentence, and how to reach it.
    package var message: String {
        switch self {
        case .supervised(let supervisor, let id):
            if supervisor.isOwn {
                return "`\(id)` is up with another run directory, \(supervisor.runDirectory). Set TRICE_RUN_DIRECTORY "
                    + "and TRICE_STATE_DIRECTORY as they were for its `trice up`."
            }
            if OutsideHost.isAway {
                return "`\(id)` is up, but root or another user brought it up. Root reaches it: sudo trice status"
            }
            return supervisor.userID == 0
                ? "`\(id)` is up, but root brought it up. Reach it with sudo, such as: sudo trice status"
                : "`\(id)` is up, but the user with the ID \(supervisor.userID) brought it up. Only that user and root "
                    + "can reach it."
        case .formerDirectory(let directory, let id):
            return "An environment of this name is up from \(directory), which is not there any more. Reach it with "
                + "`-p \(id)`, such as: trice -p \(id) down"
        }
    }
}

/// The supervisor of an environment that this user's directories do not know.
package struct ForeignSupervisor: Hashable, Sendable {
    package let processID: Int32
    package let userID: UInt32
    /// Whether it belongs to the user of this process.
    package let isOwn: Bool
    package let runDirectory: String

    /// Looks for it by the command lines of all processes, which every user may read (proc_pid_cmdline(5)).
    static func find(_ id: EnvironmentID, outside runDirectory: FilePath) -> ForeignSupervisor? {
        // Without /proc nothing can be found.
        let processes = ((try? Files.names(in: "/proc")) ?? []).compactMap { Int32($0) }
        for process in processes {
            // The process may have ended since.
            guard let line = (try? Files.text(FilePath("/proc/\(process)/cmdline"))) ?? nil else { continue }
            let arguments = line.split(separator: "\0").map { FilePath(String($0)) }
            guard arguments.count > 2, arguments[0].lastComponent == "trice", arguments[1] == "supervise",
                arguments[2].lastComponent?.string == id.text, arguments[2] != runDirectory,
                let owner = (try? Files.status(FilePath("/proc/\(process)")))?.owner
            else { continue }
            return ForeignSupervisor(
                processID: process, userID: owner, isOwn: owner == geteuid(), runDirectory: arguments[2].string)
        }
        return nil
    }
}

extension Workspace {
    /// Where else the environment may be; empty while it has records here.
    /// - Parameter name: the project's name; `nil` where its file cannot be read.
    package func whereabouts(projectName name: String?) throws -> [Whereabouts] {
        let up = Set(try host.runtime.environmentIDs())
        guard !up.contains(id) else { return [] }
        var found: [Whereabouts] = []
        if let supervisor = ForeignSupervisor.find(id, outside: runDirectory) {
            found.append(.supervised(supervisor, id))
        }
        for record in try host.durable.environments() where record.name == name && up.contains(record.id) {
            if !Files.exists(FilePath(record.directory)) { found.append(.formerDirectory(record.directory, record.id)) }
        }
        return found
    }
}

extension EnvironmentRecord {
    /// Whether the directory that the environment was brought up from is the one that has this path now.
    package func isMoved(to path: FilePath) -> Bool {
        guard let identity = directoryIdentity, identity == Files.identity(path) else { return false }
        return directory == path.string || !Files.exists(FilePath(directory))
    }

    /// Whether it is the environment of a project with this name in a directory that was moved to this path.
    ///
    /// Another name in one directory is another project, such as a second file for tests.
    package func isFormer(of project: String, in path: FilePath) -> Bool {
        guard isMoved(to: path) else { return false }
        if name == project { return true }
        // A project without a name has that of its directory, which a move may change.
        return directory != path.string && ProjectName.ofDirectory(directory) == name
            && ProjectName.ofDirectory(path.string) == project
    }
}
