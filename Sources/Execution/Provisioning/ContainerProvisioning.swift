internal import Builder
internal import Containers
internal import Diagnostics
internal import Envfile
internal import Glibc
internal import LinuxSystem
internal import Planning
internal import Store
internal import Supervisor
internal import SupervisorProtocol
internal import SystemPackage
internal import Vocabulary
internal import Workspaces

/// Runs steps of `provision` in one container that runs, and records them.
struct ContainerProvisioning {
    let workspace: Workspace
    let id: ContainerID
    /// As whom and with which variables programs of the host run.
    let request: ProjectRequest

    /// How many of the last lines of a step are told.
    private static let shownLines = 10

    /// What tells the container from others in messages.
    private var shownName: String { id.number == 1 ? "\(id.service)" : "\(id)" }

    /// Runs a step to its end.
    ///
    /// Its record says before that it began, and afterwards that it came to its end: one that fails or is interrupted is due
    /// again. The container stays as it is.
    ///
    /// - Throws: `EngineError.provisionFailed` with the exit code and the last lines.
    func run(_ step: ProvisionStep, _ reporter: Reporter) throws {
        guard let process = workspace.layout.runningProcess(of: id, workspace.id) else { throw try ended(step.step) }
        if Freezer.isFrozen(process) {
            throw failure(
                step.step,
                "could not run because the container is paused. Let it go on with `trice unpause \(id.service)`"
            )
        }
        try record(step, isComplete: false)
        do {
            try run(step.step, process, reporter)
        } catch let ended as EndedStep {
            try record(step, isComplete: false, code: ended.code)
            let why = ended.why.map { ": \($0)" } ?? ""
            throw failure(step.step, "failed with code \(ended.code)\(why)", said: ended.lines)
        } catch let error as EngineError {
            throw error
        } catch let error as SystemError where error.errno == .canceled {
            throw error
        } catch {
            let words = ErrorReport(of: error).message
            throw failure(step.step, "failed: \(words.hasSuffix(".") ? String(words.dropLast()) : words)", [error])
        }
        try record(step, isComplete: true)
    }

    private func run(_ step: Provisioner, _ process: Int32, _ reporter: Reporter) throws {
        switch step.action {
        case .copy(let copy):
            let identity = try ContainerOrigin.identity(in: workspace.stateDirectory(of: id))
            try StepCopy(copy, for: identity).run(below: FilePath("/proc/\(process)/root"))
        case .shell(let text):
            let script = try script(Array(withPorts(text).utf8))
            try execute(step, script, [], process, reporter)
        case .script(let path, let arguments):
            let bytes = try Files.readRegular(FilePath(path), limit: StepContents.largestScript)
            try execute(step, script(bytes), arguments, process, reporter)
        case .ansible(let ansible): try play(ansible, step, process, reporter)
        }
    }

    /// Plays a playbook of the host against the container.
    private func play(_ play: AnsiblePlay, _ step: Provisioner, _ process: Int32, _ reporter: Reporter) throws {
        if let shortfall = AnsibleRun.hostShortfall { throw failure(step, shortfall) }
        let entry = try entryRecord()
        let users = try UserResolver(rootfs: FilePath("/proc/\(process)/root"))
        if let user = step.user { _ = try users.resolve(user) }
        let owner = entry.owner.user
        var last: [String] = []
        let run = AnsibleRun(
            workspace: workspace, id: id, play: play, user: step.user ?? users.name(of: owner) ?? "\(owner)",
            request: request
        ) { send($0, of: step, &last, reporter) }
        let code = try run.run(variables: step.environment.mapValues(withPorts), withPorts)
        if code == 0 { return }
        throw EndedStep(code: code, lines: last, why: AnsibleRun.missingPython(entry, process))
    }

    /// Hands on a line, and keeps it for a failure.
    private func send(_ line: String, of step: Provisioner, _ last: inout [String], _ reporter: Reporter) {
        last.append(line)
        if last.count > Self.shownLines { last.removeFirst() }
        reporter.send(.output(line, from: "\(shownName): \(step.name)"))
    }

    private func entryRecord() throws -> EntryRecord {
        if let entry = EntryRecord(decoding: try Files.read(workspace.entryRecord(of: id))) { return entry }
        throw EngineError(.provisionFailed, "The record of how to enter \(id) cannot be read.")
    }

    private func script(_ bytes: [UInt8]) throws -> ProvisionScript {
        do throws(ProvisionScript.Problem) {
            return try ProvisionScript(bytes)
        } catch {
            throw EngineError(.provisionFailed, "The script \(error.words).")
        }
    }

    private func execute(
        _ step: Provisioner, _ script: ProvisionScript, _ arguments: [String], _ process: Int32, _ reporter: Reporter
    ) throws {
        let entry = try entryRecord()
        let user = try step.user.map { try UserResolver(rootfs: FilePath("/proc/\(process)/root")).resolve($0) }
        let variables = try step.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\(try withPorts($0.value))" }
        let request = ExecRequest(
            script.command(at: StepRun.scriptPath, arguments), workingDirectory: step.workingDirectory,
            environment: variables, user: user)
        try check(step, script, entry, request, process)
        var last: [String] = []
        let place = workspace.runDirectory(of: id)
        let name = "provision-\(UInt32.random(in: 0...UInt32.max))"
        let run = StepRun(
            entry: entry, request: request,
            files: LaunchFiles(pid: place.appending("\(name).pid"), log: place.appending("\(name).log")),
            script: script.bytes
        ) { send($0, of: step, &last, reporter) }
        switch try run.run() {
        case .exited(code: 0): return
        case .exited(let code):
            throw EndedStep(code: code, lines: last, why: UnansweredQuestion.words(of: last))
        case .refused(let words): throw failure(step, "could not be started: \(words)", said: last)
        }
    }

    /// Finds out whether directory and interpreter are there, which the runtime would say in its own words.
    private func check(
        _ step: Provisioner, _ script: ProvisionScript, _ entry: EntryRecord, _ request: ExecRequest, _ process: Int32
    ) throws {
        // Where this process may not look into the container, the runtime tells.
        let root = try? OwnedDescriptor.open(FilePath("/proc/\(process)/root"), O_RDONLY | O_DIRECTORY)
        let directory = entry.workingDirectory(for: request)
        if let root, (try? root.openBeneath(directory, O_RDONLY | O_DIRECTORY)) == nil {
            throw failure(
                step,
                "could not be started: the container has no directory `\(directory)`, in which it runs. Let an "
                    + "earlier step make it, or correct `working_dir`")
        }
        guard let program = script.interpreter.first,
            let check = try? ProgramCheck(
                process: process, variables: entry.variables(for: request),
                workingDirectory: directory),
            let refusal = check.refusal(of: program)
        else { return }
        let origin =
            script.interpreter == [ProvisionScript.shell]
            ? "A step without a `#!` line is run by `/bin/sh` of the container"
            : "The first line of the script names it"
        throw failure(step, "could not be started: `\(program)`: \(refusal.words). \(origin)")
    }

    /// The text with host ports in place of `${PORT:SERVICE:TARGET}`. What has another form, as the shell's
    /// `${PORT:-80}`, stays.
    private func withPorts(_ text: String) throws -> String {
        let start = "${PORT:"
        guard text.contains(start) else { return text }
        let ports = try workspace.records().publishedPorts
        var result = ""
        var rest = text[...]
        while let range = rest.firstRange(of: start), let end = rest[range.upperBound...].firstIndex(of: "}") {
            let written = String(rest[range.lowerBound...end])
            result += rest[..<range.lowerBound]
            result +=
                PostUpMessage(text: written)?.text { service, target, transport in
                    ports.first {
                        $0.service == service && $0.target == target && $0.transportProtocol == transport
                    }?.hostPort
                } ?? written
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    // MARK: - Records

    private func record(_ step: ProvisionStep, isComplete: Bool, code: Int32? = nil) throws {
        try workspace.host.durable.save([
            ProvisionedStepRecord(
                environmentID: workspace.id, service: id.service, number: id.number, name: step.step.name,
                fingerprint: try JSONCoding.text(step.fingerprint), isComplete: isComplete,
                ranAt: WallClock.nanoseconds, code: code)
        ])
    }

    // MARK: - Failures

    private func failure(
        _ step: Provisioner, _ what: String, said lines: [String]? = nil, _ causes: [any Error] = []
    ) -> EngineError {
        let said = lines.map { $0.isEmpty ? " It wrote nothing." : $0.toldAtLast } ?? ""
        return EngineError(
            .provisionFailed,
            "Step `\(step.name)` of service \(shownName) \(what).\(said)\(said.contains("\n") ? "\n " : "") The container is "
                + "kept: look inside with `trice ssh \(shownName)`. The next `trice up` runs the step again.",
            causes: causes)
    }

    private func failure(_ step: Provisioner, _ what: String, _ causes: [any Error]) -> EngineError {
        failure(step, what, said: nil, causes)
    }

    private func ended(_ step: Provisioner) throws -> EngineError {
        let status = try workspace.supervisor().status(of: "\(id)")
        let why = try status.map { try ServiceFailure(workspace: workspace, id: id).message(ofEnd: $0) } ?? ""
        return EngineError(
            .provisionFailed,
            "Step `\(step.name)` of service \(shownName) could not run because its container does not run. \(why)")
    }
}

/// The end of a step that failed.
private struct EndedStep: Error {
    var code: Int32
    /// The last ones that it wrote.
    var lines: [String]
    /// Where it is known, in words without a full stop.
    var why: String?
}
