internal import Glibc
internal import LinuxSystem
internal import SystemPackage
package import Workspaces

/// What `trice top` shows: the processes of one container.
package struct ContainerProcesses: Sendable, Encodable {
    /// One process, as proc_pid_stat(5) has it.
    package struct Process: Sendable, Encodable {
        /// On the host.
        package var pid: Int32
        /// The pid of its parent.
        package var parent: Int32
        /// The id of its user on the host.
        package var user: UInt32
        /// Seconds of the processor.
        package var time: Int64
        /// Its arguments, or its name in brackets.
        package var command: String
    }

    package var container: String
    package var service: String
    /// By pid.
    package var processes: [Process]
}

extension EnvironmentControl {
    /// The processes of the services that run, of all when none is named.
    package func processes(_ identity: EnvironmentTarget, services: [String]) throws -> [ContainerProcesses] {
        let rows = try rows(of: services, identity)
        var byNamespace: [String: [Int32]] = [:]
        for process in try Files.names(in: "/proc").compactMap({ Int32($0) }) {
            if let namespace = ProcessTable.namespace(of: process) {
                byNamespace[namespace, default: []].append(process)
            }
        }
        return rows.filter { $0.state == "running" || $0.state == "paused" }.map { row in
            let namespace = row.pid.flatMap(ProcessTable.namespace)
            let found = namespace.flatMap { byNamespace[$0] } ?? []
            return ContainerProcesses(
                container: row.container, service: row.service,
                processes: found.sorted().compactMap(ProcessTable.process))
        }
    }
}

/// Facts of single processes; proc(5).
private enum ProcessTable {
    static func namespace(of process: Int32) -> String? {
        var buffer = [CChar](repeating: 0, count: 64)
        let count = readlink("/proc/\(process)/ns/pid", &buffer, buffer.count)
        return count > 0 ? String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
    }

    /// `nil` for a process that has ended meanwhile.
    static func process(_ pid: Int32) -> ContainerProcesses.Process? {
        guard let stat = (try? Files.text(FilePath("/proc/\(pid)/stat"))) ?? nil,
            let open = stat.firstIndex(of: "("), let close = stat.lastIndex(of: ")"),
            let owner = ((try? Files.status(FilePath("/proc/\(pid)"))) ?? nil)?.owner
        else { return nil }
        let fields = stat[stat.index(after: close)...].split(separator: " ")
        guard fields.count > 12, let parent = Int32(fields[1]), let user = Int64(fields[11]),
            let system = Int64(fields[12])
        else { return nil }
        let line = ((try? Files.text(FilePath("/proc/\(pid)/cmdline"))) ?? nil) ?? ""
        let words = line.split(separator: "\0").joined(separator: " ")
        let name = "[" + stat[stat.index(after: open)..<close] + "]"
        return ContainerProcesses.Process(
            pid: pid, parent: parent, user: owner, time: (user + system) / Int64(max(1, sysconf(Int32(_SC_CLK_TCK)))),
            command: words.isEmpty ? name : words)
    }
}

/// Something of one container of a service.
package protocol OfContainer {
    /// The container, such as `web-1`.
    var container: String { get }
    var service: String { get }
}

extension StatusReport.Service: OfContainer {}

extension Array where Element: OfContainer {
    /// Those of the named services or containers, or all.
    ///
    /// - Throws: `EngineError.unknownService`.
    package func selecting(_ names: [String], _ identity: EnvironmentTarget) throws -> [Element] {
        if names.isEmpty { return self }
        for name in names where !contains(where: { $0.service == name || $0.container == name }) {
            let known = Set(map(\.service)).union(identity.project?.serviceNames ?? [])
            guard known.contains(name) else {
                throw EngineError.unknownService(name, known: known.sorted())
            }
        }
        return filter { names.contains($0.service) || names.contains($0.container) }
    }
}
