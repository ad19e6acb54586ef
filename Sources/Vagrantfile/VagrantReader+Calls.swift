// Settings of the form `config.vm.name "…", key: value`.
extension VagrantReader {
    /// The options of a call, those of a list in braces among them.
    private func options(_ call: RubyCall) throws(UnreadableRuby) -> [RubyValue.Pair] {
        var found: [RubyValue.Pair] = []
        for argument in call.arguments {
            guard case .hash = argument.node, case .hash(let pairs) = try evaluator.value(argument) else { continue }
            found += pairs
        }
        return found + (try evaluator.options(call.options))
    }

    private func arguments(_ call: RubyCall) throws(UnreadableRuby) -> [RubyValue] {
        var values: [RubyValue] = []
        for argument in call.arguments {
            if case .hash = argument.node { continue }
            values.append(try evaluator.value(argument))
        }
        return values
    }

    mutating func call(_ call: RubyCall, on object: VagrantObject, line: Int) throws(UnreadableRuby) {
        let path = (object.path + [call.name]).joined(separator: ".")
        switch object.kind {
        case .ignored(let reason): throw UnreadableRuby(reason)
        case .provisioner, .trigger:
            if call.name == "ruby" { throw UnreadableRuby("only Ruby can run it") }
            // `trigger.info "…"` is the same as `trigger.info = "…"`.
            let pairs = try options(call)
            let value = try arguments(call).first ?? .hash(pairs)
            if value == .hash([]) { throw UnreadableRuby("it has no equal in an Envfile") }
            draft.append(Option(name: path, value: value, line: line))
        case .provider(let provider, let machine):
            guard path == "customize", case .array(let words)? = try arguments(call).first else {
                throw UnreadableRuby("a container has no `\(path)` of \(provider)")
            }
            try customize(words, of: provider, machine, line: line)
        case .configuration(let machine): try configure(path, call, machine, line)
        }
    }

    private mutating func configure(
        _ path: String, _ call: RubyCall, _ machine: Int?, _ line: Int
    ) throws(UnreadableRuby) {
        switch path {
        case "vm.define": try define(call, machine, line)
        case "vm.provider": try provider(call, machine)
        case "vm.network": try network(try arguments(call), try options(call), machine, line)
        case "vm.synced_folder", "vm.share_folder":
            try folder(try arguments(call), try options(call), machine, line)
        case "vm.provision": try provision(call, machine, line)
        case "trigger.before", "trigger.after": try trigger(path, call, machine, line)
        case "vm.disk": throw UnreadableRuby("a container has no disk of its own: use `volumes:`")
        case "vm.cloud_init": throw UnreadableRuby("a container has no cloud-init: use `provision:`")
        case "vm.usable_port_range": throw UnreadableRuby("the next free port is taken where one is in use")
        case "push.define": throw UnreadableRuby("there is no `vagrant push`")
        case "vm.box", "vm.hostname", "vm.post_up_message":
            throw UnreadableRuby("an assignment is meant: a `=` is missing")
        default: throw UnreadableRuby("it has no equal in an Envfile")
        }
    }

    // MARK: - Machines and providers

    private mutating func define(_ call: RubyCall, _ outer: Int?, _ line: Int) throws(UnreadableRuby) {
        guard outer == nil else { throw UnreadableRuby("a machine inside a machine is not read") }
        guard case let values = try arguments(call), let name = values.first?.name else {
            throw UnreadableRuby("the name of the machine is not read")
        }
        let index: Int
        if let known = machines.firstIndex(where: { $0.name.value == name }) {
            index = known
        } else {
            index = machines.count
            var machine = VagrantMachine()
            machine.name = Sourced(name, line)
            machines.append(machine)
        }
        for option in try options(call) {
            switch (option.key.name, option.value) {
            case ("primary", .boolean(let value)): machines[index].isPrimary = value
            case ("autostart", .boolean(let value)): machines[index].autostart = value
            default: leaveOut("the option `\(option.key.name ?? "?")` of the machine is not read")
            }
        }
        if let block = call.block { run(block, [.object(VagrantObject(kind: .configuration(machine: index)))]) }
    }

    private mutating func provider(_ call: RubyCall, _ machine: Int?) throws(UnreadableRuby) {
        guard let name = try arguments(call).first?.name else { throw UnreadableRuby("the provider is not read") }
        guard let block = call.block else { throw UnreadableRuby("a container has no provider") }
        let override = VagrantObject(kind: .ignored(reason: "it counts for one provider only"))
        run(block, [.object(VagrantObject(kind: .provider(name, machine: machine))), .object(override)])
    }

    // MARK: - Networks

    private mutating func network(
        _ arguments: [RubyValue], _ options: [RubyValue.Pair], _ machine: Int?, _ line: Int
    ) throws(UnreadableRuby) {
        guard let kind = arguments.first?.name else { throw UnreadableRuby("the kind of network is not read") }
        switch kind {
        case "forwarded_port": try port(options, machine, line)
        case "private_network": try privateNetwork(options, machine, line)
        case "public_network", "bridged":
            throw UnreadableRuby(
                "a container is not on the host's own network: publish ports, or write a network with `driver: macvlan` and a `parent`"
            )
        default: throw UnreadableRuby("`\(kind)` is no network that is read")
        }
    }

    private static func portNumber(_ value: RubyValue) -> RubyText? {
        guard let text = value.text, let number = Int(text.fallback), (1...65535).contains(number) else { return nil }
        return text
    }

    private mutating func port(
        _ options: [RubyValue.Pair], _ machine: Int?, _ line: Int
    ) throws(UnreadableRuby) {
        let all = RubyValue.hash(options)
        guard let guest = all["guest"].flatMap(Self.portNumber), let host = all["host"].flatMap(Self.portNumber) else {
            throw UnreadableRuby("`guest` and `host` must be numbers from 1 to 65535")
        }
        var port = VagrantPort(guest: guest, host: host)
        for option in options {
            switch (option.key.name, option.value) {
            case ("guest", _), ("host", _): continue
            case ("host_ip", .text(let text)):
                if text.literal != "" { port.hostAddress = text }
            case ("id", let value): port.id = value.name
            case ("auto_correct", .boolean(let value)): port.autoCorrects = value
            case ("protocol", let value):
                guard let name = value.name, name == "tcp" || name == "udp" else {
                    throw UnreadableRuby("`protocol` is tcp or udp")
                }
                port.transport = name
            case ("guest_ip", _):
                leaveOut(
                    "`guest_ip` does not count: a container is reached at all its addresses", line: line, isPart: true)
            case (_, .none): continue
            default:
                leaveOut("the option `\(option.key.name ?? "?")` of the port is not read", line: line, isPart: true)
            }
        }
        let made = Sourced(port, line)
        change(machine) { $0.ports = VagrantMachine.merged($0.ports, [made], by: \.key) }
    }

    private mutating func privateNetwork(
        _ options: [RubyValue.Pair], _ machine: Int?, _ line: Int
    ) throws(UnreadableRuby) {
        let all = RubyValue.hash(options)
        var network = VagrantNetwork()
        if let address = all["ip"], address != .none {
            guard let text = address.text?.literal,
                let found = VagrantAddress(text, mask: all["netmask"]?.text?.literal ?? all["prefix"]?.text?.literal)
            else { throw UnreadableRuby("its `ip` or its `netmask` is no address that is read") }
            network.address = found
        }
        for option in options {
            switch (option.key.name, option.value) {
            case ("ip", _), ("netmask", _), ("prefix", _): continue
            case ("type", let value):
                if value.name != "dhcp", value.name != "static" {
                    leaveOut("the type of the network is not read", line: line, isPart: true)
                }
            case ("virtualbox__intnet", let value), ("name", let value), ("libvirt__network_name", let value),
                ("hyperv__bridge", let value):
                if case .boolean = value { continue }
                network.name = value.name
            case ("auto_config", _):
                leaveOut("`auto_config` does not count: a container's address is always set", line: line, isPart: true)
            default:
                leaveOut("the option `\(option.key.name ?? "?")` of the network is not read", line: line, isPart: true)
            }
        }
        let made = Sourced(network, line)
        change(machine) { $0.networks.append(made) }
    }

    // MARK: - Folders

    private mutating func folder(
        _ arguments: [RubyValue], _ options: [RubyValue.Pair], _ machine: Int?, _ line: Int
    ) throws(UnreadableRuby) {
        guard arguments.count == 2, let source = arguments[0].text, let target = arguments[1].text?.literal else {
            throw UnreadableRuby("its folders are not read")
        }
        guard target.hasPrefix("/") else {
            throw UnreadableRuby("the path in the container must begin with a slash")
        }
        var path = target
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        var folder = VagrantFolder(source: source, path: path)
        for option in options { try read(option, into: &folder, line) }
        let made = Sourced(folder, line)
        change(machine) { $0.folders = VagrantMachine.merged($0.folders, [made], by: \.target) }
    }

    private mutating func read(
        _ option: RubyValue.Pair, into folder: inout VagrantFolder, _ line: Int
    ) throws(UnreadableRuby) {
        let name = option.key.name ?? "?"
        switch (name, option.value) {
        case ("disabled", .boolean(let value)): folder.isDisabled = value
        case ("create", .boolean(let value)): folder.createsSource = value
        case ("id", _), (_, .none): return
        case ("type", let value):
            let kind = value.name ?? "?"
            let how = kind == "rsync" ? ": what the container writes is seen on the host, too" : ""
            leaveOut(
                "the type `\(kind)` of the folder does not count: it is a bind mount\(how)", line: line, isPart: true)
        case ("owner", let value), ("group", let value):
            leaveOut(
                "`\(name): \(value.name ?? "?")` of the folder does not count: its files belong to the user who ran `trice up`",
                line: line, isPart: true)
        case ("mount_options", .array(let items)):
            let words = items.compactMap(\.name).flatMap { $0.split(separator: ",").map(String.init) }
            folder.isReadOnly = words.contains("ro")
            let others = words.filter { $0 != "ro" && $0 != "rw" }
            if !others.isEmpty {
                leaveOut(
                    "the mount options \(others.map { "`\($0)`" }.joined(separator: ", ")) do not count for a bind mount",
                    line: line, isPart: true)
            }
        case ("rsync__exclude", let value): try exclude(value, &folder, line)
        default: leaveOut("the option `\(name)` of the folder has no equal", line: line, isPart: true)
        }
    }

    private mutating func exclude(
        _ value: RubyValue, _ folder: inout VagrantFolder, _ line: Int
    ) throws(UnreadableRuby) {
        var items = [value]
        if case .array(let several) = value { items = several }
        for item in items {
            guard let text = item.text?.literal, case let parts = text.split(separator: "/"), text.hasSuffix("/"),
                parts.allSatisfy({ part in part != ".." && part != "." && !part.contains { "*?[".contains($0) } }),
                !parts.isEmpty
            else {
                leaveOut(
                    "`rsync__exclude` of what is no directory, written with a slash at its end, does not count: the container sees it",
                    line: line, isPart: true)
                continue
            }
            folder.exclusions.append(parts.joined(separator: "/"))
        }
    }
}
