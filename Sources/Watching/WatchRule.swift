package import Envfile

/// An entry of `develop.watch` of one service.
package struct WatchRule: Sendable {
    /// The service whose entry it is.
    package let service: String
    /// The entry, with the absolute path.
    package let watch: Development.Watch
    private let includes: WatchPatterns
    private let ignores: [WatchPatterns]

    /// - Parameters:
    ///   - path: the watched path, absolute and without `.`, `..` and a slash at its end.
    ///   - contextIgnores: the `.dockerignore` of the service's build context, if there is one.
    /// - Throws: `WatchError` with every invalid pattern of `ignore` and `include`.
    package init(
        service: String, _ watch: Development.Watch, path: String, contextIgnores: WatchPatterns? = nil
    ) throws(WatchError) {
        var watch = watch
        watch.path = path
        self.service = service
        self.watch = watch
        includes = try WatchPatterns(watch.includes, below: path, named: "`include` of service `\(service)`")
        let own = try WatchPatterns(watch.excludes, below: path, named: "`ignore` of service `\(service)`")
        ignores = [own, contextIgnores].compactMap(\.self).filter { !$0.isEmpty }
    }

    /// Absolute.
    package var path: String { watch.path }

    /// The path below the watched one; empty for itself, `nil` for what the rule is not about.
    package func concerns(_ path: String) -> String? {
        guard let relative = path.relative(to: self.path) else { return nil }
        if relative.isEmpty { return includes.isEmpty ? relative : nil }
        if relative.split(separator: "/").contains(where: TransientFiles.contains) { return nil }
        if !includes.isEmpty, !includes.matches(path) { return nil }
        return ignores.contains { $0.matches(path) } ? nil : relative
    }

    /// Whether something below a directory may concern the rule.
    package func mayConcern(below directory: String) -> Bool {
        if path.relative(to: directory) != nil { return true }
        guard let relative = directory.relative(to: path) else { return false }
        if relative.split(separator: "/").contains(where: TransientFiles.contains) { return false }
        return !ignores.contains { $0.coversAll(of: directory) }
    }

    /// Where a changed file goes in the container; `nil` for an action that copies nothing.
    package func target(of relative: String) -> String? {
        guard watch.action.copies, let target = watch.target else { return nil }
        return relative.isEmpty ? target : target.child(relative)
    }
}

/// All that is watched for an environment.
package struct WatchRules: Sendable {
    /// In the order of the files.
    package let rules: [WatchRule]
    /// The watched paths that lie below no other, sorted.
    package let roots: [String]

    package init(_ rules: [WatchRule]) {
        self.rules = rules
        let paths = Set(rules.map(\.path)).sorted()
        roots = paths.filter { path in !paths.contains { $0 != path && path.relative(to: $0) != nil } }
    }

    /// Whether nothing is to be watched.
    package var isEmpty: Bool { rules.isEmpty }

    /// The services in the order of their rules.
    package var services: [String] {
        var names: [String] = []
        for rule in rules where !names.contains(rule.service) { names.append(rule.service) }
        return names
    }

    /// Whether a rule is about a path.
    package func concern(_ path: String) -> Bool { rules.contains { $0.concerns(path) != nil } }

    /// Whether a rule may be about paths below a directory.
    package func mayConcern(below directory: String) -> Bool { rules.contains { $0.mayConcern(below: directory) } }
}
