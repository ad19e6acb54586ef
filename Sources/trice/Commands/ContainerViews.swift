internal import ArgumentParser
internal import Engine
internal import Envfile
internal import Execution
internal import Vocabulary
internal import Workspaces

/// How a list is printed for which Compose has no templates.
enum ListFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json
}

struct ListContainers: StandardCommand, DryRunnable {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "ps", abstract: "List the containers that run, with --all also the others.",
        discussion: "`trice status` shows all of them, and what is not as it was made.")

    @OptionGroup var common: GlobalOptions
    @Flag(name: [.short, .long], help: "List containers too that do not run.") var all = false
    @Flag(name: [.short, .long], help: "Print the names only.") var quiet = false
    @Flag(name: .customLong("services"), help: "Print the services only.") var showsServices = false
    @Option(help: ArgumentHelp("Only those in a state (repeatable).", valueName: "state")) var status: [ServiceState] =
        []
    @Option(help: ArgumentHelp("Only those of `status=STATE`.", valueName: "filter")) var filter: String?
    @Option(help: RowFormat.help, transform: RowFormat.parse) var format = RowFormat.table
    @Flag(inversion: .prefixedNo, help: "Include containers that the Envfile no longer has.") var orphans = true
    @Flag(name: .customLong("no-trunc"), help: "Accepted for Compose users: nothing is cut off.") var noTruncation =
        false
    @Argument(help: "Services (default: all).", completion: .services) var services: [String] = []

    enum ServiceState: String, ExpressibleByArgument, CaseIterable {
        case created, running, paused, exited, incomplete, restarting, removing, dead
    }

    func validate() throws {
        if let filter, !filter.hasPrefix("status=") || ServiceState(rawValue: String(filter.dropFirst(7))) == nil {
            throw ValidationError("--filter takes `status=STATE`, such as status=running.")
        }
        try format.check(RowFields(ofContainersIn: "").names)
    }

    func run() throws {
        let engine = try Engine(globals.request)
        let identity = try engine.identity(sink: Progress.sink(for: globals))
        let known = Set(identity.project?.serviceNames ?? [])
        let states = Set(status.map(\.rawValue) + (filter.map { [String($0.dropFirst(7))] } ?? []))
        let rows = try engine.status(identity).services.selecting(services, identity).filter { row in
            if !states.isEmpty { return states.contains(row.state) }
            return all || row.state == "running" || row.state == "paused"
        }.filter { orphans || known.contains($0.service) }
        if showsServices { return Set(rows.map(\.service)).sorted().forEach { Output.print(TerminalText($0).line) } }
        if quiet { return rows.forEach { Output.print(TerminalText($0.container).line) } }
        if globals.json { return rows.forEach { Output.print(Output.jsonLine($0)) } }
        let fields = RowFields(ofContainersIn: identity.project?.environment.name ?? "\(identity.id)")
        let style = Style(descriptor: 1)
        let lines = try format.lines(of: rows, fields, style: style) { StatusText(style: style).table(of: rows) }
        lines.forEach { Output.print($0) }
    }
}

struct Port: StandardCommand, DryRunnable {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "port",
        abstract: "Print the host's address that leads to a port of a service; without one all of them.",
        discussion: """
            Without a service it prints the ports of all, as Vagrant does. With --env it prints variables for editors and test
            runners: DB_PORT_5432=20001 and DB_HOST_5432=127.0.0.1; those of a second container are DB_2_PORT_5432.
            """)

    @OptionGroup var common: GlobalOptions
    @Option(help: ArgumentHelp("tcp or udp.", valueName: "protocol")) var `protocol` = "tcp"
    @Option(help: ArgumentHelp("The container of this number.", valueName: "number")) var index: Int?
    @Flag(help: "As variables of an environment file.") var env = false
    @Argument(help: "The service (default: all).", completion: .services) var service: String?
    @Argument(help: "The port in the container.") var privatePort: UInt16?

    func run() throws {
        let engine = try Engine(globals.request)
        let identity = try engine.identity(sink: Progress.sink(for: globals))
        guard let service else {
            let rows = try engine.status(identity).services
            if env { return rows.flatMap(\.portVariables).forEach(Output.print) }
            if globals.json { return try Output.json(rows.flatMap(\.ports)) }
            for row in rows {
                for port in row.ports {
                    let line = "\(row.container) \(port.target)/\(port.transportProtocol) -> \(port.address)"
                    Output.print(TerminalText(line).line)
                }
            }
            return
        }
        let name = index.map { "\(service)-\($0)" } ?? service
        let rows = try engine.status(identity).services.selecting([name], identity)
        if env { return rows.flatMap(\.portVariables).forEach(Output.print) }
        let ports = rows.flatMap(\.ports)
        if globals.json { return try Output.json(ports) }
        guard let privatePort else {
            return ports.forEach { Output.print("\($0.target)/\($0.transportProtocol) -> \($0.address)") }
        }
        let found = ports.filter { $0.target == privatePort && $0.transportProtocol == `protocol` }
        guard !found.isEmpty else {
            throw EngineError(.notRunning, "`\(name)` publishes no port \(privatePort)/\(`protocol`).")
        }
        found.forEach { Output.print($0.address) }
    }
}

struct ListImages: StandardCommand, DryRunnable {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "images", abstract: "List the images that the containers were made from.")

    @OptionGroup var common: GlobalOptions
    @Flag(name: [.short, .long], help: "Print the IDs only.") var quiet = false
    @Option(help: ArgumentHelp("table or json.", valueName: "form")) var format = ListFormat.table
    @Argument(help: "Services (default: all).", completion: .services) var services: [String] = []

    func run() throws {
        let engine = try Engine(globals.request)
        let rows = try engine.containerImages(
            engine.identity(sink: Progress.sink(for: globals)), services: services)
        if globals.json || format == .json { return try Output.json(rows) }
        if quiet { return Set(rows.map(\.id)).sorted().forEach { Output.print($0) } }
        var table = Table(["CONTAINER", "IMAGE", "PLATFORM", "ID", "SIZE"])
        for row in rows {
            let size = row.size.map { Format.bytes($0) }
            table.rows.append([
                row.container, row.image, row.platform ?? "-", Format.shortDigest(row.id), size ?? "-",
            ])
        }
        table.lines(style: Style(descriptor: 1)).forEach { Output.print($0) }
    }
}

struct ListVolumes: StandardCommand, DryRunnable {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "volumes", abstract: "List the named volumes of the environment that are there.")

    @OptionGroup var common: GlobalOptions
    @Flag(name: [.short, .long], help: "Print the names only.") var quiet = false
    @Option(help: RowFormat.help, transform: RowFormat.parse) var format = RowFormat.table
    @Argument(help: "Only the volumes that these services mount.", completion: .services) var services: [String] = []

    func validate() throws { try format.check(VolumeRow.fields.names) }

    func run() throws {
        let engine = try Engine(globals.request)
        let identity = try engine.identity(sink: Progress.sink(for: globals))
        var names = try engine.volumeNames(identity)
        if !services.isEmpty {
            let named = (identity.project?.environment.services ?? []).filter { services.contains($0.name.rawValue) }
            var mounted: Set<String> = []
            for mount in named.flatMap(\.mounts) {
                if case .volume(let name) = mount.source { mounted.insert(name.rawValue) }
            }
            names = names.filter { mounted.contains($0) }
        }
        if globals.json { return try Output.json(names) }
        if quiet { return names.forEach { Output.print(TerminalText($0).line) } }
        let style = Style(descriptor: 1)
        let rows = names.map { VolumeRow(name: $0) }
        let lines = try format.lines(of: rows, VolumeRow.fields, style: style) {
            var table = Table(["DRIVER", "VOLUME"])
            table.rows = names.map { ["local", $0] }
            return table.lines(style: style)
        }
        lines.forEach { Output.print($0) }
    }
}

struct Top: StandardCommand, DryRunnable {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "top", abstract: "Show the processes of the services that run.")

    @OptionGroup var common: GlobalOptions
    @Argument(help: "Services (default: all).", completion: .services) var services: [String] = []

    func run() throws {
        let engine = try Engine(globals.request)
        let found = try engine.processes(engine.identity(sink: Progress.sink(for: globals)), services: services)
        if globals.json { return try Output.json(found) }
        var table = Table(["CONTAINER", "USER", "PID", "PPID", "TIME", "COMMAND"])
        for container in found {
            for process in container.processes {
                table.rows.append([
                    container.container, "\(process.user)", "\(process.pid)", "\(process.parent)",
                    "\(process.time) s", process.command,
                ])
            }
        }
        table.lines(style: Style(descriptor: 1)).forEach { Output.print($0) }
    }
}
