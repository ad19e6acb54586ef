// Provisioners and triggers.
extension VagrantReader {
    /// Reads the block of a provisioner or trigger, and returns its options after those of the call.
    private mutating func gather(
        _ call: RubyCall, as kind: VagrantObject.Kind, skipping skipped: Set<String> = [], line: Int
    ) throws(UnreadableRuby) -> [Option] {
        var found: [Option] = []
        for argument in call.arguments {
            if case .hash = argument.node, case .hash(let pairs) = try evaluator.value(argument) {
                found += pairs.map { Option(name: $0.key.name ?? "?", value: $0.value, line: line) }
            }
        }
        for pair in try evaluator.options(call.options) {
            found.append(Option(name: pair.key.name ?? "?", value: pair.value, line: line))
        }
        if let block = call.block {
            let outer = draft
            draft = []
            run(block, [.object(VagrantObject(kind: kind))])
            found += draft
            draft = outer
        }
        return found.filter { !skipped.contains($0.name) }
    }

    // MARK: - Provisioners

    private static let kinds: Set = [
        "shell", "file", "ansible", "ansible_local", "puppet", "puppet_server", "chef_solo", "chef_zero", "chef_client",
        "chef_apply", "chef", "salt", "docker", "podman", "cfengine", "reload", "windows-update",
    ]

    mutating func provision(_ call: RubyCall, _ machine: Int?, _ line: Int) throws(UnreadableRuby) {
        guard let first = call.arguments.first, let name = try evaluator.value(first).name else {
            throw UnreadableRuby("the name of the provisioner is not read")
        }
        let options = try evaluator.options(call.options)
        let type = RubyValue.hash(options)["type"]?.name
        let kind = type ?? name
        let given = type == nil ? RubyValue.hash(options)["name"]?.name : name
        switch kind {
        case "shell":
            let all = try gather(call, as: .provisioner, skipping: ["type"], line: line)
            try shell(all, name: given, machine, line)
        case "file":
            let all = try gather(call, as: .provisioner, skipping: ["type"], line: line)
            try file(all, name: given, machine, line)
        case "ansible", "ansible_local":
            throw UnreadableRuby(
                "playbooks are not read: write the step yourself, with `ansible: PLAYBOOK` under `provision`")
        case _ where Self.kinds.contains(kind): throw UnreadableRuby("there are no steps of \(kind)")
        default:
            throw UnreadableRuby("`\(kind)` is no provisioner that is read")
        }
    }

    private static let withoutEffect: Set = [
        "upload_path", "keep_color", "binary", "sensitive", "name", "type", "preserve_order", "communicator_required",
    ]

    private mutating func shell(
        _ options: [Option], name: String?, _ machine: Int?, _ line: Int
    ) throws(UnreadableRuby) {
        var inline: RubyText?
        var path: RubyText?
        var arguments: RubyValue?
        var step = VagrantStep(.inline(RubyText("")))
        step.name = name
        for option in options {
            switch (option.name, option.value) {
            case ("inline", let value): inline = value.text
            case ("path", let value): path = value.text
            case ("args", let value): arguments = value
            case ("env", .hash(let pairs)):
                step.environment += pairs.compactMap { pair in
                    guard let name = pair.key.name, let value = pair.value.text else { return nil }
                    return (name, value)
                }
            case ("privileged", .boolean(let value)): step.isPrivileged = value
            case ("run", let value): step.policy = try Self.policy(value)
            case ("name", let value): step.name = step.name ?? value.name
            case _ where Self.withoutEffect.contains(option.name), (_, .none): continue
            case ("reboot", _), ("reset", _):
                leaveOut("`\(option.name)` does not count: a container is not booted", line: option.line, isPart: true)
            case ("before", _), ("after", _):
                throw UnreadableRuby("a step that depends on another step is not read")
            default:
                leaveOut("the option `\(option.name)` of the step is not read", line: option.line, isPart: true)
            }
        }
        if let inline {
            step.action = .inline(try Self.script(inline, arguments))
        } else if let path {
            if path.fallback.contains("://") {
                throw UnreadableRuby("a script from the network is not run: download it, and name the file")
            }
            step.action = .script(path: path, arguments: try Self.words(arguments))
        } else {
            throw UnreadableRuby("it has neither `inline` nor `path` that is read")
        }
        let made = Sourced(step, line)
        change(machine) { $0.steps = VagrantMachine.merged($0.steps, [made], by: \.name) }
    }

    private static func policy(_ value: RubyValue) throws(UnreadableRuby) -> String {
        guard let name = value.name, ["once", "always", "never"].contains(name) else {
            throw UnreadableRuby("`run` is once, always or never")
        }
        return name
    }

    /// The arguments of an inline script are set in it.
    private static func script(_ text: RubyText, _ arguments: RubyValue?) throws(UnreadableRuby) -> RubyText {
        switch arguments {
        case nil, RubyValue.none?: return text
        case .array?:
            let words = try words(arguments).map { quoted($0) }
            return words.reduce(RubyText("set --")) { $0 + RubyText(" ") + $1 } + RubyText("\n") + text
        case let value?:
            // Vagrant passes a text to the shell as it stands.
            guard let line = value.text else { throw UnreadableRuby("its `args` are not read") }
            return RubyText("set -- ") + line + RubyText("\n") + text
        }
    }

    private static func quoted(_ text: RubyText) -> RubyText {
        RubyText("'")
            + text.mapLiterals { $0.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") }
            + RubyText("'")
    }

    private static func words(_ arguments: RubyValue?) throws(UnreadableRuby) -> [RubyText] {
        switch arguments {
        case nil, RubyValue.none?: return []
        case .array(let items)?:
            let words = items.compactMap(\.text)
            guard words.count == items.count else { throw UnreadableRuby("its `args` are not read") }
            return words
        case let value?:
            guard let text = value.text else { throw UnreadableRuby("its `args` are not read") }
            guard let line = text.literal else { return [text] }
            return try ShellSplit.words(line).map { RubyText($0) }
        }
    }

    private mutating func file(
        _ options: [Option], name: String?, _ machine: Int?, _ line: Int
    ) throws(UnreadableRuby) {
        var (source, target): (RubyText?, String?)
        var policy = "once"
        for option in options {
            switch option.name {
            case "source": source = option.value.text
            case "destination": target = option.value.text?.literal
            case "run": policy = try Self.policy(option.value)
            case "name": continue
            default:
                leaveOut("the option `\(option.name)` of the step is not read", line: option.line, isPart: true)
            }
        }
        guard let source, let target, !target.isEmpty else {
            throw UnreadableRuby("`source` and `destination` must be texts")
        }
        var step = VagrantStep(.copy(source: source, target: target))
        step.name = name
        step.policy = policy
        let made = Sourced(step, line)
        change(machine) { $0.steps = VagrantMachine.merged($0.steps, [made], by: \.name) }
    }

    // MARK: - Triggers

    private static let commands = ["up", "halt", "reload", "provision", "destroy"]

    mutating func trigger(
        _ path: String, _ call: RubyCall, _ machine: Int?, _ line: Int
    ) throws(UnreadableRuby) {
        var names: [String] = []
        for argument in call.arguments {
            if case .hash = argument.node { continue }
            let value = try evaluator.value(argument)
            if case .array(let items) = value {
                names += items.compactMap(\.name)
            } else {
                names += [value.name ?? "?"]
            }
        }
        let options = try gather(call, as: .trigger, line: line)
        if machine != nil, machines.count > 1 {
            throw UnreadableRuby("triggers are about the whole environment, and this one is about one machine")
        }
        var (ignored, continues): (Set<String>, Bool) = ([], false)
        var messages: [RubyText] = []
        var command: RubyText?
        for option in options {
            switch (option.name, option.value) {
            case ("info", let value), ("warn", let value):
                if let text = value.text { messages.append(text) }
            case ("run", let value): command = try Self.command(value)
            case ("on_error", let value): continues = value.name == "continue"
            case ("ignore", .array(let items)): ignored = Set(items.compactMap(\.name))
            case ("ignore", let value): ignored = [value.name ?? "?"]
            case ("name", _): continue
            case ("run_remote", _):
                leaveOut(
                    "`run_remote` runs in the machine: write a step of `provision:`", line: option.line, isPart: true)
            case ("only_on", _):
                throw UnreadableRuby("triggers are about the whole environment, and this one is about some machines")
            case ("type", _): throw UnreadableRuby("triggers of a type are about Vagrant's own parts")
            default:
                leaveOut("the option `\(option.name)` of the trigger is not read", line: option.line, isPart: true)
            }
        }
        let said = messages.map { RubyText("echo ") + Self.quoted($0) }
        let lines = said + [command].compactMap(\.self)
        guard !lines.isEmpty else { throw UnreadableRuby("nothing of it runs on the host") }
        let script = lines.dropFirst().reduce(lines[0]) { $0 + RubyText("\n") + $1 }
        let moment = path == "trigger.before" ? "before" : "after"
        for name in names where !ignored.contains(name) {
            let meant = name == "all" ? Self.commands.filter { !ignored.contains($0) } : [name]
            for command in meant {
                guard Self.commands.contains(command) else {
                    leaveOut("there are no triggers of `\(command)`", line: line, isPart: true)
                    continue
                }
                triggers.append(
                    Sourced(
                        VagrantTrigger(moment: moment, command: command, script: script, continues: continues), line))
            }
        }
    }

    private static func command(_ value: RubyValue) throws(UnreadableRuby) -> RubyText {
        if let inline = value["inline"]?.text { return inline }
        guard let path = value["path"]?.text else { throw UnreadableRuby("its `run` is not read") }
        let shown = path.fallback.hasPrefix("/") || path.fallback.hasPrefix(".") ? path : RubyText("./") + path
        return try words(value["args"]).reduce(quoted(shown)) { $0 + RubyText(" ") + quoted($1) }
    }
}

/// The words of a line of a shell, without anything that a shell would replace.
enum ShellSplit {
    static func words(_ line: String) throws(UnreadableRuby) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var isEscaped = false
        for character in line {
            if isEscaped {
                word = (word ?? "") + String(character)
                isEscaped = false
            } else if character == "\\", quote != "'" {
                isEscaped = true
            } else if let open = quote {
                if character == open { quote = nil } else { word = (word ?? "") + String(character) }
            } else if character == "'" || character == "\"" {
                quote = character
                word = word ?? ""
            } else if character.isWhitespace {
                if let done = word { words.append(done) }
                word = nil
            } else if "$`*?[|&;<>(){}~".contains(character) {
                throw UnreadableRuby("its `args` need a shell: write them as a list")
            } else {
                word = (word ?? "") + String(character)
            }
        }
        guard quote == nil, !isEscaped else { throw UnreadableRuby("a quote in its `args` is not closed") }
        return words + [word].compactMap(\.self)
    }
}
