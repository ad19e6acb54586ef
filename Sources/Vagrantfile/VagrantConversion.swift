/// What is at a path of the host.
package enum HostEntry: Sendable {
    case missing, file, directory
}

/// A Vagrantfile as an Envfile, as far as it has one; no Ruby is run.
package struct VagrantConversion: Sendable {
    /// The text of the Envfile.
    package let envfile: String
    /// What was not taken over, by line.
    package let leftOut: [LeftOut]
    /// The names of the services.
    package let services: [String]

    /// - Parameters:
    ///   - text: the Vagrantfile.
    ///   - name: its name, for the comments.
    ///   - comments: lines that begin the Envfile.
    ///   - host: what is at a path of the host, relative to the file's directory.
    package init(
        _ text: String, named name: String, comments: [String] = [], host: @escaping (String) -> HostEntry
    ) {
        var parser = RubyParser(text)
        var reader = VagrantReader()
        reader.run(parser.program())
        var machines = reader.machines.map { $0.over(reader.common) }
        if machines.isEmpty, reader.common != VagrantMachine() { machines = [reader.common] }
        var writer = EnvfileWriter(host: host)
        let body = writer.text(machines, reader.triggers)
        let all = (reader.leftOut + writer.leftOut).enumerated().sorted {
            ($0.element.line, $0.offset) < ($1.element.line, $1.offset)
        }.map(\.element)
        leftOut = all
        services = writer.services
        var head = comments
        head.append("# Made from \(name) by `trice init`; the numbers in the comments are its lines.")
        if !all.isEmpty {
            head += ["#", "# Left out:"] + all.map { "#   " + $0.description.withoutLineBreaks }
        }
        envfile = (head + [""]).joined(separator: "\n") + "\n" + body
    }

    /// Whether a text is a Vagrantfile, by what all of them have.
    package static func isVagrantfile(_ text: String) -> Bool {
        text.contains("Vagrant.configure") || text.contains("Vagrant::Config")
    }
}

extension String {
    fileprivate var withoutLineBreaks: String {
        String(map { $0.isNewline || ($0.asciiValue.map { $0 < 32 } ?? false) ? " " : $0 })
    }
}
