internal import Envfile
internal import LinuxSystem
internal import Planning
internal import Store
internal import Supervisor
internal import Vocabulary
package import Workspaces

/// Which lines `logs` shows.
package struct LogRequest: Sendable {
    /// Empty for all.
    package var services: [String]
    /// Which of each service's containers; `nil` for all of them.
    package var index: Int?
    /// How many of the last lines of each container; `nil` for all.
    package var tail: Int?
    /// In nanoseconds since the epoch; earlier lines are left out.
    package var since: UInt64
    /// In nanoseconds since the epoch; later lines are left out.
    package var until: UInt64

    package init(
        services: [String] = [], index: Int? = nil, tail: Int? = nil, since: UInt64 = 0, until: UInt64 = .max
    ) {
        self.services = services
        self.index = index
        self.tail = tail
        self.since = since
        self.until = until
    }
}

extension ContainerSessions {
    /// The lines that the services wrote.
    package func logs(_ identity: EnvironmentTarget, _ request: LogRequest) throws -> LogStream {
        let (services, index) = (request.services, request.index)
        let workspace = Workspace(id: identity.id, host: try host())
        let records = try workspace.records()
        var names: [String] = []
        // The container of a job is the one of its schedule; what a user has run by hand belongs to the job too.
        let jobs = Set(identity.project?.environment.jobs.map(\.name.rawValue) ?? [])
        for service in services {
            if index == nil, jobs.contains(service) {
                let runs = records.containers.filter { $0.service.rawValue == service } + records.oneOffs(of: service)
                names += runs.map { "\(ContainerID($0))" }
                if !runs.isEmpty { continue }
            }
            let found = try records.container(named: service, index: index, of: identity)
            let isOne = index != nil || found.service.rawValue != service
            let all = isOne ? [found] : records.containers.filter { $0.service == found.service }
            names += all.map { "\(ContainerID($0))" }
        }
        if services.isEmpty { names = records.containers.map { "\(ContainerID($0))" } }
        // The one that is gone comes back, or what it should write would wait in the pipes.
        if !records.containers.isEmpty { _ = try workspace.supervisor() }
        return try LogStream(directory: workspace.logs, names: names, request) {
            let containers = try workspace.records().containers
            let wanted =
                services.isEmpty
                ? containers
                : containers.filter { record in
                    (index == nil || index == record.number)
                        && services.contains { name in
                            name == record.service.rawValue || name == "\(ContainerID(record))"
                                || jobs.contains(name)
                                    && record.service.rawValue.hasPrefix(
                                        Service.runPrefix(of: ServiceName(unchecked: name)))
                        }
                }
            return wanted.map { "\(ContainerID($0))" }
        }
    }
}

/// The lines of several containers, merged by time.
package final class LogStream {
    /// One line of a container's log.
    package struct Line: Sendable {
        package var container: String
        package var isError: Bool
        /// Since 1970-01-01 00:00 UTC.
        package var nanoseconds: UInt64
        package var bytes: [UInt8]
        /// Whether the rest of the line is to follow, or the line has no end yet.
        package var isPartial: Bool
    }

    /// The containers; `waitForMore` follows those that come and go.
    package private(set) var names: [String]
    /// Milliseconds until the beginning of a line is shown whose end does not come.
    var openLineDelay: Int32 = 200
    private var reader: LogReader
    /// The containers that there are now.
    private let current: () throws -> [String]
    private let until: UInt64
    /// When it was last asked which containers there are; `nil` where those of the beginning are shown alone.
    private var asked: ContinuousClock.Instant?
    /// How often that is asked, also while there is always something to show.
    private static let interval = Duration.milliseconds(500)

    init(
        directory: LogDirectory, names: [String], _ request: LogRequest, current: @escaping () throws -> [String]
    ) throws {
        self.names = names
        self.current = current
        until = request.until
        reader = try LogReader(directory: directory, containers: names, tail: request.tail, since: request.since)
    }

    /// Some of the next lines; none when all that there is has been read.
    package func next() throws -> [Line] {
        if let asked, .now - asked >= Self.interval { _ = try followCurrent() }
        while true {
            let lines = try reader.next()
            let shown = lines.filter { $0.time <= until }
            if lines.isEmpty || !shown.isEmpty { return shown.map(Line.init) }
        }
    }

    /// What has no line end yet; for when nothing more will be read.
    package func finish() -> [Line] {
        reader.finish().filter { $0.time <= until }.map(Line.init)
    }

    /// Waits until something may have been written; `false` when the containers are gone and nothing more will come.
    ///
    /// - Parameter open: called with the beginning of lines whose end does not come, such as a prompt.
    package func waitForMore(_ open: ([Line]) -> Void) throws -> Bool {
        guard UInt64(WallClock.nanoseconds) <= until else { return false }
        asked = asked ?? .now
        if try reader.waitForMore(milliseconds: reader.hasOpenLine ? openLineDelay : 500) { return true }
        if reader.hasOpenLine { open(finish()) }
        return try followCurrent()
    }

    /// Follows the containers that exist now; `false` when no container does.
    private func followCurrent() throws -> Bool {
        asked = .now
        let found = try current()
        guard !found.isEmpty else { return false }
        names = found
        try reader.follow(found)
        return true
    }
}

extension LogStream.Line {
    fileprivate init(_ line: LogLine) {
        self.init(
            container: line.container, isError: line.stream == .stderr, nanoseconds: line.time, bytes: line.bytes,
            isPartial: line.isPartial)
    }
}
