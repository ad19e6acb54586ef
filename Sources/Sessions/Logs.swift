internal import LinuxSystem
internal import Planning
internal import Store
internal import Supervisor
package import Workspaces

internal import struct Vocabulary.ContainerID

extension ContainerSessions {
    /// The lines that the services wrote.
    package func logs(_ identity: EnvironmentTarget, services: [String], tail: Int?) throws -> LogStream {
        let workspace = Workspace(id: identity.id, host: try host())
        let records = try workspace.records()
        var names: [String] = []
        for service in services { names.append("\(ContainerID(try records.container(named: service, of: identity)))") }
        if services.isEmpty { names = records.containers.map { "\(ContainerID($0))" } }
        // The one that is gone comes back, or what it should write would wait in the pipes.
        if !records.containers.isEmpty { _ = try workspace.supervisor() }
        return try LogStream(directory: workspace.logs, names: names, tail: tail)
    }
}

/// The lines of several containers, merged by time.
package final class LogStream {
    package struct Line: Sendable {
        package var container: String
        package var isError: Bool
        /// Since 1970-01-01 00:00 UTC.
        package var nanoseconds: UInt64
        package var bytes: [UInt8]
    }

    package let names: [String]
    private var reader: LogReader

    init(directory: LogDirectory, names: [String], tail: Int?) throws {
        self.names = names
        reader = try LogReader(directory: directory, containers: names, tail: tail)
    }

    /// Some of the next lines; none when all that there is has been read.
    package func next() throws -> [Line] {
        try reader.next().map(Line.init)
    }

    /// What has no line end yet; for when nothing more will be read.
    package func finish() -> [Line] {
        reader.finish().map(Line.init)
    }

    /// Waits until something was written.
    package func waitForMore() throws -> Bool {
        try reader.waitForMore()
    }
}

extension LogStream.Line {
    fileprivate init(_ line: LogLine) {
        self.init(
            container: line.container, isError: line.stream == .stderr, nanoseconds: line.time, bytes: line.bytes)
    }
}
