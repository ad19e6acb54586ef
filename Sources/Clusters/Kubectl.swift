internal import LinuxSystem
internal import SystemPackage
package import Workspaces

/// The user's own `kubectl`: with the user's configuration, in the context and the namespace that a command names.
package struct Kubectl: Sendable {
    /// What a command of `kubectl` gave.
    package struct Output: Sendable {
        /// The exit code; 1 of `kubectl diff` means that there are differences.
        package var exitCode: Int32
        /// The standard output.
        package var text: String
        /// The standard error.
        package var errors: String

        /// Whether the exit code is 0.
        package var succeeded: Bool { exitCode == 0 }
    }

    let program: FilePath
    /// `--context` and `--namespace`.
    let place: [String]
    let environment: [String]

    /// - Throws: `EngineError` where there is no `kubectl`, or no such context.
    package init(_ context: CommandContext, clusterContext: String?, namespace: String?) throws {
        let variables = context.request.processEnvironment
        guard let program = ProgramSearch(only: variables["PATH"] ?? "").find("kubectl") else {
            throw EngineError(
                .unsupportedHost,
                "There is no `kubectl` in PATH, by which Trice talks to clusters. Install it (kubernetes.io, \"Install Tools\"), "
                    + "or write the objects alone by `trice export kubernetes`.")
        }
        self.program = program
        environment = variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        place =
            (clusterContext.map { ["--context", $0] } ?? []) + (namespace.map { ["--namespace", $0] } ?? [])
        try checkContext(clusterContext)
    }

    private func checkContext(_ wanted: String?) throws {
        if let wanted {
            let known = try run(["config", "get-contexts", "--output", "name"], isPlaced: false)
            let names = known.text.split(whereSeparator: \.isNewline).map(String.init)
            guard !names.contains(wanted) else { return }
            let list = names.isEmpty ? "There are none." : "There are: \(names.joined(separator: ", "))."
            throw EngineError(.invalidProject, "kubectl knows no context `\(wanted)`. \(list)")
        }
        let current = try run(["config", "current-context"], isPlaced: false)
        guard current.succeeded, !current.text.allSatisfy(\.isWhitespace) else {
            throw EngineError(
                .invalidProject,
                "kubectl has no current context, so that no cluster is chosen. Choose one by --context NAME, or by `kubectl "
                    + "config use-context NAME`.")
        }
    }

    /// Runs a command to its end.
    ///
    /// - Parameters:
    ///   - input: what it reads, such as documents.
    ///   - isPlaced: whether context and namespace are given to it.
    package func run(
        _ arguments: [String], input: String = "", isPlaced: Bool = true, timeout: Duration? = nil
    ) throws -> Output {
        // A cluster may be on the host's loopback.
        let command = OutsideProgram.command(
            ChildProcess.Command(program.string, (isPlaced ? place : []) + arguments, environment: environment))
        do throws(SystemError) {
            let output = try ProcessOutput.of(
                command, input: Array(input.utf8),
                limits: ProcessOutput.Limits(isCancellable: true, timeout: timeout))
            let code: Int32 = if case .exited(let code) = output.status { code } else { 128 }
            return Output(
                exitCode: code, text: String(decoding: output.standardOutput, as: UTF8.self), errors: output.message)
        } catch {
            if error.errno == .timedOut { return Output(exitCode: 124, text: "", errors: "the time is up") }
            throw EngineError(
                .unsupportedHost, "`\(program)` could not be run: \(error.errno).", causes: [error])
        }
    }

    /// Runs a command that must succeed.
    ///
    /// - Parameter what: what could not be done, for the message.
    @discardableResult
    package func expect(_ what: String, _ arguments: [String], input: String = "") throws -> String {
        let output = try run(arguments, input: input)
        if output.succeeded { return output.text }
        throw EngineError(.planFailed, "\(what): \(Self.reason(output)).")
    }

    static func reason(_ output: Output) -> String {
        let lines = output.errors.split(whereSeparator: \.isNewline).map(String.init)
        let text = lines.suffix(5).joined(separator: "; ")
        return text.isEmpty ? "kubectl ended with the code \(output.exitCode)" : text
    }

    /// The command with its place, to be run in the stead of this process.
    package func command(_ arguments: [String]) -> [String] { [program.string] + place + arguments }
}
