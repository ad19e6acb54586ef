internal import Builder
internal import Envfile
internal import SystemPackage
internal import Vocabulary
package import Watching
package import Workspaces

/// What `develop.watch` of a project asks to watch.
package struct WatchSelection: Sendable {
    /// The rules of the chosen services.
    package let rules: WatchRules
    /// Rules without a use, one sentence each.
    package private(set) var warnings: [String] = []

    /// - Parameter services: those that are meant; all when empty.
    /// - Throws: `EngineError` for a service that cannot be watched, and when nothing is to be watched.
    package init(_ project: Project, services: [String]) throws {
        if let unknown = services.first(where: { !project.serviceNames.contains($0) }) {
            throw EngineError.unknownService(unknown, known: project.serviceNames)
        }
        var rules: [WatchRule] = []
        var warnings: [String] = []
        for service in project.environment.services where services.isEmpty || services.contains(service.name.rawValue) {
            let watches = service.lifecycle.development?.watches ?? []
            if watches.isEmpty {
                if services.isEmpty { continue }
                throw EngineError(
                    .invalidProject,
                    "Service `\(service.name)` has nothing to watch: \(Self.remedy)")
            }
            do {
                rules += try Self.rules(service, watches, Self.contextIgnores(of: service), &warnings)
            } catch let error as WatchError {
                throw EngineError(.invalidProject, error.message)
            }
        }
        if rules.isEmpty, warnings.isEmpty {
            throw EngineError(.invalidProject, "No service has something to watch: \(Self.remedy)")
        }
        self.rules = WatchRules(rules)
        self.warnings = warnings
    }

    private static let remedy = "write `develop: { watch: [{ path: ./src, action: sync, target: /app }] }` in it."

    private static func rules(
        _ service: Service, _ watches: [Development.Watch], _ contextIgnores: WatchPatterns?,
        _ warnings: inout [String]
    ) throws(WatchError) -> [WatchRule] {
        var rules: [WatchRule] = []
        for watch in watches {
            if watch.action == .rebuild, service.build == nil {
                throw WatchError(
                    "Service `\(service.name)` cannot be rebuilt after a change of `\(watch.path)`: it has no `build:`. "
                        + "Give it one, or use `action: restart` or `sync+restart`.")
            }
            if watch.action.copies, let mount = mount(of: watch.path, in: service) {
                warnings.append(
                    "`\(watch.path)` of service `\(service.name)` is not copied: the container sees it at "
                        + "`\(mount.target)` already, by the mount.")
                continue
            }
            let path = FilePath(watch.path).lexicallyNormalizedText
            rules.append(
                try WatchRule(service: service.name.rawValue, watch, path: path, contextIgnores: contextIgnores))
        }
        return rules
    }

    /// The bind mount through which a container sees a path of the host.
    private static func mount(of path: String, in service: Service) -> Mount? {
        service.mounts.first { mount in
            guard case .bind(let source, _) = mount.source else { return false }
            return path == source || path.hasPrefix(source.hasSuffix("/") ? source : source + "/")
        }
    }

    private static func contextIgnores(of service: Service) throws -> WatchPatterns? {
        guard case .directory(let context)? = service.build?.context else { return nil }
        var dockerfile: String?
        if case .path(let path)? = service.build?.dockerfile { dockerfile = path }
        let file = try ContextIgnoreFile(of: FilePath(context), dockerfile: dockerfile)
        return try WatchPatterns(
            text: file.text, below: FilePath(context).lexicallyNormalizedText, named: file.path.string)
    }
}

extension FilePath {
    /// The path without `.`, and without a slash at its end. The Envfile's reader has resolved `..`.
    fileprivate var lexicallyNormalizedText: String {
        FilePath(root: root, components.filter { $0.kind != .currentDirectory }).string
    }
}
