internal import Containers
internal import Envfile
internal import Glibc
internal import LinuxSystem
internal import Store
internal import SystemPackage
internal import Vocabulary
internal import Workspaces

/// Plays a playbook with the host's `ansible-playbook` against one container, which Ansible reaches over Trice's own ssh.
struct AnsibleRun {
    let workspace: Workspace
    let id: ContainerID
    let play: AnsiblePlay
    /// As whom Ansible steps in.
    let user: String
    let request: ProjectRequest
    /// Takes each line that Ansible writes, without its end.
    let output: (String) -> Void

    private static let program = "ansible-playbook"
    /// The programs of the host that it takes, each with the package that has it.
    private static let programs = [
        (program, "ansible"), ("ssh", "openssh-client"), ("sshd", "openssh-server"),
    ]

    /// What is missing on this host, in words that follow the step's name; `nil` where nothing is.
    static var hostShortfall: String? {
        let missing = programs.first { ProgramSearch.ofProcess.find($0.0) == nil }
        return missing.map {
            "needs the program `\($0.0)`, which is missing on this host. Install it, such as with `apt install \($0.1)`"
        }
    }

    /// Why a play fails in a container without Python, in words that follow `failed with code 2`; `nil` where it has one.
    static func missingPython(_ entry: EntryRecord, _ process: Int32) -> String? {
        // Where this process may not look into the container, Ansible's own words have to do.
        guard
            let check = try? ProgramCheck(
                process: process, variables: entry.variables(for: ExecRequest([])), workingDirectory: "/"),
            check.refusal(of: "python3") != nil
        else { return nil }
        return "the container has no `python3`, which Ansible's modules need. Install it in a step before, such as "
            + "`shell: apt-get update && apt-get install -y python3`"
    }

    /// - Returns: the exit code of Ansible.
    /// - Throws: ECANCELED when the work was cancelled; Ansible and its connections are ended then.
    func run(variables: [String: String], _ withPorts: (String) throws -> String) throws -> Int32 {
        let caller = try Caller(request.processEnvironment)
        let client = SSHClients.Client(
            user: caller.user, group: caller.group, home: caller.home, isInstalled: false)
        let access = SSHAccess(workspace)
        _ = try access.admit(client)
        let files = access.files(client)
        let name = SSHHostBlock.shortName(of: id)
        var written: [FilePath] = []
        // What cannot be removed goes with the keys.
        defer { for path in written { try? files.remove(path) } }
        func write(_ text: String, _ kind: String) throws -> FilePath {
            let path = try files.write(text, named: "ansible-\(id)-\(kind)", beside: access.keys)
            written.append(path)
            return path
        }
        let block = SSHHostBlock(names: [name], container: id, user: user)
        let settings = try write(try block.text(access, files.keys(access.keys)), "ssh")
        let inventory = try write(Self.inventory(name, play.groups, settings: settings), "inventory.json")
        let program = ProgramSearch.ofProcess.find(Self.program)?.string ?? Self.program
        var words = [program, "-i", inventory.string]
        if !play.variables.isEmpty {
            words += ["-e", "@\(try write(try withPorts(play.variablesText), "variables.json"))"]
        }
        words += try play.arguments.map(withPorts) + [play.playbook]
        let directory = try workspace.host.durable.environment(id: workspace.id)?.directory
        return try run(
            try CallerCommand(request: request).command(
                words, variables: Self.settings(request.processEnvironment).merging(variables) { $1 },
                in: FilePath(directory ?? "/")))
    }

    private func run(_ command: ChildProcess.Command) throws -> Int32 {
        let pipe = try Pipe()
        var command = command
        command.startsSession = true
        // One pipe for both, so that the lines come in the order in which they were written.
        command.descriptors = [1: pipe.writer.rawValue, 2: pipe.writer.rawValue]
        let child = try ChildProcess.start(command)
        do {
            try OutputLines(program: Self.program, output: output).follow(child, pipe.closingWriter())
        } catch {
            try end(child)
            throw error
        }
        return try child.wait().code
    }

    /// Lets Ansible end its workers and connections, for a moment.
    private func end(_ child: ChildProcess) throws(SystemError) {
        let process = try ProcessDescriptor(pid: child.pid)
        kill(-child.pid, SIGTERM)
        _ = try process.waitForEnd(milliseconds: 2000)
        kill(-child.pid, SIGKILL)
        _ = try child.wait()
    }

    /// The inventory: one host, which all that a play may call it leads to.
    static func inventory(_ name: String, _ groups: [String], settings: FilePath) -> String {
        let host = Value.map([
            Value.Member("ansible_python_interpreter", .string("auto_silent")),
            // No connection outlives the step.
            Value.Member("ansible_ssh_args", .string("-o ControlMaster=no -o ControlPath=none")),
            Value.Member("ansible_ssh_common_args", .string("-F \(ShellWord.quoted(settings.string))")),
            Value.Member("ansible_ssh_pipelining", .bool(true)),
        ])
        let members = groups.map { group in
            Value.Member(group, .map([Value.Member("hosts", .map([Value.Member(name, .map([]))]))]))
        }
        var all = [Value.Member("hosts", .map([Value.Member(name, host)]))]
        if !members.isEmpty { all.append(Value.Member("children", .map(members))) }
        return Value.map([Value.Member("all", .map(all))]).jsonText()
    }

    /// What lets Ansible write at once and plainly, where the user has not said otherwise.
    private static func settings(_ variables: [String: String]) -> [String: String] {
        let own = ["ANSIBLE_NOCOLOR": "1", "ANSIBLE_NOCOWS": "1", "PYTHONUNBUFFERED": "1"]
        return own.filter { variables[$0.key] == nil }
    }
}
