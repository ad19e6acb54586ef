internal import CLinux
internal import Glibc
package import LinuxSystem
package import OCI
package import SystemPackage
internal import Vocabulary

/// The data for running another program in a container, in a form that is fast to read.
///
/// Scripts call `ssh` often; decoding the whole configuration of the container and encoding the process again would
/// take longer than the runtime does. The parts that a request changes are separate fields, the rest is JSON text that
/// is copied unchanged.
package struct EntryRecord: Hashable, Sendable {
    /// The runtime's program and its arguments before the subcommand.
    package var runtime: [String]
    /// The id by which the runtime knows the container.
    package var id: String
    var environment: [String]
    var hostname: String
    var workingDirectory: String
    /// The members of the process that no request but one for another user changes, without braces.
    var user: String
    /// The other members, without braces.
    var rest: String

    /// - Throws: `invalidConfiguration` when the specification has no process.
    package init(
        _ specification: RuntimeSpecification, id: String, runtime: any OCIRuntime
    ) throws(ContainersError) {
        guard var process = specification.process else {
            throw ContainersError(.invalidConfiguration, "Container `\(id)` has no process.")
        }
        self.id = id
        self.runtime = [runtime.program] + runtime.globalArguments
        environment = process.env ?? []
        hostname = specification.hostname ?? ""
        workingDirectory = process.cwd
        user = "\"user\":" + (try Self.json(process.user ?? .init(uid: 0, gid: 0)))
        process.args = nil
        process.env = nil
        process.terminal = nil
        process.consoleSize = nil
        process.cwd = ""
        process.user = nil
        rest = String(try Self.json(process).dropFirst().dropLast())
        // The working directory is not optional: the encoder writes it as an empty text, which must not be in the
        // document twice.
        for text in ["\"cwd\":\"\",", ",\"cwd\":\"\"", "\"cwd\":\"\""] {
            guard let range = rest.firstRange(of: text) else { continue }
            rest.removeSubrange(range)
            break
        }
    }

    private static func json(_ value: some Encodable) throws(ContainersError) -> String {
        do {
            return try JSONCoding.text(value)
        } catch {
            throw ContainersError(.invalidConfiguration, "Could not encode a process for the runtime.", cause: error)
        }
    }
}

extension EntryRecord {
    /// Whether the runtime hands over the terminal of a command that it waits for; runc does so only for one that it
    /// leaves behind.
    package var handsOverTerminal: Bool { !(FilePath(runtime[0]).lastComponent?.string.hasPrefix("runc") ?? false) }

    /// Whether the container itself sets a variable.
    package func hasVariable(_ name: String) -> Bool { environment.contains { $0.hasPrefix("\(name)=") } }

    /// The same with these capabilities; `process.capabilities` of the runtime-spec.
    package func privileged(_ capabilities: CapabilitySet) -> EntryRecord {
        guard let start = rest.firstRange(of: "\"capabilities\":{"),
            let end = rest[start.upperBound...].firstIndex(of: "}")
        else { return self }
        let names = "[" + capabilities.names.map { "\"\($0)\"" }.sorted().joined(separator: ",") + "]"
        let sets = ["bounding", "effective", "permitted"].map { "\"\($0)\":\(names)" }.joined(separator: ",")
        var copy = self
        copy.rest.replaceSubrange(start.upperBound..<end, with: sets)
        return copy
    }
}

// MARK: - On disk

extension EntryRecord {
    /// Fields that end in NUL, and a list of them ends in an empty one: no text of these has a NUL or is empty.
    package var encoded: [UInt8] {
        let fields = runtime + ["", id, hostname, workingDirectory, user, rest] + environment + [""]
        return fields.flatMap { Array($0.utf8) + [0] }
    }

    /// `nil` for bytes that are no record.
    package init?(decoding bytes: [UInt8]) {
        var fields = bytes.split(separator: 0, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }[...]
        let runtime = fields.prefix { !$0.isEmpty }
        fields = fields.dropFirst(runtime.count + 1)
        guard !runtime.isEmpty, fields.count >= 6 else { return nil }
        self.runtime = Array(runtime)
        id = fields.removeFirst()
        hostname = fields.removeFirst()
        workingDirectory = fields.removeFirst()
        user = fields.removeFirst()
        rest = fields.removeFirst()
        environment = Array(fields.prefix { !$0.isEmpty })
    }
}

// MARK: - Running

extension EntryRecord {
    /// The process as a file in memory, for the runtime's `exec --process`.
    ///
    /// - Throws: `invalidConfiguration` when the request names no program or a relative directory.
    package func document(for request: ExecRequest) throws(ContainersError) -> OwnedDescriptor {
        let text = try self.text(for: request)
        do throws(SystemError) {
            let file = OwnedDescriptor(
                owning: try systemCall("memfd_create", "process") { cl_memfd_create("process", CL_MFD_CLOEXEC) })
            try file.write(text.utf8)
            let fd = file.rawValue
            try systemCall("lseek", "process") { lseek(fd, 0, SEEK_SET) }
            return file
        } catch {
            throw ContainersError(
                .runtimeFailed, "Could not encode `\(request.arguments[0])` for the runtime.", cause: error)
        }
    }

    /// The variables of a program for a request.
    package func variables(for request: ExecRequest) -> [String] {
        ContainerEnvironment.assemble(
            image: environment.filter { request.user == nil || !$0.hasPrefix("HOME=") }, service: request.environment,
            home: request.user?.home ?? "/", hostname: hostname, hasTerminal: request.hasTerminal)
    }

    /// The directory in which a program for a request starts.
    package func workingDirectory(for request: ExecRequest) -> String {
        request.workingDirectory ?? workingDirectory
    }

    func text(for request: ExecRequest) throws(ContainersError) -> String {
        guard let first = request.arguments.first, !first.isEmpty else {
            throw ContainersError(.invalidConfiguration, "Could not run a program in the container: none was named.")
        }
        let directory = workingDirectory(for: request)
        guard directory.hasPrefix("/") else {
            throw ContainersError(
                .invalidConfiguration, "Could not run `\(first)`: its working directory `\(directory)` is not absolute."
            )
        }
        let variables = variables(for: request)
        var members = [
            "\"terminal\":\(request.hasTerminal)", "\"cwd\":\(Self.quoted(directory))",
            "\"args\":[\(request.arguments.map(Self.quoted).joined(separator: ","))]",
            "\"env\":[\(variables.map(Self.quoted).joined(separator: ","))]",
        ]
        if let user = request.user {
            let groups = user.additionalGroups.map { "\($0)" }.joined(separator: ",")
            members.append("\"user\":{\"uid\":\(user.uid),\"gid\":\(user.gid),\"additionalGids\":[\(groups)]}")
        } else {
            members.append(user)
        }
        if !rest.isEmpty { members.append(rest) }
        return "{" + members.joined(separator: ",") + "}"
    }

    /// A JSON string; RFC 8259 section 7.
    private static func quoted(_ text: String) -> String {
        var result: [UInt8] = [UInt8(ascii: "\"")]
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): result += [UInt8(ascii: "\\"), byte]
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                result += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: result.append(byte)
            }
        }
        return String(decoding: result + [UInt8(ascii: "\"")], as: UTF8.self)
    }

    /// The number under which the runtime finds the document.
    static let documentNumber: Int32 = 9

    /// The runtime's command line, with the standard streams of this process; `document` must stay open until the
    /// runtime has started.
    ///
    /// - Parameters:
    ///   - files: where the runtime leaves the pid of the program and its own errors; these go to standard error
    ///     otherwise.
    ///   - isDetached: whether the runtime returns as soon as the program runs, which has no input and output then.
    ///   - isLeft: the same, but for the standard streams, which the program has; see `Launcher.adopts`.
    ///   - isAtTerminal: whether the runtime itself connects the program's terminal with that of this process.
    ///   - preservedDescriptors: how many descriptors of the command, from 3 on, the program gets under their numbers.
    ///   - consoleSocket: the socket to which the runtime sends the program's terminal, if it has one.
    package func command(
        document: borrowing OwnedDescriptor, files: LaunchFiles? = nil, consoleSocket: FilePath? = nil,
        isDetached: Bool = false, isLeft: Bool = false, isAtTerminal: Bool = false, preservedDescriptors: Int = 0
    ) -> ChildProcess.Command {
        let log = files.map { ["--log", $0.log.string] } ?? []
        let pidFile = files.map { ["--pid-file", $0.pid.string] } ?? []
        let console =
            consoleSocket.map { ["--tty", "--console-socket", $0.string] } ?? (isAtTerminal ? ["--tty"] : [])
        var command = ChildProcess.Command(
            runtime[0],
            log + runtime.dropFirst() + ["exec"] + pidFile + console
                + (isDetached || isLeft ? ["--detach"] : [])
                + (preservedDescriptors > 0 ? ["--preserve-fds", "\(preservedDescriptors)"] : []) + [
                    "--process", "/proc/self/fd/\(Self.documentNumber)", id,
                ])
        // Without the streams of this process the command has empty ones.
        let streams: [Int32: Int32] = isDetached ? [:] : [0: 0, 1: 1, 2: 2]
        command.descriptors = streams.merging([Self.documentNumber: document.rawValue]) { $1 }
        return command
    }
}

// MARK: - Whom it runs as

extension EntryRecord {
    private struct Holder: Decodable {
        var user: RuntimeSpecification.User
    }

    /// The user of the container's first process, by number; root for a record that says none.
    package var owner: (user: UInt32, group: UInt32) {
        // The record was written from a value that encodes.
        guard let holder = try? JSONCoding.decode(Holder.self, from: "{\(user)}") else { return (0, 0) }
        return (holder.user.uid, holder.user.gid)
    }
}
