internal import Containers
internal import LinuxSystem
internal import Planning
internal import Store
internal import Supervisor
internal import SupervisorProtocol
internal import SystemPackage
internal import Vocabulary
internal import Watching
internal import Workspaces

/// Waits until something happens to an environment's containers, and tells what.
///
/// The supervisor tells of starts, ends, health and pauses; the file of the records is watched for containers that are
/// made and removed, and the run directory for a supervisor that comes. Nothing is done while nothing happens. Only a
/// supervisor of an earlier release is asked several times a second, and containers that run without one are looked at
/// each second.
final class ContainerWatch {
    /// A record, and what of it needs decoding.
    private struct Known {
        var record: ContainerRecord
        var image: String
    }

    private enum Interval {
        static let none: Int32 = -1
        /// Milliseconds between two questions to a supervisor that does not tell by itself.
        static let untold: Int32 = 200
        /// Milliseconds between two looks where neither a supervisor nor a directory can tell.
        static let unwatched: Int32 = 1000
    }

    /// What the directories have told.
    private struct News {
        var hasRecords = false
        var hasPlace = false
    }

    private static let filesToken: UInt64 = 0
    private static let feedToken: UInt64 = 1

    private let context: CommandContext
    private let id: EnvironmentID
    private let services: [String]
    private var files: FileEvents
    private var poll: EventPoll
    /// The watched directories by their numbers.
    private var directories: [Int32: FilePath] = [:]
    private var feed: StateFeed?
    private var interval = Interval.none
    private var containers: [String: Known] = [:]
    private var statuses: [String: ContainerStatus] = [:]
    private var before: [String: ContainerSight] = [:]

    /// - Parameter services: services or containers; all when none is named.
    init(_ id: EnvironmentID, services: [String], _ context: CommandContext) throws {
        self.id = id
        self.services = services
        self.context = context
        files = try FileEvents()
        poll = try EventPoll()
        try poll.add(files.descriptor.rawValue, .readable, token: Self.filesToken)
        // What is there already is not told.
        _ = try look()
    }

    /// Waits for what happens next.
    func next() throws -> [ContainerEvent] {
        let isDue = try poll.wait(milliseconds: interval).isEmpty && interval != Interval.none
        let news = try readFiles()
        guard let feed else { return isDue || news.hasRecords || news.hasPlace ? try look() : [] }
        guard news.hasRecords else { return try follow(feed) }
        let newer = try readRecords()
        // What was told of containers that are no more; all else is in the look.
        let late = try feed.look().flatMap { arrival -> [ContainerEvent] in
            guard case .changes(let changes) = arrival else { return [] }
            return changes.flatMap { status in
                let isLater = newer[status.name].map { $0.record.createdAt != createdAt(status.name) } ?? false
                return isLater && Self.isOf(newer[status.name]?.record, status) ? [] : apply(status)
            }
        }
        return late + (try look())
    }

    private func createdAt(_ name: String) -> Int64? { containers[name]?.record.createdAt }

    /// Whether the state is of the container of this record, and not of an earlier one of its name.
    private static func isOf(_ record: ContainerRecord?, _ status: ContainerStatus) -> Bool {
        guard let record else { return false }
        return status.startedAt.map { Int64(clamping: $0) >= record.createdAt } ?? true
    }
}

// MARK: - Looks

extension ContainerWatch {
    /// Looks at everything anew.
    private func look() throws -> [ContainerEvent] {
        watchDirectories()
        containers = try readRecords()
        feed = nil
        interval = Interval.none
        let workspace = Workspace(id: id, host: try context.host())
        let found = try connect(workspace)
        statuses = Dictionary(found.map { ($0.name, $0) }) { $1 }
        return compare(Set(containers.keys).union(before.keys))
    }

    private func readRecords() throws -> [String: Known] {
        let records = try Workspace(id: id, host: try context.host()).records().containers
        let known = try records.map { record in
            let name = "\(ContainerID(record))"
            let former = containers[name].flatMap { $0.record.createdAt == record.createdAt ? $0.image : nil }
            return (name, Known(record: record, image: try former ?? record.decodedFingerprint().image))
        }
        return Dictionary(known) { $1 }
    }

    /// What the supervisor says, which tells from now on where it can.
    private func connect(_ workspace: Workspace) throws -> [ContainerStatus] {
        guard Files.exists(workspace.runDirectory) else {
            // It is made in one of those that are watched.
            interval = directories.isEmpty ? Interval.unwatched : Interval.none
            return []
        }
        guard let supervisor = try workspace.runningSupervisor() else {
            let left = try LeftContainers(runDirectory: workspace.runDirectory, logs: workspace.logs).statuses()
            let isWatched = directories.values.contains(workspace.runDirectory)
            if !isWatched || left.contains(where: { $0.state != .exited }) { interval = Interval.unwatched }
            return left
        }
        guard supervisor.features.contains(.states) else {
            interval = Interval.untold
            return try supervisor.status()
        }
        do {
            let feed = try supervisor.follow()
            try poll.add(feed.descriptor, .readable, token: Self.feedToken)
            self.feed = feed
            return feed.first
        } catch let error as SupervisorError where error.code == .unreachable {
            interval = Interval.untold
            return []
        }
    }

    /// What the supervisor has told since.
    private func follow(_ feed: StateFeed) throws -> [ContainerEvent] {
        var events: [ContainerEvent] = []
        for arrival in try feed.look() {
            switch arrival {
            case .changes(let changes): events += changes.flatMap(apply)
            case .end: events += try look()
            }
        }
        return events
    }

    private func apply(_ status: ContainerStatus) -> [ContainerEvent] {
        statuses[status.name] = status
        return compare([status.name])
    }

    /// What leads from the last look at these containers to the present one.
    private func compare(_ names: some Collection<String>) -> [ContainerEvent] {
        var (old, new): ([String: ContainerSight], [String: ContainerSight]) = ([:], [:])
        for name in names {
            old[name] = before[name]
            new[name] = sight(of: name)
            before[name] = new[name]
        }
        return ContainerEvent.events(from: old, to: new)
    }

    private func sight(of name: String) -> ContainerSight? {
        guard let known = containers[name] else { return nil }
        let (record, service) = (known.record, "\(known.record.service)")
        // A service that has no container yet may get one.
        guard services.isEmpty || services.contains(service) || services.contains(name) else { return nil }
        let status = statuses[name].flatMap { Self.isOf(record, $0) ? $0 : nil }
        return ContainerSight(
            container: name, service: service, image: known.image, createdAt: record.createdAt,
            phase: status.map { $0.state == .exited ? .exited : .running } ?? .created, pid: status?.pid,
            startedAt: status?.startedAt, endedAt: status?.endedAt, exitCode: status?.code,
            restarts: status?.restarts?.count ?? 0,
            isPaused: status?.state == .running && status?.pid.map(Freezer.isFrozen) == true,
            health: status?.health?.state)
    }
}

// MARK: - Directories

extension ContainerWatch {
    /// Watches the run directories that there are.
    private func watchDirectories() {
        let layout = context.layout
        for directory in [layout.run, layout.environments, layout.environmentRun(id)] {
            // One that is not there is made in the one before it, which tells that.
            guard let number = try? files.add(directory.string, followingLink: true) else { continue }
            directories[number] = directory
        }
    }

    private func readFiles() throws -> News {
        let layout = context.layout
        // Readers make and remove this file as well, but only writers write into it.
        let log = (layout.runtimeDatabase.lastComponent?.string ?? "") + "-wal"
        var news = News()
        while true {
            let events = try files.read()
            if events.isEmpty { return news }
            for event in events {
                let directory = directories[event.watch]
                if event.isOverflow {
                    news = News(hasRecords: true, hasPlace: true)
                } else if event.isEnd {
                    directories[event.watch] = nil
                    news.hasPlace = true
                } else if directory == layout.run {
                    if event.isWrite, event.name == log { news.hasRecords = true }
                    if event.name == layout.environments.lastComponent?.string { news.hasPlace = true }
                } else if directory == layout.environments {
                    if event.name == id.text { news.hasPlace = true }
                } else {
                    // The supervisor's socket, above all.
                    news.hasPlace = true
                }
            }
        }
    }
}
