internal import Builder
internal import Diagnostics
internal import Envfile
internal import LinuxSystem
internal import OCI
internal import Planning
internal import SystemPackage
internal import Vocabulary
internal import Workspaces

/// Reads what the steps of `provision` need of the host: it gives what decides whether they have changed, and finds what
/// would make them fail before anything runs.
struct StepContents {
    /// The project directory.
    let directory: FilePath

    /// No script is larger.
    static let largestScript = 16 << 20

    struct Found {
        /// Digests by service, step and part.
        var digests: [ServiceName: [String: [String: String]]] = [:]
        /// What a user should know, one sentence each.
        var remarks: [String] = []
    }

    /// - Throws: `EngineError.invalidProject` with every problem, one a line.
    func read(_ services: [Service]) throws -> Found {
        var found = Found()
        var problems: [String] = []
        for service in services {
            for step in service.tools.provisioners {
                let name = "Step `\(step.name)` of service \(service.name)"
                do {
                    found.digests[service.name, default: [:]][step.name] = try read(step, name, &found.remarks)
                } catch {
                    problems.append("\(name) cannot run: \(error.words)")
                }
            }
        }
        guard problems.isEmpty else { throw EngineError(.invalidProject, problems.joined(separator: "\n")) }
        return found
    }

    /// What one step reads on the host: digests by part.
    func read(_ step: Provisioner) throws(Problem) -> [String: String] {
        var remarks: [String] = []
        return try read(step, "", &remarks)
    }

    /// Why a step cannot run.
    struct Problem: Error {
        /// With a full stop.
        var words: String
    }

    private func read(
        _ step: Provisioner, _ name: String, _ remarks: inout [String]
    ) throws(Problem) -> [String: String] {
        do {
            return try digests(of: step, name, &remarks)
        } catch {
            throw error as? Problem ?? Problem(words: ErrorReport(of: error).message)
        }
    }

    private func digests(of step: Provisioner, _ name: String, _ remarks: inout [String]) throws -> [String: String] {
        var parts: [String: String] = [:]
        switch step.action {
        case .shell(let text): _ = try script(Array(text.utf8), named: "its `shell`")
        case .script(let path, _):
            let bytes = try bytes(ofScript: path)
            _ = try script(bytes, named: "its script `\(shown(path))`")
            parts[StepFingerprint.script] = "\(Digester.digest(of: bytes))"
        case .copy(let copy): parts[StepFingerprint.copiedFiles] = try digest(of: copy)
        case .ansible(let play): parts = try digests(of: play)
        }
        guard step.policy == .changed, !step.inputs.isEmpty else { return parts }
        do {
            let inputs = try InputFiles(directory: directory).find(step.inputs)
            for (path, digest) in inputs.digests { parts[StepFingerprint.input(path)] = digest }
            remarks += inputs.unmatched.map { "\(name): no file is like `\($0)` of its `inputs`" }
        } catch let problem as InputFiles.Problem {
            throw Problem(words: "the pattern of `inputs` \(problem.words).")
        } catch let error as SystemError {
            throw Problem(words: "the input `\(shown(error.subject))` cannot be read: \(error.errno).")
        }
        return parts
    }

    private func script(_ bytes: [UInt8], named name: String) throws -> ProvisionScript {
        do throws(ProvisionScript.Problem) {
            return try ProvisionScript(bytes)
        } catch {
            throw Problem(words: "\(name) \(error.words).")
        }
    }

    private func bytes(ofScript path: String) throws -> [UInt8] {
        do throws(SystemError) {
            return try Files.readRegular(FilePath(path), limit: Self.largestScript)
        } catch {
            throw Self.problem("its script `\(shown(path))`", error, key: "shell.path")
        }
    }

    /// - Parameter key: where the file is named.
    private static func problem(_ file: String, _ error: SystemError, key: String) -> Problem {
        switch error.errno {
        case .noSuchFileOrDirectory, .notDirectory:
            Problem(words: "\(file) is not there. Create it, or correct `\(key)`.")
        case .isDirectory, .invalidArgument: Problem(words: "\(file) is no file.")
        case .fileTooLarge: Problem(words: "\(file) is larger than 16 MiB.")
        default: Problem(words: "\(file) cannot be read: \(error.errno).")
        }
    }

    private func digests(of play: AnsiblePlay) throws -> [String: String] {
        let files = AnsibleFiles(play: play)
        var parts: [String: String] = [:]
        do throws(SystemError) {
            parts[StepFingerprint.playbook] = try files.playbookDigest()
        } catch {
            throw Self.problem("its playbook `\(shown(play.playbook))`", error, key: "ansible.playbook")
        }
        for (path, digest) in try files.companionDigests() { parts[StepFingerprint.playbookFile(path)] = digest }
        return parts
    }

    private func digest(of copy: Provisioner.Copy) throws -> String {
        guard Files.exists(FilePath(copy.source)) else {
            throw Problem(
                words: "`\(shown(copy.source))`, which it copies, is not there. Create it, or correct `copy.source`.")
        }
        do {
            return "\(try StepCopy(copy).select().selection.digest)"
        } catch let error as BuildError {
            throw Problem(words: "`\(shown(copy.source))`, which it copies, cannot be used: \(error)")
        }
    }

    /// The path as a user writes it.
    private func shown(_ path: String) -> String {
        let prefix = directory.string + "/"
        return path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : path
    }
}
