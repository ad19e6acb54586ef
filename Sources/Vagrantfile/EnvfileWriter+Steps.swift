internal import Vocabulary

// Provisioners as steps of `provision`.
extension EnvfileWriter {
    mutating func step(_ step: Sourced<VagrantStep>, of machine: VagrantMachine) {
        let value = step.value
        let names = machine.steps.compactMap(\.value.name)
        // A name of several steps is none.
        let name = value.name.flatMap { name in names.filter { $0 == name }.count == 1 ? name : nil }
        var isFirst = true
        func prefix() -> String {
            defer { isFirst = false }
            return isFirst ? "- " : "  "
        }
        if let name {
            add(6, prefix() + "name: " + YAMLText.scalar(name), line: step.line)
        }
        switch value.action {
        case .inline(let script):
            add(6, prefix() + "shell: " + YAMLText.block(script, indentation: 10), line: name == nil ? step.line : nil)
        case .script(let path, let arguments):
            noteMissing(path, step.line)
            add(6, prefix() + "shell:", line: name == nil ? step.line : nil)
            add(10, "path: " + YAMLText.scalar(Self.hostPath(path)))
            if !arguments.isEmpty {
                add(10, "args: [" + arguments.map(YAMLText.quotedScalar).joined(separator: ", ") + "]")
            }
        case .copy(let source, let target):
            add(6, prefix() + "copy:", line: name == nil ? step.line : nil)
            copy(source, target, machine, step.line)
        }
        if value.policy != "once" { add(8, "run: \(value.policy)") }
        if !value.environment.isEmpty { add(8, "environment:") }
        for (name, value) in value.environment {
            add(10, "\(YAMLText.scalar(name)): " + YAMLText.quotedScalar(value))
        }
        if !value.isPrivileged { unprivileged(step.line, machine) }
    }

    /// Vagrant runs such a step as the user of its connection.
    private mutating func unprivileged(_ line: Int, _ machine: VagrantMachine) {
        if let user = machine.user {
            add(8, "user: " + YAMLText.scalar(user.value))
        } else {
            leaveOut(
                "`privileged: false` means the box's own user, which the image does not have: name one with `user:`",
                line: line)
        }
    }

    private mutating func noteMissing(_ path: RubyText, _ line: Int) {
        guard let literal = path.literal, host(literal) == .missing else { return }
        leaveOut("`\(literal)` is not there; the step needs it", line: line)
    }

    private mutating func copy(_ source: RubyText, _ target: String, _ machine: VagrantMachine, _ line: Int) {
        noteMissing(source, line)
        var from = Self.hostPath(source)
        if let path = source.literal {
            if path.hasSuffix("/.") {
                from = Self.hostPath(RubyText(String(path.dropLast())))
            } else if !target.hasSuffix("/"), !path.hasSuffix("/"), host(path) == .directory {
                // A folder becomes the one that is named.
                from = from + RubyText("/")
            }
        }
        add(10, "source: " + YAMLText.scalar(from))
        add(10, "target: " + YAMLText.scalar(home(of: target, machine, line)))
    }

    private mutating func home(of target: String, _ machine: VagrantMachine, _ line: Int) -> String {
        if target.hasPrefix("/") { return target }
        var rest = target
        for beginning in ["~/", "$HOME/", "${HOME}/", "./"] where rest.hasPrefix(beginning) {
            rest = String(rest.dropFirst(beginning.count))
        }
        if ["~", "$HOME", "."].contains(rest) { rest = "" }
        let user = machine.user?.value.literal ?? "root"
        let home = user == "root" ? "/root" : "/home/\(user)"
        leaveOut(
            "the home directory in `\(target)` is written as `\(home)`: mend it if the image has another one",
            line: line)
        return "\(home)/\(rest)"
    }
}

extension YAMLText {
    /// A text that must not become a number or a truth value.
    static func quotedScalar(_ text: RubyText) -> String { YAMLQuoting.doubleQuoted(interpolated(text)) }
}
