/// Writes machines as services, each value with the line that it comes from.
struct EnvfileWriter {
    let host: (String) -> HostEntry
    private(set) var leftOut: [LeftOut] = []
    private(set) var services: [String] = []
    private var lines: [String] = []

    init(host: @escaping (String) -> HostEntry) {
        self.host = host
    }

    mutating func text(_ machines: [VagrantMachine], _ triggers: [Sourced<VagrantTrigger>]) -> String {
        messages(machines)
        if !triggers.isEmpty { add(0, "triggers:") }
        for trigger in triggers { self.trigger(trigger) }
        add(0, machines.isEmpty ? "services: {}" : "services:")
        for machine in machines { service(machine) }
        networks(machines)
        return lines.joined(separator: "\n") + "\n"
    }

    mutating func leaveOut(_ reason: String, line: Int) {
        leftOut.append(LeftOut(line: line, lastLine: line, text: "", reason: reason))
    }

    /// - Parameter line: where the value comes from; `nil` for what no line says.
    mutating func add(_ indentation: Int, _ text: String, line: Int? = nil, _ remark: String? = nil) {
        let place = line.map { "line \($0)" }
        let comment = [place, remark].compactMap(\.self).joined(separator: ": ")
        var parts = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        if !comment.isEmpty { parts[0] += "  # \(comment)" }
        lines.append(String(repeating: " ", count: indentation) + parts.joined(separator: "\n"))
    }

    private mutating func messages(_ machines: [VagrantMachine]) {
        var seen: Set<Sourced<RubyText>> = []
        let messages = machines.flatMap(\.messages).filter { seen.insert($0).inserted }
        guard let first = messages.first else { return }
        let text = messages.dropFirst().reduce(first.value) { $0 + RubyText("\n") + $1.value }
        add(0, "post_up_message: " + YAMLText.block(text, indentation: 2), line: first.line)
    }

    private mutating func trigger(_ trigger: Sourced<VagrantTrigger>) {
        let value = trigger.value
        add(2, "- \(value.moment): \(value.command)", line: trigger.line)
        add(4, "run: " + YAMLText.block(value.script, indentation: 6))
        if value.continues { add(4, "on_error: continue") }
    }

    // MARK: - Services

    private mutating func service(_ machine: VagrantMachine) {
        let service = serviceName(machine.name)
        add(2, "\(service):", line: machine.name.line > 0 ? machine.name.line : nil)
        image(machine, service)
        if let hostname = machine.hostname { self.hostname(hostname) }
        if machine.isPrimary { add(4, "primary: true", line: machine.name.line) }
        if !machine.autostart { add(4, "autostart: false", line: machine.name.line) }
        if let memory = machine.memory {
            add(4, "mem_limit: " + YAMLText.scalar(memory.value + RubyText("M")), line: memory.line)
        }
        if let cpus = machine.cpus { add(4, "cpus: " + YAMLText.number(cpus.value), line: cpus.line) }
        if !machine.ports.isEmpty { add(4, "ports:") }
        for port in machine.ports { self.port(port) }
        attachments(machine)
        let folders =
            machine.folders.contains { $0.value.path == "/vagrant" } ? machine.folders : [ownFolder] + machine.folders
        let shown = folders.filter { !$0.value.isDisabled }
        if !shown.isEmpty { add(4, "volumes:") }
        for folder in shown { self.folder(folder) }
        access(machine)
        if !machine.steps.isEmpty { add(4, "provision:") }
        for step in machine.steps { self.step(step, of: machine) }
    }

    private mutating func hostname(_ hostname: Sourced<RubyText>) {
        let text = hostname.value.fallback
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        let isValid = labels.allSatisfy { label in
            !label.isEmpty && label.count <= 63 && !label.hasPrefix("-") && !label.hasSuffix("-")
                && label.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
        }
        guard isValid, text.count <= 64 else { return leaveOut("`\(text)` is no name of a host", line: hostname.line) }
        add(4, "hostname: " + YAMLText.scalar(hostname.value), line: hostname.line)
    }

    /// Vagrant shares the directory of the file unless it is told not to.
    private var ownFolder: Sourced<VagrantFolder> { Sourced(VagrantFolder(source: RubyText("."), path: "/vagrant"), 0) }

    private mutating func serviceName(_ name: Sourced<String>) -> String {
        var made = String(
            name.value.map { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) ? $0 : "-" })
        if made.first.map({ !$0.isLetter && !$0.isNumber }) ?? true { made = "machine" + made }
        while services.contains(made) { made += "-2" }
        if made != name.value {
            leaveOut(
                "the machine `\(name.value)` is called `\(made)`: a service's name has other characters",
                line: name.line)
        }
        services.append(made)
        return made
    }

    private mutating func image(_ machine: VagrantMachine, _ service: String) {
        if let image = machine.image {
            add(4, "image: " + YAMLText.scalar(image.value), line: image.line, "the provider docker")
            if let command = machine.command {
                add(
                    4, "command: [" + command.value.map(YAMLText.scalar).joined(separator: ", ") + "]",
                    line: command.line)
            }
            return
        }
        guard let box = machine.box else {
            leaveOut(
                "the machine `\(machine.name.value)` has no box that is read; write an image under `services.\(service).image`",
                line: max(1, machine.name.line))
            add(4, "image: choose-an-image", line: nil, "no box is named")
            return keepAlive()
        }
        let name = box.value.fallback
        let isFixed = box.value.literal != nil
        if !isFixed {
            leaveOut("the box is a variable of the host; the image is that of `\(name)`", line: box.line)
        }
        if let image = BoxTable.image(of: name) {
            add(4, "image: \(image)", line: box.line, "box \(name)")
        } else {
            leaveOut(
                "the box `\(name)` has no equal among images; write one under `services.\(service).image`",
                line: box.line)
            add(4, "image: choose-an-image", line: box.line, "box \(name) has no equal")
        }
        keepAlive()
    }

    /// A machine runs without a program of its own; a container ends with its program.
    private mutating func keepAlive() {
        add(4, "command: [sleep, infinity]", line: nil, "a machine runs until it is stopped")
    }

    private mutating func port(_ port: Sourced<VagrantPort>) {
        let value = port.value
        add(6, "- target: " + YAMLText.number(value.guest), line: port.line)
        add(8, "published: " + YAMLText.scalar(value.host))
        if let address = value.hostAddress { add(8, "host_ip: " + YAMLText.scalar(address)) }
        if value.transport != "tcp" { add(8, "protocol: \(value.transport)") }
        if let id = value.id { add(8, "name: " + YAMLText.scalar(id)) }
        if let corrects = value.autoCorrects { add(8, "auto_correct: \(corrects)") }
    }

    private mutating func folder(_ folder: Sourced<VagrantFolder>) {
        let value = folder.value
        add(
            6, "- type: bind", line: folder.line > 0 ? folder.line : nil,
            folder.line > 0 ? nil : "Vagrant shares the directory of the file")
        add(8, "source: " + YAMLText.scalar(Self.hostPath(value.source)))
        add(8, "target: " + YAMLText.scalar(value.path))
        if value.isReadOnly { add(8, "read_only: true") }
        var creates = value.createsSource
        if !creates, let path = value.source.literal, host(path) == .missing {
            leaveOut(
                "the folder `\(path)` is not there: it is created when the environment comes up", line: folder.line)
            creates = true
        }
        if creates { add(8, "bind: { create_host_path: true }") }
        if !value.exclusions.isEmpty {
            add(8, "exclude: [" + value.exclusions.map { YAMLText.scalar($0) }.joined(separator: ", ") + "]")
        }
    }

    /// A path that cannot be taken for anything else.
    static func hostPath(_ path: RubyText) -> RubyText {
        guard let literal = path.literal, let first = literal.first, !"./~".contains(first) else { return path }
        return RubyText("./" + literal)
    }

    private mutating func access(_ machine: VagrantMachine) {
        guard machine.user != nil || machine.shell != nil || machine.forwardsAgent != nil else { return }
        add(4, "ssh:")
        if let user = machine.user {
            add(6, "user: " + YAMLText.scalar(user.value), line: user.line, "the image must have this user")
        }
        if let shell = machine.shell { add(6, "shell: " + YAMLText.scalar(shell.value), line: shell.line) }
        if let agent = machine.forwardsAgent { add(6, "forward_agent: \(agent.value)", line: agent.line) }
    }
}
