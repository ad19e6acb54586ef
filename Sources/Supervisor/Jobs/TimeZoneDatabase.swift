internal import Glibc
internal import LinuxSystem
package import SupervisorProtocol
package import SystemPackage
package import Vocabulary

/// The time zone database of the host, tzfile(5).
package enum TimeZoneDatabase {
    /// The directory of the files.
    package static var directory: FilePath {
        getenv("TZDIR").map { FilePath(String(cString: $0)) } ?? FilePath(TimeZoneRules.directory)
    }

    /// The rules of a zone; `nil` where the host does not have it.
    ///
    /// - Parameter name: such as `Europe/Paris`; `nil` for the host's own, which is UTC where nothing says another.
    package static func rules(of name: String?) -> TimeZoneRules? {
        if let name { return named(name) }
        if let text = getenv("TZ").map({ String(cString: $0) }), !text.isEmpty {
            return named(text.hasPrefix(":") ? String(text.dropFirst()) : text)
        }
        return read("/etc/localtime") ?? .utc
    }

    private static func named(_ name: String) -> TimeZoneRules? {
        if name == "UTC" { return .utc }
        guard TimeZoneRules.isName(name) else { return nil }
        return read(directory.appending(name))
    }

    private static func read(_ path: FilePath) -> TimeZoneRules? {
        // One that cannot be read is one that is not there.
        guard let bytes = try? Files.read(path) else { return nil }
        return TimeZoneRules(bytes: bytes)
    }
}

extension JobRecords {
    /// What the supervisor has written of the jobs of an environment; `nil` where there never was one.
    ///
    /// - Parameter stateDirectory: the environment's state directory.
    package static func read(stateDirectory: FilePath) -> JobRecords? {
        Coding.record(JobRecords.self, at: stateDirectory.appending("jobs"))
    }
}
