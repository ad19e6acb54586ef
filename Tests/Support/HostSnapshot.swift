/// What the host looks like at one moment, as far as containers change it.
///
/// Each kind is a set of lines for people, made of what identifies a thing and not of what drifts by itself
/// (counters, timers, handles), so that two snapshots of an undisturbed host are equal.
public struct HostSnapshot: Codable, Equatable, Sendable {
    public enum Kind: String, CaseIterable, Codable, Sendable {
        case mount, networkNamespace, link, address, route, rule, cgroup, process, file, setting
    }

    var entries: [String: Set<String>]

    /// Looks at the host.
    /// - Parameter directories: trees whose files are listed.
    /// - Parameter settings: files such as those under `/proc/sys` whose contents are noted.
    public static func take(
        directories: [String] = [], settings: [String] = ["/proc/sys/net/ipv4/ip_forward"]
    ) throws -> HostSnapshot {
        var entries: [String: Set<String>] = [:]
        for kind in Kind.allCases {
            entries[kind.rawValue] =
                switch kind {
                case .mount: try mounts()
                case .networkNamespace: networkNamespaces()
                case .link: try links()
                case .address: try addresses()
                case .route: try routes()
                case .rule: try rules()
                case .cgroup: cgroups()
                case .process: processes()
                case .file: files(in: directories)
                case .setting: readings(of: settings)
                }
        }
        return HostSnapshot(entries: entries)
    }

    /// What is there now and was not before (`+`), or was and is no more (`-`), one line each. That a process has
    /// ended is no difference.
    public func difference(from before: HostSnapshot, ignoring ignored: Set<Kind> = []) -> [String] {
        Kind.allCases.filter { !ignored.contains($0) }.flatMap { kind in
            let now = entries[kind.rawValue] ?? []
            let then = before.entries[kind.rawValue] ?? []
            let gone = kind == .process ? [] : then.subtracting(now)
            return now.subtracting(then).sorted().map { "+ \(kind.rawValue) \($0)" }
                + gone.sorted().map { "- \(kind.rawValue) \($0)" }
        }
    }

    /// Looks until nothing differs or the time is up: the kernel takes namespaces and their links away in its own
    /// time after the last process has gone.
    public static func settledDifference(
        from before: HostSnapshot, directories: [String] = [],
        settings: [String] = ["/proc/sys/net/ipv4/ip_forward"], ignoring ignored: Set<Kind> = [],
        within timeout: Duration = .seconds(5)
    ) throws -> [String] {
        var difference: [String] = []
        _ = try eventually(within: timeout) {
            difference = try take(directories: directories, settings: settings).difference(
                from: before, ignoring: ignored)
            return difference.isEmpty
        }
        return difference
    }
}
