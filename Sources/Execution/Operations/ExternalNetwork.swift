internal import Envfile
internal import LinuxSystem
internal import Netlink
internal import Planning
internal import Store
internal import Vocabulary
internal import Workspaces

/// A network of another environment, which an `external` one of this environment names.
struct ExternalNetwork {
    /// The record of the environment that made it.
    let record: NetworkRecord
    /// The name outside of its file, such as `shop_default`.
    let fullName: String

    /// - Parameters:
    ///   - name: the full name, or `ENVIRONMENT_KEY`, which is of one environment alone.
    ///   - workspace: the environment that is to use it.
    /// - Throws: `EngineError.invalidProject` when no other environment that is up has it, or several have.
    init(named name: String, for workspace: Workspace) throws {
        let all = try Self.all(on: workspace.host)
        let others = all.filter { $0.record.environmentID != workspace.id }
        let found = others.filter { $0.fullName == name || $0.exactName == name }
        if let first = found.first, found.count == 1 {
            guard first.record.state == .created, try NetlinkSocket().links().contains(where: first.isBridge) else {
                throw EngineError(
                    .invalidProject,
                    "The network `\(name)` of environment \(first.record.environmentID) is not whole. Mend it with "
                        + "`trice up` in \(try first.directory(on: workspace.host)).")
            }
            self = first
            return
        }
        if found.count > 1 {
            throw EngineError(
                .invalidProject,
                "The environments \(found.map { $0.record.environmentID.text }.joined(separator: ", ")) have a network "
                    + "`\(name)` each. Say which one is meant: `name: \(found[0].exactName)`.")
        }
        if all.contains(where: { $0.fullName == name }) {
            throw EngineError(
                .invalidProject,
                "The network `\(name)` is this environment's own. Leave `external: true` out to use it.")
        }
        let names = Set(others.map(\.fullName)).sorted().map { "`\($0)`" }
        throw EngineError(
            .invalidProject,
            "The external network `\(name)` does not exist. "
                + (names.isEmpty
                    ? "No other environment that is up has a network. "
                    : "The environments that are up have \(names.joined(separator: ", ")). ")
                + "Bring the environment up that makes it, or leave `external: true` out.")
    }

    private init(_ record: NetworkRecord, project: String) {
        self.record = record
        fullName = record.decodedConfiguration?.fullName ?? "\(project)_\(record.name)"
    }

    private var exactName: String { record.exactName }

    private func isBridge(_ link: Link) -> Bool { link.name == record.linkName }

    private func directory(on host: Host) throws -> String {
        try host.durable.environment(id: record.environmentID)?.directory ?? "its directory"
    }

    /// The networks that environments of this host have made.
    private static func all(on host: Host) throws -> [ExternalNetwork] {
        let projects = Dictionary(try host.durable.environments().map { ($0.id, $0.name) }) { first, _ in first }
        return try host.runtime.networks().filter { $0.ownerID == nil }.map {
            ExternalNetwork($0, project: projects[$0.environmentID] ?? $0.environmentID.text)
        }
    }

    /// What the record of an environment that uses it has.
    func configuration(askedForAs name: String, for services: ExternalServiceNames?) -> NetworkConfiguration {
        var configuration = record.decodedConfiguration ?? NetworkConfiguration()
        configuration.externalServices = services
        configuration.fullName = fullName
        configuration.externalName = name
        return configuration
    }
}
