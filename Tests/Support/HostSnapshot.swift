/// The state of the host at one moment, as far as containers change it.
///
/// Each kind is a set of readable lines with the identity of an object and without values that change by themselves
/// (counters, timers, handles), so that two snapshots of an unchanged host are equal.
package struct HostSnapshot: Codable, Equatable, Sendable {
    package enum Kind: String, CaseIterable, Codable, Sendable {
        case mount, networkNamespace, link, address, route, rule, cgroup, process, file, setting

        /// What each lane of tests has of its own (`Requirement.isLane`).
        package static let ofLane: Set<Kind> = [.mount, .link, .address, .route, .rule]

        /// What no test changes that may run beside this one: in a lane what it has of its own, else everything.
        package static var undisturbed: Set<Kind> { Requirement.isLane ? ofLane : Set(allCases) }
    }

    var entries: [String: Set<String>]

    /// Observes the host.
    /// - Parameter directories: trees whose files are listed.
    /// - Parameter settings: files such as those under `/proc/sys` whose contents are recorded.
    /// - Throws: Also where other tests run, whose objects would mislead.
    package static func take(
        directories: [String] = [], settings: [String] = ["/proc/sys/net/ipv4/ip_forward"],
        kinds: Set<Kind> = Set(Kind.allCases)
    ) throws -> HostSnapshot {
        guard !Requirement.isLane || kinds.isSubset(of: Kind.ofLane) else {
            throw TestError("a test that looks at the whole host has to be `.alone`")
        }
        UserRun.comeToRest()
        var entries: [String: Set<String>] = [:]
        for kind in kinds {
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

    /// The added (`+`) and removed (`-`) objects, one line each. A process that has ended is not a difference.
    package func difference(from before: HostSnapshot, ignoring ignored: Set<Kind> = []) -> [String] {
        Kind.allCases.filter { !ignored.contains($0) }.flatMap { kind in
            let now = entries[kind.rawValue] ?? []
            let then = before.entries[kind.rawValue] ?? []
            let gone = kind == .process ? [] : then.subtracting(now)
            return now.subtracting(then).sorted().map { "+ \(kind.rawValue) \($0)" }
                + gone.sorted().map { "- \(kind.rawValue) \($0)" }
        }
    }

    /// Observes until nothing differs or the timeout: the kernel removes namespaces and their links some time after the
    /// last process has ended.
    package static func settledDifference(
        from before: HostSnapshot, directories: [String] = [],
        settings: [String] = ["/proc/sys/net/ipv4/ip_forward"], kinds: Set<Kind> = Set(Kind.allCases),
        ignoring ignored: Set<Kind> = [], within timeout: Duration = .seconds(5)
    ) throws -> [String] {
        var difference: [String] = []
        _ = try eventually(within: timeout) {
            difference = try take(directories: directories, settings: settings, kinds: kinds).difference(
                from: before, ignoring: ignored)
            return difference.isEmpty
        }
        return difference
    }
}
