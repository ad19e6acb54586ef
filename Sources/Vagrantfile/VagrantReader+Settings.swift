// Settings of the form `config.vm.name = value`.
extension VagrantReader {
    /// Changes what is said of one machine, or of all.
    mutating func change(_ machine: Int?, _ body: (inout VagrantMachine) -> Void) {
        if let machine { body(&machines[machine]) } else { body(&common) }
    }

    mutating func set(
        _ name: String, of object: VagrantObject, to value: RubyValue, line: Int
    ) throws(UnreadableRuby) {
        switch object.kind {
        case .ignored(let reason): throw UnreadableRuby(reason)
        case .provisioner, .trigger:
            draft.append(Option(name: (object.path + [name]).joined(separator: "."), value: value, line: line))
        case .provider(let provider, let machine):
            try setProvider(provider, (object.path + [name]).joined(separator: "."), machine, value, line)
        case .configuration(let machine):
            try setConfiguration((object.path + [name]).joined(separator: "."), machine, value, line)
        }
    }

    private static let unused = [
        "vm.box_version": "an image has its version in its tag", "vm.box_url": "images come from registries",
        "vm.box_check_update": "images are brought up to date by `trice pull`",
        "vm.box_architecture": "the image of this machine's architecture is taken",
        "vm.boot_timeout": "a container has nothing to boot", "vm.communicator": "no connection is made to a container",
        "vm.guest": "the image says what system it is",
        "vm.graceful_halt_timeout": "write `stop_grace_period:` if services need longer than 10 s to stop",
        "vm.usable_port_range": "the next free port is taken where one is in use",
        "vm.base_mac": "a container's address is given out", "vm.base_address": "a container's address is given out",
        "vm.allowed_synced_folder_types": "all folders are bind mounts",
        "vm.allow_fstab_modification": "no file in the container is changed for folders",
        "vm.allow_hosts_modification": "names of services are known by themselves",
        "vm.ignore_box_vagrantfile": "an image has no Vagrantfile", "vm.clone": "an image is named instead",
        "ssh.insert_key": "`trice ssh` needs no key", "ssh.private_key_path": "`trice ssh` needs no key",
        "ssh.password": "`trice ssh` needs no password", "ssh.keys_only": "`trice ssh` needs no key",
        "ssh.port": "`trice ssh` needs no port", "ssh.host": "`trice ssh` needs no address",
        "ssh.guest_port": "`trice ssh` needs no port", "ssh.forward_x11": "X11 is not forwarded",
        "ssh.forward_env": "name the variables under `environment:`",
        "ssh.pty": "a terminal is there when you have one",
    ]

    private mutating func setConfiguration(
        _ path: String, _ machine: Int?, _ value: RubyValue, _ line: Int
    ) throws(UnreadableRuby) {
        switch path {
        case "vm.box", "vm.hostname", "vm.host_name", "vm.post_up_message", "ssh.username", "ssh.shell":
            if value == .none { return }
            guard let text = value.text else { throw UnreadableRuby("its value is no text") }
            try setText(path, machine, Sourced(text, line))
        case "ssh.forward_agent":
            guard case .boolean(let forwards) = value else {
                throw UnreadableRuby("its value is neither true nor false")
            }
            change(machine) { $0.forwardsAgent = Sourced(forwards, line) }
        default:
            if let reason = Self.unused[path] { throw UnreadableRuby(reason) }
            let group = path.split(separator: ".").first.map(String.init) ?? path
            switch group {
            case "vm": throw UnreadableRuby("it has no equal in an Envfile")
            case "ssh", "winrm", "winssh": throw UnreadableRuby("`trice ssh` makes no connection over the network")
            case "vagrant": throw UnreadableRuby("it is a setting of Vagrant itself")
            case "nfs", "vbguest", "cache", "hostmanager", "hostsupdater", "berkshelf", "omnibus", "librarian_chef",
                "proxy", "git_proxy", "env":
                throw UnreadableRuby("it is a setting of a plug-in")
            default: throw UnreadableRuby("it has no equal in an Envfile")
            }
        }
    }

    private mutating func setText(
        _ path: String, _ machine: Int?, _ text: Sourced<RubyText>
    ) throws(UnreadableRuby) {
        switch path {
        case "vm.box": change(machine) { $0.box = text }
        case "vm.post_up_message": change(machine) { $0.messages.append(text) }
        case "ssh.username": change(machine) { $0.user = text }
        case "ssh.shell":
            // `bash -l` and the like: what Vagrant's own commands run by, not what the user sees.
            guard let shell = text.value.literal, shell.hasPrefix("/"), !shell.contains(" ") else {
                throw UnreadableRuby("only the path of a shell is taken over")
            }
            change(machine) { $0.shell = text }
        default: change(machine) { $0.hostname = text }
        }
    }

    // MARK: - Providers

    private static let memoryKeys: Set = ["memory", "[memsize]", "vmx.[memsize]", "memsize"]
    private static let processorKeys: Set = ["cpus", "[numvcpus]", "vmx.[numvcpus]", "num_cpus", "cpu"]

    private mutating func setProvider(
        _ provider: String, _ key: String, _ machine: Int?, _ value: RubyValue, _ line: Int
    ) throws(UnreadableRuby) {
        if provider == "docker" { return try setDocker(key, machine, value, line) }
        if Self.memoryKeys.contains(key) {
            try setLimit(\.memory, "memory", try Self.number(value, line), machine, of: provider)
        } else if Self.processorKeys.contains(key) {
            try setLimit(\.cpus, "number of processors", try Self.number(value, line), machine, of: provider)
        } else {
            throw UnreadableRuby("a container has no `\(key)` of \(provider)")
        }
    }

    private static func number(_ value: RubyValue, _ line: Int) throws(UnreadableRuby) -> Sourced<RubyText> {
        guard let text = value.text else { throw UnreadableRuby("its value is no number") }
        let shown = text.fallback
        guard let number = Int(shown), number > 0 else { throw UnreadableRuby("its value is no number") }
        return Sourced(text, line)
    }

    /// The first provider counts: another one's value is left out when it differs.
    private mutating func setLimit(
        _ limit: WritableKeyPath<VagrantMachine, Sourced<RubyText>?>, _ name: String, _ value: Sourced<RubyText>,
        _ machine: Int?, of provider: String
    ) throws(UnreadableRuby) {
        let old = machine.map { machines[$0][keyPath: limit] } ?? common[keyPath: limit]
        let owner = limitOwners["\(machine ?? -1) \(name)"]
        if let old, let owner, owner != provider {
            if old.value == value.value { return }
            throw UnreadableRuby("the \(name) of \(owner) in line \(old.line) is taken")
        }
        limitOwners["\(machine ?? -1) \(name)"] = provider
        change(machine) { $0[keyPath: limit] = value }
    }

    private mutating func setDocker(
        _ key: String, _ machine: Int?, _ value: RubyValue, _ line: Int
    ) throws(UnreadableRuby) {
        switch (key, value) {
        case ("image", .text(let text)): change(machine) { $0.image = Sourced(text, line) }
        case ("cmd", .array(let items)):
            let words = items.compactMap(\.text)
            guard words.count == items.count else { throw UnreadableRuby("its value is no list of texts") }
            change(machine) { $0.command = Sourced(words, line) }
        default: throw UnreadableRuby("write it in the Envfile by hand: a service has a key for it")
        }
    }

    /// `v.customize ["modifyvm", :id, "--memory", "1024"]`.
    mutating func customize(
        _ words: [RubyValue], of provider: String, _ machine: Int?, line: Int
    ) throws(UnreadableRuby) {
        let names = words.map { $0.text?.fallback ?? "" }
        let isSettings = names.first == "modifyvm" || names.first == "set"
        guard isSettings, names.count >= 4, names.count.isMultiple(of: 2) else {
            throw UnreadableRuby("a container has nothing like it")
        }
        for index in stride(from: 2, to: names.count, by: 2) {
            let value = words[index + 1]
            switch names[index] {
            case "--memory", "--memsize":
                try setLimit(\.memory, "memory", try Self.number(value, line), machine, of: provider)
            case "--cpus":
                try setLimit(\.cpus, "number of processors", try Self.number(value, line), machine, of: provider)
            default: leaveOut("a container has no `\(names[index])`")
            }
        }
    }
}
