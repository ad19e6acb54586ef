internal import Envfile
internal import Glibc
internal import LinuxSystem
internal import Networks
internal import Planning
internal import Store
internal import Supervisor
internal import SupervisorProtocol
internal import SystemPackage
internal import Vocabulary
internal import Workspaces

/// The names of an environment's services on the host, `SERVICE.ENVIRONMENT.trice.localhost`, and the files that have them.
///
/// A service with a port on the loopback is there; every other one is at its own address. Programs that take every name
/// below `localhost` for the loopback, as browsers and systemd-resolved do, so find the same.
struct HostNameBlock {
    let workspace: Workspace

    /// What the names end in.
    private static let domain = "trice.localhost"

    /// The files that have the block, one a line.
    private var list: FilePath { workspace.layout.hostsFiles(of: workspace.id) }

    /// The block by the records of the moment.
    func block() throws -> HostsBlock {
        let records = try workspace.records()
        let plan = try workspace.networkPlan(records)
        let names = try environmentNames()
        var entries: [HostNames] = []
        for service in try services(records) {
            let containers = records.containers.filter { $0.service == service }.map { ContainerID($0) }
            let hostNames = names.map { "\(service).\($0).\(Self.domain)".lowercased() }
            var addresses: [IPAddress] = []
            if records.publishedPorts.contains(where: { $0.service == service && $0.isOnLoopback }) {
                addresses = [.v4(.loopback), .v6(.loopback)]
            } else {
                for id in containers { addresses += plan.place(of: "\(id)").addresses }
            }
            for address in addresses { entries.append(try HostNames(address, hostNames)) }
        }
        return HostsBlock(environment: workspace.id.text, entries: entries)
    }

    /// Those that stay: no container of `run`, no job and no step of `pre_start`.
    private func services(_ records: RuntimeRecords) throws -> [ServiceName] {
        let jobs = JobRecords.read(stateDirectory: workspace.stateDirectory)?.jobs.map(\.name) ?? []
        let names = try records.containers.filter { try !$0.decodedFingerprint().isOneOff }.map(\.service)
        let steps = names.map { Service.stepPrefix(of: $0) }
        return Set(names).filter { name in
            !jobs.contains(name.rawValue) && !steps.contains { name.rawValue.hasPrefix($0) }
        }.sorted()
    }

    /// The project's name, where no other environment that is up has it, and the id.
    private func environmentNames() throws -> [String] {
        let up = Set(try workspace.host.runtime.environmentIDs())
        let environments = try workspace.host.durable.environments()
        let own = environments.first { $0.id == workspace.id }?.name
        let others = environments.filter { $0.id != workspace.id && up.contains($0.id) }.map(\.name)
        return [own].compactMap(\.self).filter { !others.contains($0) && $0 != workspace.id.text } + [workspace.id.text]
    }

    /// Writes the block into a file, and keeps it there as it should be until it is removed.
    func write(to path: FilePath) throws {
        try change(path) { try block().added(to: $0) }
        let known = try files()
        if known.contains(path) { return }
        try Files.createDirectory(list.removingLastComponent(), mode: 0o700)
        try Files.write((known + [path]).map { "\($0)\n" }.joined().utf8, to: list, mode: 0o600)
    }

    /// Brings the block to what it should be wherever it is.
    func refresh() throws {
        for path in try files() { try change(path) { try block().added(to: $0) } }
    }

    /// Removes the block from a file and wherever else it is.
    func remove(from path: FilePath? = nil) throws {
        let block = HostsBlock(environment: workspace.id.text, entries: [])
        for path in Set(try files() + [path].compactMap(\.self)) {
            try change(path) { block.removed(from: $0) }
        }
        try Files.remove(list)
    }

    private func files() throws -> [FilePath] {
        (try Files.text(list) ?? "").split(separator: "\n").map { FilePath(String($0)) }
    }

    /// Changes a file in its place: it may be a mount of its own, and keeps its owner and mode.
    private func change(_ path: FilePath, _ body: (String) throws -> String) throws {
        let lock = try FileLock(waitingFor: workspace.layout.hostLock)
        let text = try Files.text(path) ?? ""
        let changed = try body(text)
        if changed != text {
            let bytes = Array(changed.utf8)
            do throws(SystemError) {
                let file = try OwnedDescriptor.open(path, O_WRONLY | O_CREAT, mode: 0o644)
                try file.write(bytes)
                let fd = file.rawValue
                try systemCall("ftruncate", path.string) { ftruncate(fd, bytes.count) }
            } catch {
                throw EngineError(
                    .unsupportedHost, "The names could not be written into `\(path)`: \(error.errno).", causes: [error])
            }
        }
        _ = consume lock
    }
}

extension PublishedPortRecord {
    /// Whether 127.0.0.1 leads to it.
    fileprivate var isOnLoopback: Bool {
        switch hostAddress {
        case .any: transportProtocol != .sctp
        case .loopback: true
        case .address(let address): address == .v4(.loopback)
        }
    }
}
