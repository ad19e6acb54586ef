internal import Dockerfile
internal import Glibc
internal import LinuxSystem
internal import OCI
internal import SystemPackage

/// Finds out why a runtime could not start a step's program, for a message with a remedy.
struct StepDiagnosis {
    let step: PreparedStep

    /// - Parameter words: the runtime's.
    func error(_ words: String) -> BuildError {
        explained ?? BuildError(.runtimeFailed, "Could not run `\(step.request.name)`: \(words).")
    }

    /// The failure when its reason is found: runtimes notice some failures only after they have become the program, and
    /// then only an exit code is visible.
    var explained: BuildError? {
        explanation.map { BuildError(.stepInvalid, "Could not run `\(step.request.name)`: \($0)") }
    }

    /// `nil` when it is nothing that this knows of.
    private var explanation: String? {
        if case .script(let file) = step.request.command {
            let line = file.content.prefix { !$0.isNewline }.dropFirst(2)
            guard let interpreter = line.split(whereSeparator: \.isWhitespace).first.map(String.init),
                isMissing(interpreter)
            else { return nil }
            return "the image has no \(interpreter), which the first line of `\(file.name)` asks for."
        }
        guard let program = step.request.command.arguments.first else { return nil }
        if program.contains("/") {
            let path = program.hasPrefix("/") ? program : "\(step.request.workingDirectory)/\(program)"
            guard isMissing(path) else { return nil }
        } else {
            guard searchPath.allSatisfy({ isMissing("\($0)/\(program)") }) else { return nil }
        }
        let isShellForm = step.request.command.arguments.count > 2 && step.request.command.arguments[1] == "-c"
        return isShellForm
            ? "the image has no \(program), and the shell form of RUN needs it. Name another with SHELL, or write RUN [\"PROGRAM\", …]."
            : "the image has no program `\(program)`."
    }

    private var searchPath: [String] {
        let variables = step.specification.process?.env ?? []
        let path = variables.first { $0.hasPrefix("PATH=") }?.dropFirst("PATH=".count) ?? ""
        return path.split(separator: ":").map(String.init)
    }

    /// Whether the path does not exist; a path below a mount of the step counts as existing.
    private func isMissing(_ path: String) -> Bool {
        let wanted = TreePath(path)
        let targets = (step.specification.mounts ?? []).map { TreePath($0.destination) }
        if targets.contains(where: { wanted.ancestors.contains($0) || wanted == $0 }) { return false }
        // A root that cannot be looked at explains nothing.
        guard let root = try? OwnedDescriptor.open(step.directory.rootfs, O_RDONLY | O_DIRECTORY),
            let place = try? RootResolver(root: root.rawValue).resolve(wanted)
        else { return false }
        return place.info == nil
    }
}
