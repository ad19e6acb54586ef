package import OCI

/// One difference between the configurations of two images.
package struct ConfigurationChange: Sendable, Hashable {
    /// The changed field; a variable, a label, a port or a volume by its name.
    package enum Field: Sendable, Hashable {
        case platform, user, workingDirectory, entrypoint, command, shell, stopSignal, healthcheck
        case environment(String)
        case port(String)
        case volume(String)
        case label(String)
        case onBuild
    }

    package let field: Field
    /// `nil` when the old image does not have the field. Lists are in JSON; a port and a volume have an empty text.
    package let old: String?
    package let new: String?

    /// All differences, in a fixed order: single fields first, then the others by name.
    package static func between(
        _ old: ImageConfiguration, and new: ImageConfiguration
    ) throws(ImageError) -> [ConfigurationChange] {
        let (was, becomes) = (old.config, new.config)
        var changes: [ConfigurationChange] = []
        func add(_ field: Field, _ old: String?, _ new: String?) {
            if old != new { changes.append(ConfigurationChange(field: field, old: old, new: new)) }
        }
        func text(_ value: String) -> String? { value.isEmpty ? nil : value }
        func list(_ value: [String]) throws(ImageError) -> String? {
            value.isEmpty ? nil : String(decoding: try DocumentCoding.encode(value), as: UTF8.self)
        }
        add(.platform, old.platform.description, new.platform.description)
        add(.user, text(was.user), text(becomes.user))
        add(.workingDirectory, text(was.workingDirectory), text(becomes.workingDirectory))
        add(.entrypoint, try list(was.entrypoint), try list(becomes.entrypoint))
        add(.command, try list(was.command), try list(becomes.command))
        add(.shell, try list(was.shell), try list(becomes.shell))
        add(.stopSignal, was.stopSignal, becomes.stopSignal)
        add(.healthcheck, try healthcheck(was), try healthcheck(becomes))
        add(.onBuild, try list(was.onBuild), try list(becomes.onBuild))
        func add(_ old: [String: String], _ new: [String: String], _ field: (String) -> Field) {
            for name in Set(old.keys).union(new.keys).sorted() { add(field(name), old[name], new[name]) }
        }
        add(variables(was), variables(becomes)) { .environment($0) }
        add(names(was.exposedPorts), names(becomes.exposedPorts)) { .port($0) }
        add(names(was.volumes), names(becomes.volumes)) { .volume($0) }
        add(was.labels, becomes.labels) { .label($0) }
        return changes
    }

    private static func healthcheck(_ execution: ImageConfiguration.Execution) throws(ImageError) -> String? {
        guard let check = execution.healthcheck else { return nil }
        return String(decoding: try DocumentCoding.encode(check), as: UTF8.self)
    }

    /// The last of two with one name counts, as it does for the program that is started.
    private static func variables(_ execution: ImageConfiguration.Execution) -> [String: String] {
        Dictionary(
            execution.environment.map { entry in
                let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
            }
        ) { $1 }
    }

    private static func names(_ list: [String]) -> [String: String] {
        Dictionary(list.map { ($0, "") }) { first, _ in first }
    }
}

extension ConfigurationChange.Field: CustomStringConvertible {
    package var description: String {
        switch self {
        case .platform: "platform"
        case .user: "user"
        case .workingDirectory: "working directory"
        case .entrypoint: "entrypoint"
        case .command: "command"
        case .shell: "shell"
        case .stopSignal: "stop signal"
        case .healthcheck: "health check"
        case .environment(let name): "environment \(name)"
        case .port(let name): "port \(name)"
        case .volume(let path): "volume \(path)"
        case .label(let name): "label \(name)"
        case .onBuild: "on build"
        }
    }
}
