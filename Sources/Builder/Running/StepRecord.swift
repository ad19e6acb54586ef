internal import Containers
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// The data for killing the processes of a step whose builder has died; it is in the step's memory file system, so that
/// it is removed with it.
struct StepRecord: Sendable, Hashable {
    private static let fileName = "record"

    /// The runtime's process with the time of its start, which distinguishes it from a later process with the same
    /// number.
    struct RuntimeProcess: Sendable, Hashable {
        var pid: Int32
        var startTime: UInt64
    }

    var id: String
    var cgroup: String
    var runtime: RecordedRuntime
    /// `nil` until it runs.
    var process: RuntimeProcess?

    init(id: String, cgroup: String, runtime: any OCIRuntime) {
        self.id = id
        self.cgroup = cgroup
        self.runtime = RecordedRuntime(
            program: runtime.program, root: runtime.root, globalArguments: runtime.globalArguments)
    }

    /// One field a line: none of them holds a line feed.
    func write(to step: FilePath) throws(SystemError) {
        let pid = process.map { "\($0.pid) \($0.startTime)" } ?? ""
        let fields = [id, cgroup, pid, runtime.program, runtime.root.string] + runtime.globalArguments
        let text = fields.map { $0 + "\n" }.joined()
        try Files.write(text.utf8, to: step.appending("memory").appending(Self.fileName), mode: 0o600)
    }

    /// `nil` when there is no record, or an incomplete one.
    static func read(from step: FilePath) throws(SystemError) -> StepRecord? {
        guard let text = try Files.text(step.appending("memory").appending(fileName)) else { return nil }
        let fields = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
        guard fields.count >= 5 else { return nil }
        var record = StepRecord(
            id: fields[0], cgroup: fields[1],
            runtime: RecordedRuntime(
                program: fields[3], root: FilePath(fields[4]), globalArguments: Array(fields[5...])))
        let numbers = fields[2].split(separator: " ")
        if numbers.count == 2, let pid = Int32(numbers[0]), let start = UInt64(numbers[1]) {
            record.process = RuntimeProcess(pid: pid, startTime: start)
        }
        return record
    }

    /// Kills the runtime, the container and the other processes of the cgroup.
    func endProcesses() throws {
        if let process {
            // A process that has ended needs no kill.
            let handle = try? ProcessDescriptor(pid: process.pid)
            if let handle, ProcessFacts.startTime(of: process.pid) == process.startTime {
                try handle.send(signal: SIGKILL)
                _ = try handle.waitForEnd(milliseconds: 1000)
            }
        }
        try runtime.delete(id, force: true)
        try StepCgroup(path: cgroup).remove()
    }
}

/// The runtime that a step was started with.
struct RecordedRuntime: OCIRuntime, Hashable {
    let program: String
    let root: FilePath
    let globalArguments: [String]
}
