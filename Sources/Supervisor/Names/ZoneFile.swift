internal import LinuxSystem
package import Names
internal import SupervisorProtocol
package import SystemPackage

/// The file in which the names of an environment are written down: the supervisor answers by what it says at the moment
/// of a question, and so does the next supervisor.
package enum ZoneFile {
    static func path(in runDirectory: FilePath) -> FilePath { RunDirectory(path: runDirectory).names }

    /// Replaces the names of the environment.
    package static func write(_ zone: Zone, in runDirectory: FilePath) throws {
        try Files.write(try Coding.encode(zone), to: path(in: runDirectory), mode: 0o600)
    }

    /// Replaces the names of all environments in a network.
    package static func write(_ names: SharedNames, to path: FilePath) throws {
        try Files.write(try Coding.encode(names), to: path, mode: 0o600)
    }

    /// The names of the environment; `nil` where there are none.
    package static func read(in runDirectory: FilePath) throws -> Zone? {
        guard Files.exists(path(in: runDirectory)) else { return nil }
        return try Coding.decode(Zone.self, try Files.read(path(in: runDirectory)))
    }
}
