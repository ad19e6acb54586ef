internal import LinuxSystem
internal import SupervisorProtocol
internal import SystemPackage
internal import Vocabulary
package import Workspaces

/// The last run of each job that `trice run` has started; one file for each job in the environment's state directory.
package struct ManualRuns: Sendable {
    private struct Record: Codable {
        var container: String
        var run: JobRun
    }

    private let workspace: Workspace

    package init(_ workspace: Workspace) {
        self.workspace = workspace
    }

    /// A container has begun to run a job.
    package func begin(_ job: String, in container: String) throws {
        try write(Record(container: container, run: JobRun(startedAt: now)), of: job)
    }

    /// It has ended; nothing where another run has begun since.
    package func end(_ job: String, in container: String, code: Int32) throws {
        guard var record = try read(job), record.container == container else { return }
        record.run.endedAt = now
        record.run.code = code
        try write(record, of: job)
    }

    /// The last run of a job; of one in the background what the supervisor tells of its container.
    ///
    /// - Returns: `nil` before the first.
    func last(of job: String, _ statuses: [String: ContainerStatus]) throws -> JobRun? {
        guard let record = try read(job) else { return nil }
        var run = record.run
        guard run.endedAt == nil else { return run }
        let status = statuses["\(record.container)-1"]
        if let status, status.state != .exited { return run }
        // Of a container that was removed no one knows when it ended.
        run.endedAt = status?.endedAt.map { Int64($0 / 1_000_000_000) } ?? run.startedAt
        run.code = status?.code
        return run
    }

    private var now: Int64 { WallClock.nanoseconds / 1_000_000_000 }

    private func file(of job: String) -> FilePath { workspace.stateDirectory.appending("manual-runs").appending(job) }

    private func read(_ job: String) throws -> Record? {
        try Files.text(file(of: job)).map { try JSONCoding.decode(Record.self, from: $0) }
    }

    private func write(_ record: Record, of job: String) throws {
        let file = file(of: job)
        try Files.createDirectory(file.removingLastComponent(), mode: 0o700)
        try Files.write(try JSONCoding.encode(record), to: file, mode: 0o600)
    }
}
