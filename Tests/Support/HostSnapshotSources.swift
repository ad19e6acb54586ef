import Foundation
import Glibc

/// One function for each kind.
extension HostSnapshot {
    /// All mount points that this process sees, in the order in which they were mounted.
    static func mountPoints() throws -> [String] {
        try mountFields().map { $0[4] }
    }

    static func mounts() throws -> Set<String> {
        Set(
            try mountFields().map { fields in
                let separator = fields.firstIndex(of: "-") ?? fields.endIndex - 1
                let type = fields[(separator + 1)...].prefix(2).joined(separator: " ")
                return "\(fields[4]) (\(type), id \(fields[0]))"
            })
    }

    private static func mountFields() throws -> [[String]] {
        try String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)
            .split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    }

    static func networkNamespaces() -> Set<String> {
        var found: Set<String> = []
        // Those in which all containers of a user are, as on a host.
        let hosts = Set(UserRun.keepers.map { namespace("net", of: "\($0)") })
        for process in processIDs() {
            // A process may end while it is looked at; then it holds no namespace either.
            if let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/ns/net") {
                if !hosts.contains(link) { found.insert(link) }
            }
        }
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/run/netns")) ?? [] {
            found.insert("/run/netns/\(name)")
        }
        return found
    }

    static func links() throws -> Set<String> {
        // The link of the way out is the user's namespaces' own.
        Set(try ip("link").compactMap { $0["ifname"] as? String }).subtracting(UserRun.isOn ? ["tap0"] : [])
    }

    static func addresses() throws -> Set<String> {
        var found: Set<String> = []
        for link in try ip("address") {
            for address in link["addr_info"] as? [[String: Any]] ?? [] {
                found.insert("\(text(address["local"]))/\(text(address["prefixlen"])) on \(text(link["ifname"]))")
            }
        }
        return found
    }

    static func routes() throws -> Set<String> {
        var found: Set<String> = []
        for version in ["-4", "-6"] {
            for route in try ip(version, "route", "show", "table", "all") {
                let parts = ["type", "dst", "gateway", "dev", "table"].compactMap { key in
                    route[key].map { "\(key) \(text($0))" }
                }
                found.insert(parts.joined(separator: " "))
            }
        }
        return found
    }

    /// Every object of the packet filter, its counters and handles left out.
    static func rules() throws -> Set<String> {
        var found: Set<String> = []
        for list in try run("nft", ["-j", "list", "ruleset"]) {
            guard let document = try JSONSerialization.jsonObject(with: list) as? [String: Any],
                let objects = document["nftables"] as? [[String: Any]]
            else { throw TestError("`nft -j list ruleset` printed something unexpected") }
            for object in objects where object["metainfo"] == nil {
                let data = try JSONSerialization.data(withJSONObject: withoutDrift(object), options: [.sortedKeys])
                found.insert(String(decoding: data, as: UTF8.self))
            }
        }
        return found
    }

    private static func withoutDrift(_ value: Any) -> Any {
        if let list = value as? [Any] { return list.map(withoutDrift) }
        guard let object = value as? [String: Any] else { return value }
        return object.filter { !["handle", "packets", "bytes"].contains($0.key) }.mapValues(withoutDrift)
    }

    static func cgroups() -> Set<String> {
        // A user without systemd has none.
        UserRun.isOn ? [] : Set(tree("/sys/fs/cgroup", directoriesOnly: true))
    }

    /// Processes that live apart from this one: in other namespaces, or detached and with Trice in their environment or
    /// name. Foreground programs of a test and the host's own processes are not included.
    static func processes() -> Set<String> {
        let session = getsid(0)
        let namespaces = ["pid", "mnt", "net"]
        let own = namespaces.map { namespace($0, of: "self") }
        var found: Set<String> = []
        for process in processIDs() {
            guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
                let end = stat.lastIndex(of: ")")
            else { continue }  // it has ended meanwhile
            // From proc_pid_stat(5): state, parent, group, session, …, start time.
            let fields = stat[stat.index(after: end)...].split(separator: " ").map(String.init)
            guard fields.count > 19, fields[0] != "Z", fields[1] != "2", process != 2 else { continue }
            let words = text(ofFile: "/proc/\(process)/cmdline").split(separator: "\0")
            let isDetached = fields[1] == "1" || fields[3] != "\(session)"
            let isOurs =
                text(ofFile: "/proc/\(process)/environ").contains("TRICE_")
                || words.first.map { $0.split(separator: "/").last?.hasPrefix("trice") == true } == true
            let isElsewhere = namespaces.map { namespace($0, of: "\(process)") } != own
            guard isElsewhere || isDetached && isOurs else { continue }
            found.insert("\(process) started at \(fields[19]): \(words.joined(separator: " ").prefix(200))")
        }
        return found
    }

    /// The contents of a file under `/proc`, empty when its process has ended.
    private static func text(ofFile path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }

    private static func namespace(_ kind: String, of process: String) -> String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/ns/\(kind)")) ?? ""
    }

    private static func processIDs() -> [Int] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { Int($0) }
    }

    static func files(in directories: [String]) -> Set<String> {
        // SQLite removes its side files with the last connection; the database itself is listed.
        Set(
            directories.flatMap { tree($0, directoriesOnly: false) }.filter { path in
                !["-wal", "-shm", "-journal"].contains { path.hasSuffix(".db" + $0) }
            })
    }

    static func readings(of settings: [String]) -> Set<String> {
        Set(
            settings.map { path in
                let value = try? String(contentsOfFile: path, encoding: .utf8)
                return "\(path) = \(value?.split(separator: "\n").joined(separator: " ") ?? "absent")"
            })
    }

    /// Every path under a directory, without following links; `find` crosses into mounts as a user would.
    private static func tree(_ directory: String, directoriesOnly: Bool) -> [String] {
        let arguments = [directory] + (directoriesOnly ? ["-type", "d"] : [])
        // `find` fails when a file is removed meanwhile; its output is valid nevertheless.
        let output = (try? Command("find", arguments).run())?.standardOutput ?? ""
        return output.split(separator: "\n").map(String.init)
    }

    private static func ip(_ arguments: String...) throws -> [[String: Any]] {
        try run("ip", ["-j"] + arguments).filter { !$0.isEmpty }.flatMap { data in
            try JSONSerialization.jsonObject(with: data) as? [[String: Any]] ?? []
        }
    }

    /// The output of a program on the host, and of the same in the namespaces of a user.
    private static func run(_ program: String, _ arguments: [String]) throws -> [Data] {
        let output = try Command(Requirement.find(program) ?? program, arguments).run()
        guard output.succeeded else { throw TestError(output.description) }
        // Namespaces that go meanwhile have nothing.
        let inside = UserRun.isOn && !UserRun.keepers.isEmpty ? [try UserRun.inside(program, arguments).run()] : []
        return ([output] + inside.filter(\.succeeded)).map { Data($0.standardOutput.utf8) }
    }

    private static func text(_ value: Any?) -> String { value.map { "\($0)" } ?? "" }
}
