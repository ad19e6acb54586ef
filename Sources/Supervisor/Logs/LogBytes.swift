internal import LinuxSystem
package import SupervisorProtocol
internal import SystemPackage

/// Reads both outputs of one container as bytes, from their beginning on and in the order in which they came; it needs
/// no supervisor.
///
/// Unlike `LogReader` it cuts nothing into lines, and it is for a log that is not rotated.
package struct LogBytes {
    /// A part of one output; never empty.
    package struct Part: Sendable {
        package var stream: LogStream
        package var bytes: [UInt8]
    }

    private var outputs: [LogOutput]
    private let watch: LogWatch

    /// - Throws: `SupervisorError` of code `system`. A container without a log is not an error.
    package init(directory: LogDirectory, container: String) throws(SupervisorError) {
        outputs = LogStream.allCases.map { LogOutput($0, of: container, in: directory) }
        do throws(SystemError) {
            try Files.createDirectory(directory.path, mode: 0o700)
            // Watched before anything is read, so that nothing is missed in between.
            watch = try LogWatch(directory.path)
        } catch {
            throw SupervisorError(.system, "Could not open the logs in `\(directory.path)`.", cause: error)
        }
    }

    /// The next part; `nil` when there is none now.
    package mutating func next() throws(SupervisorError) -> Part? {
        try reading { outputs throws(SystemError) in
            guard var first = try Self.earliest(&outputs) else { return nil }
            // One that had nothing may have got something before that came which was found in the other.
            first = try Self.earliest(&outputs) ?? first
            return try outputs[first.index].part(until: first.end)
        }
    }

    /// What came without a note of its time, as on a full disk; for when nothing more will be written.
    package mutating func rest() throws(SupervisorError) -> Part? {
        try reading { outputs throws(SystemError) in
            for index in outputs.indices {
                if let part = try outputs[index].part(until: .max) { return part }
            }
            return nil
        }
    }

    /// Waits until something was written, or one of the descriptors is readable. It may wake without need.
    package func waitForMore(or others: [Int32]) throws(SupervisorError) {
        do throws(SystemError) {
            _ = try watch.wait(milliseconds: -1, or: others)
        } catch {
            throw SupervisorError(.system, "Could not wait for the logs.", cause: error)
        }
    }

    private mutating func reading(
        _ body: (inout [LogOutput]) throws(SystemError) -> Part?
    ) throws(SupervisorError) -> Part? {
        do throws(SystemError) {
            return try body(&outputs)
        } catch {
            throw SupervisorError(.system, "Could not read the logs.", cause: error)
        }
    }

    /// Which output goes on, and to which of its bytes.
    private static func earliest(
        _ outputs: inout [LogOutput]
    ) throws(SystemError) -> (index: Int, end: UInt64)? {
        var found: (index: Int, record: LogIndex.Record)?
        for index in outputs.indices {
            guard let record = try outputs[index].nextRecord() else { continue }
            if record.time < found?.record.time ?? .max { found = (index, record) }
        }
        return found.map { ($0.index, $0.record.end) }
    }
}

/// How far one output has been read.
private struct LogOutput {
    private let stream: LogStream
    private let log: FilePath
    private let index: FilePath
    private var logFile: SharedDescriptor?
    private var indexFile: SharedDescriptor?
    /// The number of bytes that have been read.
    private var offset: UInt64 = 0
    private var indexOffset: UInt64 = 0
    private var records: ArraySlice<LogIndex.Record> = []

    private static let chunk: UInt64 = 65536

    init(_ stream: LogStream, of container: String, in directory: LogDirectory) {
        self.stream = stream
        log = directory.file(container, stream)
        index = directory.index(container, stream)
    }

    /// What comes next; `nil` when there is nothing now.
    mutating func nextRecord() throws(SystemError) -> LogIndex.Record? {
        while true {
            while let record = records.first {
                if record.end > offset { return record }
                records.removeFirst()
            }
            if indexFile == nil { indexFile = try Self.open(index) }
            guard let indexFile else { return nil }
            let bytes = try indexFile.descriptor.read(at: indexOffset, atMost: 1024 * LogIndex.recordSize)
            records = LogIndex.records(in: bytes)[...]
            if records.isEmpty { return nil }
            indexOffset += UInt64(records.count * LogIndex.recordSize)
        }
    }

    /// Some of the bytes before `end` that have not been read.
    mutating func part(until end: UInt64) throws(SystemError) -> LogBytes.Part? {
        if logFile == nil { logFile = try Self.open(log) }
        guard let logFile else { return nil }
        let bytes = try logFile.descriptor.read(at: offset, atMost: Int(min(end - offset, Self.chunk)))
        offset += UInt64(bytes.count)
        return bytes.isEmpty ? nil : LogBytes.Part(stream: stream, bytes: bytes)
    }

    private static func open(_ path: FilePath) throws(SystemError) -> SharedDescriptor? {
        do throws(SystemError) {
            return SharedDescriptor(try OwnedDescriptor.open(path))
        } catch  where error.errno == .noSuchFileOrDirectory {
            return nil
        }
    }
}
