internal import LinuxSystem
package import SupervisorProtocol
internal import SystemPackage

/// A line of a container's output.
package struct LogLine: Sendable, Hashable {
    package var container: String
    package var stream: LogStream
    /// When its end came, in nanoseconds since the epoch.
    package var time: UInt64
    /// The bytes without the line end, in whatever encoding the container wrote.
    package var bytes: [UInt8]
    /// Whether the line has no end yet, or is a piece of one that is longer than `LogReader.lineLimit`.
    package var isPartial: Bool

    /// The bytes as text; what is not UTF-8 becomes U+FFFD.
    package var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// Reads the logs of one or several containers as lines in the order of time; it needs no supervisor.
///
/// ```swift
/// var reader = try LogReader(directory: logs, containers: ["web", "db"], tail: 100)
/// while true {
///     let lines = try reader.next()
///     if lines.isEmpty { _ = try reader.waitForMore() } else { show(lines) }
/// }
/// ```
package struct LogReader {
    /// Longer lines come in pieces, in bytes.
    package static let lineLimit = 65536

    private let directory: LogDirectory
    private let streams: [LogStream]
    private var cursors: [LogCursor]
    private let watch: LogWatch
    private var tailed: [LogLine]

    /// - Parameters:
    ///   - directory: where the logs are; it is created when missing.
    ///   - tail: how many of the last lines of each container to begin with; `nil` begins at the start.
    ///   - since: leaves out what came before, in nanoseconds since the epoch.
    /// - Throws: `SupervisorError` of code `system`. A container without a log is not an error.
    package init(
        directory: LogDirectory, containers: [String], streams: [LogStream] = LogStream.allCases, tail: Int? = nil,
        since: UInt64 = 0
    ) throws(SupervisorError) {
        do throws(SystemError) {
            try Files.createDirectory(directory.path, mode: 0o700)
            // Watched before anything is read, so that nothing is missed in between.
            watch = try LogWatch(directory.path)
            self.directory = directory
            self.streams = streams
            var cursors: [LogCursor] = []
            for container in containers {
                for stream in streams {
                    cursors.append(
                        LogCursor(
                            container: container, stream: stream, directory: directory, since: since))
                }
            }
            var tailed: [LogLine] = []
            if let tail {
                for container in containers { tailed += try Self.tail(tail, of: container, in: &cursors) }
                tailed.sort { $0.time < $1.time }
            }
            self.cursors = cursors
            self.tailed = tailed
        } catch {
            throw SupervisorError(.system, "Could not open the logs in \(directory.path)", cause: error)
        }
    }

    /// The next lines in the order of time, at most about `limit`; empty when there is none now.
    package mutating func next(limit: Int = 256) throws(SupervisorError) -> [LogLine] {
        if !tailed.isEmpty {
            defer { tailed = [] }
            return tailed
        }
        do throws(SystemError) {
            return try Self.merge(&cursors, limit: limit)
        } catch {
            throw SupervisorError(.system, "Could not read the logs", cause: error)
        }
    }

    /// What is there of last lines that have no end; call it when nothing more will come.
    package mutating func finish() -> [LogLine] {
        var lines: [LogLine] = []
        for index in cursors.indices {
            if let line = cursors[index].finish() { lines.append(line) }
        }
        return lines.sorted { $0.time < $1.time }
    }

    /// Reads these containers from now on: new ones from the start of their logs. What was written by others is dropped.
    ///
    /// The directory may have been removed and made again meanwhile.
    package mutating func follow(_ containers: [String]) throws(SupervisorError) {
        cursors.removeAll { !containers.contains($0.container) }
        for container in containers where !cursors.contains(where: { $0.container == container }) {
            for stream in streams {
                cursors.append(
                    LogCursor(
                        container: container, stream: stream, directory: directory, since: 0))
            }
        }
        do throws(SystemError) {
            try watch.add(directory.path)
        } catch  where error.errno == .noSuchFileOrDirectory {
            // Nothing is up at present.
            return
        } catch {
            throw SupervisorError(.system, "Could not watch the logs in `\(directory.path)`.", cause: error)
        }
    }

    /// Whether a line has begun whose end has not come.
    package var hasOpenLine: Bool { cursors.contains { $0.openLineTime != nil } }

    /// Waits until something was written; `false` after `milliseconds` (-1: no limit). It may wake without need.
    package func waitForMore(milliseconds: Int32 = -1) throws(SupervisorError) -> Bool {
        do throws(SystemError) {
            return try watch.wait(milliseconds: milliseconds)
        } catch {
            throw SupervisorError(.system, "Could not wait for the logs", cause: error)
        }
    }

    /// Takes lines from whichever cursor has the earliest, as long as every cursor can say what its next one is.
    private static func merge(_ cursors: inout [LogCursor], limit: Int) throws(SystemError) -> [LogLine] {
        var lines: [LogLine] = []
        // Those that had nothing when they were asked: asking costs several system calls.
        var idle: Set<Int> = []
        while lines.count < limit {
            var hasRead = false
            for index in cursors.indices where !cursors[index].hasLine && !idle.contains(index) {
                if try cursors[index].nextTime() == nil { idle.insert(index) } else { hasRead = true }
            }
            if hasRead, !idle.isEmpty {
                // What they have by now may be older than what was read.
                idle = []
                continue
            }
            var earliest: (index: Int, time: UInt64)?
            for index in cursors.indices where cursors[index].hasLine {
                guard let time = try cursors[index].nextTime() else { continue }
                if time < earliest?.time ?? UInt64.max { earliest = (index, time) }
            }
            guard let earliest else { break }
            lines.append(cursors[earliest.index].take())
        }
        return lines
    }

    private static func tail(
        _ count: Int, of container: String, in cursors: inout [LogCursor]
    ) throws(SystemError) -> [LogLine] {
        let own = cursors.indices.filter { cursors[$0].container == container }
        for index in own { try cursors[index].skip(toLast: count) }
        var selected = own.map { cursors[$0] }
        var lines: [LogLine] = []
        while true {
            let batch = try merge(&selected, limit: 256)
            if batch.isEmpty { break }
            lines = Array((lines + batch).suffix(max(0, count)))
        }
        // A line without its end is one of the last, and comes when its end does, or with `finish`.
        var open = selected.indices.filter { selected[$0].openLineTime != nil }
            .sorted { selected[$0].openLineTime ?? 0 < selected[$1].openLineTime ?? 0 }
        while open.count > max(0, count) { selected[open.removeFirst()].finish() }
        lines = Array(lines.suffix(max(0, count - open.count)))
        for (index, cursor) in zip(own, selected) { cursors[index] = cursor }
        return lines
    }
}
