package import Envfile

/// What a batch of changes asks for in one service.
package struct ServiceWork: Sendable {
    /// Files of one rule that are copied, or removed where they are gone.
    package struct Copies: Sendable {
        /// The rule that asks for the copies.
        package var rule: WatchRule
        /// Relative to the rule's path; empty for that itself.
        package var paths: [String]
        /// How many of the paths are directories.
        package var directories: Int

        /// How many of the paths are files.
        package var files: Int { paths.count - directories }
    }

    /// The service that the work is for.
    package var service: String
    /// Whether its image is built and its containers are made anew.
    package var rebuilds = false
    /// Whether its containers are restarted.
    package var restarts = false
    /// What is copied, by rule.
    package var copies: [Copies] = []
    /// Commands to run after the copies, each once.
    package var hooks: [LifecycleHook] = []
    /// The files that the work is about, by path.
    package var files: [String] = []
}

extension WatchRules {
    /// The work of each service that changes are about, in the order of the rules.
    ///
    /// A rule that matches is applied once for all its files, and every rule that matches is applied. A service that is
    /// rebuilt needs no restart: its container is a new one.
    package func work(for changes: [FileChange]) -> [ServiceWork] {
        services.compactMap { service in
            var work = ServiceWork(service: service)
            var files: Set<String> = []
            for rule in rules where rule.service == service {
                let paths = changes.compactMap { change in rule.concerns(change.path).map { (change, $0) } }
                guard !paths.isEmpty else { continue }
                files.formUnion(paths.lazy.filter { !$0.0.isDirectory }.map(\.0.path))
                work.add(rule, paths)
            }
            work.restarts = work.restarts && !work.rebuilds
            work.files = files.sorted()
            return work.isEmpty ? nil : work
        }
    }
}

extension ServiceWork {
    fileprivate var isEmpty: Bool { !rebuilds && !restarts && copies.isEmpty && hooks.isEmpty }

    fileprivate mutating func add(_ rule: WatchRule, _ paths: [(change: FileChange, relative: String)]) {
        switch rule.watch.action {
        case .rebuild: rebuilds = true
        case .restart: restarts = true
        case .sync: break
        case .syncAndRestart: restarts = true
        case .syncAndExecute:
            if let hook = rule.watch.hook { hooks.append(hook) }
        }
        guard rule.watch.action.copies else { return }
        var seen: Set<String> = []
        // A path that was a file and is a directory now is copied once.
        let unique = paths.filter { seen.insert($0.relative).inserted }
        copies.append(
            Copies(
                rule: rule, paths: unique.map(\.relative), directories: unique.count { $0.change.isDirectory }))
    }
}
