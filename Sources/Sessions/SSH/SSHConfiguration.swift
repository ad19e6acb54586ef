internal import Containers
internal import Envfile
internal import LinuxSystem
internal import Store
internal import SystemPackage
internal import Vocabulary
package import Workspaces

/// What `ssh-config` is asked.
package struct SSHConfigRequest: Sendable {
    /// Empty for all.
    package var services: [String]
    /// The name of the host instead of the usual ones; only with one service.
    package var host: String?
    /// Whether the user's OpenSSH reads the settings by itself from now on.
    package var installs: Bool

    package init(services: [String] = [], host: String? = nil, installs: Bool = false) {
        self.services = services
        self.host = host
        self.installs = installs
    }
}

extension ContainerSessions {
    /// The settings by which OpenSSH reaches the services: ssh_config(5).
    ///
    /// Keys are made where there are none; a user who is not root gets copies in `~/.ssh/trice`.
    package func sshConfiguration(
        _ request: SSHConfigRequest, _ identity: EnvironmentTarget, sink: any EventSink
    ) throws -> String {
        let workspace = Workspace(id: identity.id, host: try host())
        let access = SSHAccess(workspace)
        let caller = try Caller(self.request.processEnvironment)
        let hosts = try SSHHosts(identity, workspace, services: request.services)
        if let host = request.host, hosts.all.count != 1 {
            throw EngineError(
                .unknownService,
                "`--host \(host)` names one host, and there are \(hosts.all.count). Name a service as well.")
        }
        let client = SSHClients.Client(
            user: caller.user, group: caller.group, home: caller.home, isInstalled: request.installs)
        if try access.admit(client) {
            sink.note("other users could read the keys of this environment, so new ones were made", isWarning: true)
        }
        let files = access.files(client)
        if request.installs { try files.install(try hosts.text(access, files, isInstalled: true)) }
        return try hosts.text(access, files, isInstalled: request.installs, name: request.host)
    }

    /// Removes the settings and the keys that the user's OpenSSH has.
    package func removeSSHConfiguration(_ identity: EnvironmentTarget) throws {
        let workspace = Workspace(id: identity.id, host: try host())
        let access = SSHAccess(workspace)
        let caller = try Caller(request.processEnvironment)
        var clients = try access.clients()
        let client = SSHClients.Client(user: caller.user, group: caller.group, home: caller.home, isInstalled: false)
        try access.files(client).remove()
        clients.all.removeAll { $0.user == client.user && $0.home == client.home }
        guard Files.exists(access.keys.directory) else { return }
        try clients.write(to: access.keys.clients)
        // Those of an environment that is not up have no more use.
        if clients.all.isEmpty, try workspace.records().containers.isEmpty { try access.end() }
    }

    /// Brings to what the Envfile says how users step inside, after `up`.
    package func refreshShells(_ project: Project, _ workspace: Workspace, sink: any EventSink) throws {
        for record in try workspace.records().containers {
            guard let service = project.environment.services.first(where: { $0.name == record.service }) else {
                continue
            }
            let path = layout.shellSettings("\(ContainerID(record))", of: workspace.id)
            try ShellSettings(service.tools.ssh).write(to: path)
        }
        let access = SSHAccess(workspace)
        let clients = try access.clients()
        guard !clients.all.isEmpty else { return }
        try access.listen()
        let hosts = try SSHHosts(EnvironmentTarget(id: workspace.id, project: project), workspace, services: [])
        for client in clients.all where client.isInstalled {
            let files = access.files(client)
            do {
                try files.copyKeys(access.keys)
                try files.install(try hosts.text(access, files, isInstalled: true))
            } catch {
                sink.note("the settings of ssh in \(client.home) are not up to date: \(error)", isWarning: true)
            }
        }
    }
}

/// The containers of an environment as OpenSSH's hosts.
private struct SSHHosts {
    struct Host {
        var container: ContainerID
        var user: String
        var forwardsAgent: Bool
    }

    private(set) var all: [Host] = []
    private let name: String
    private let workspace: Workspace

    init(_ identity: EnvironmentTarget, _ workspace: Workspace, services: [String]) throws {
        self.workspace = workspace
        let known = identity.project?.environment.services ?? []
        name = identity.project?.environment.name ?? workspace.id.text
        var containers = Set(try workspace.records().containers.map { ContainerID($0) })
        for service in known { containers.insert(ContainerID(service: service.name, number: 1)) }
        for service in services
        where !containers.contains(where: { $0.service.rawValue == service || "\($0)" == service }) {
            throw EngineError.unknownService(service, known: Set(containers.map(\.service.rawValue)).sorted())
        }
        for id in containers.sorted()
        where services.isEmpty || services.contains(id.service.rawValue) || services.contains("\(id)") {
            let service = known.first { $0.name == id.service }
            all.append(
                Host(
                    container: id, user: try Self.user(id, service, workspace),
                    forwardsAgent: service?.tools.ssh?.forwardsAgent ?? false))
        }
    }

    /// The user of the Envfile, else that of the container, else root until there is a container.
    private static func user(_ id: ContainerID, _ service: Service?, _ workspace: Workspace) throws -> String {
        if let user = service?.tools.ssh?.user { return user }
        if Files.exists(workspace.entryRecord(of: id)),
            let entry = EntryRecord(decoding: try Files.read(workspace.entryRecord(of: id)))
        {
            let number = entry.owner.user
            return try UserResolver(rootfs: workspace.rootfs(of: id)).name(of: number) ?? "\(number)"
        }
        return service?.user?.split(separator: ":").first.map(String.init) ?? "root"
    }

    /// - Parameter isInstalled: whether the settings stand beside those of other environments and hosts: then a host has the
    ///   name of the environment in its own.
    func text(
        _ access: SSHAccess, _ files: SSHClientFiles, isInstalled: Bool, name host: String? = nil
    ) throws -> String {
        let foreign = isInstalled ? try files.foreignHosts() : []
        let keys = files.keys(access.keys)
        let blocks = try all.map { entry in
            let short = SSHHostBlock.shortName(of: entry.container)
            let names = (isInstalled ? [] : [short]) + ["\(short).\(name)", "\(short).\(workspace.id)"]
            let shown = names.indices.filter { names.firstIndex(of: names[$0]) == $0 && !foreign.contains(names[$0]) }
            return try SSHHostBlock(
                names: host.map { [$0] } ?? shown.map { names[$0] }, container: entry.container, user: entry.user,
                forwardsAgent: entry.forwardsAgent
            ).text(access, keys)
        }
        return blocks.joined(separator: "\n")
    }
}
