internal import LinuxSystem
internal import SystemPackage

/// What the processes of one control group have used until now, but for the time of processors, which `processorTime(of:)`
/// tells; cgroup-v2.rst, cgroup-v1 of the kernel.
package struct CgroupUsage: Sendable, Hashable {
    /// Bytes, the cache of files included.
    package var memory: UInt64?
    /// Bytes; `nil` without a limit.
    package var memoryLimit: UInt64?
    /// The number of processes and threads.
    package var processes: UInt64?
    /// Bytes.
    package var read: UInt64?
    /// Bytes written to disks.
    package var written: UInt64?

    /// The usage of the groups; what no hierarchy tells is `nil`.
    package init(of groups: ControlGroups) {
        if let directory = groups.unified { readVersion2(directory) }
        for (controller, directory) in groups.controllers { readVersion1(controller, directory) }
    }

    private mutating func readVersion2(_ directory: String) {
        memory = Self.number("\(directory)/memory.current") ?? memory
        memoryLimit = Self.number("\(directory)/memory.max") ?? memoryLimit
        processes = Self.number("\(directory)/pids.current") ?? processes
        guard let text = Self.text("\(directory)/io.stat") else { return }
        let values = text.split(whereSeparator: \.isWhitespace).map { $0.split(separator: "=") }
        func sum(_ key: String) -> UInt64 {
            values.filter { $0[0] == key && $0.count == 2 }.compactMap { UInt64($0[1]) }.reduce(0, +)
        }
        read = sum("rbytes")
        written = sum("wbytes")
    }

    private mutating func readVersion1(_ controller: String, _ directory: String) {
        switch controller {
        case "memory":
            memory = Self.number("\(directory)/memory.usage_in_bytes")
            // Without a limit it is the largest number of pages.
            memoryLimit = Self.number("\(directory)/memory.limit_in_bytes").flatMap { $0 < 1 << 62 ? $0 : nil }
        case "pids": processes = Self.number("\(directory)/pids.current")
        case "blkio":
            guard let text = Self.text("\(directory)/blkio.throttle.io_service_bytes") else { return }
            let lines = text.split(separator: "\n").map { $0.split(separator: " ") }.filter { $0.count == 3 }
            read = lines.filter { $0[1] == "Read" }.compactMap { UInt64($0[2]) }.reduce(0, +)
            written = lines.filter { $0[1] == "Write" }.compactMap { UInt64($0[2]) }.reduce(0, +)
        default: return
        }
    }

    /// Nanoseconds of all processors that the groups have used until now.
    package static func processorTime(of groups: ControlGroups) -> UInt64? {
        groups.controllers["cpuacct"].flatMap(processorTime(accounted:))
            ?? groups.unified.flatMap(processorTime(unified:))
    }

    private static func processorTime(accounted directory: String) -> UInt64? {
        number("\(directory)/cpuacct.usage")
    }

    private static func processorTime(unified directory: String) -> UInt64? {
        table("\(directory)/cpu.stat")["usage_usec"].map { $0 * 1000 }
    }

    private static func text(_ path: String) -> String? {
        // A controller that is not there has no file.
        (try? Files.text(FilePath(path))) ?? nil
    }

    private static func number(_ path: String) -> UInt64? {
        text(path).flatMap { UInt64($0.prefix { $0.isNumber }) }
    }

    private static func table(_ path: String) -> [Substring: UInt64] {
        let pairs = (text(path) ?? "").split(separator: "\n").map { $0.split(separator: " ") }.filter { $0.count == 2 }
        return Dictionary(pairs.compactMap { pair in UInt64(pair[1]).map { (pair[0], $0) } }) { $1 }
    }
}
