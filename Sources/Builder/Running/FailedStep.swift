internal import Containers
internal import Glibc
package import LinuxSystem
internal import OCI
internal import Synchronization
internal import SystemPackage

/// A step whose program ended with another code than 0.
///
/// With `RunRequest.keepsFailed`, files, mounts, secrets, network, variables and user of its container are kept,
/// without its processes, until `discard` or until the value is released.
package final class FailedStep: Error, Sendable, CustomStringConvertible {
    package let name: String
    /// 128 plus the signal's number for a program that a signal ended.
    package let exitCode: Int32
    /// The last lines of its output, at most 20.
    package let lastLines: [OutputLine]
    private let hasNoNetwork: Bool
    /// `nil` when nothing is kept.
    private let kept: Mutex<PreparedStep?>

    init(_ step: PreparedStep, exitCode: Int32, lastLines: [OutputLine]) {
        name = step.request.name
        hasNoNetwork = if case .none = step.request.network { true } else { false }
        self.exitCode = exitCode
        self.lastLines = lastLines
        kept = Mutex(step.request.keepsFailed ? step : nil)
    }

    deinit {
        // The next build finds what cannot be removed now.
        try? discard()
    }

    package var description: String { "the program ended with code \(exitCode)" }

    var error: BuildError {
        let output =
            lastLines.isEmpty ? " It wrote nothing." : " The end of its output:" + LastLines.text(lastLines)
        let network =
            hasNoNetwork && asksForNetwork ? "\n  The step has no network: it says so with `--network=none`." : ""
        return BuildError(
            .stepFailed, "`\(name)` ended with code \(end).\(output)\(network)\(isDiskFull ? Self.diskHint : "")",
            cause: self)
    }

    /// The code and its usual meaning; signal(7).
    private var end: String {
        let signals: [Int32: String] = [
            SIGABRT: "it gave up (SIGABRT)", SIGBUS: "a fault (SIGBUS)", SIGFPE: "a wrong calculation (SIGFPE)",
            SIGILL: "an instruction that the processor does not know (SIGILL)", SIGSEGV: "a fault (SIGSEGV)",
            SIGKILL: "it was killed, perhaps for want of memory", SIGTERM: "it was told to end (SIGTERM)",
        ]
        return "\(exitCode)" + (signals[exitCode - 128].map { ": \($0)" } ?? "")
    }

    private static let diskHint =
        "\n  Perhaps the disk is full on which images are kept: `trice image prune` frees what none needs."

    private var isDiskFull: Bool {
        lastLines.contains { $0.text.lowercased().contains("no space left on device") }
    }

    /// Whether the output reads as that of a program that found no network.
    private var asksForNetwork: Bool {
        let signs = [
            "resolv", "unreachable", "bad address", "network", "connection timed out", "failure in name",
            "could not connect", "no servers could be reached",
        ]
        let text = lastLines.map(\.text).joined(separator: "\n").lowercased()
        return signs.contains { text.contains($0) }
    }

    /// Whether a shell can be opened.
    package var isKept: Bool { kept.withLock { $0 != nil } }

    /// Removes the kept container; it is not an error when nothing is kept.
    package func discard() throws(BuildError) {
        let step = kept.withLock { step in
            defer { step = nil }
            return step
        }
        try step?.close()
    }
}

// MARK: - Shell

extension FailedStep {
    /// The streams of a shell in the container.
    package enum ShellStreams: Sendable, Hashable {
        /// The terminal of this process; the shell gets a new one of the same size.
        case terminal
        /// Descriptors of this process.
        case descriptors(input: Int32, output: Int32, error: Int32)
    }

    /// Runs a program in the container of the failed step, with the same user, variables, mounts and network; blocks
    /// until it ends.
    ///
    /// The next call sees its changes.
    ///
    /// - Parameter arguments: a shell, when empty.
    /// - Returns: the exit status.
    /// - Throws: `.stepInvalid` when nothing is kept, or when the image does not contain the program.
    package func openShell(_ streams: ShellStreams, arguments: [String] = []) throws(BuildError) -> ExitStatus {
        guard let step = kept.withLock({ $0 }) else {
            throw BuildError(.stepInvalid, "Could not open a shell in `\(name)`: nothing of the step was kept.")
        }
        let program = arguments.isEmpty ? [step.request.shell] : arguments
        var specification = step.specification
        specification.process?.args = program
        specification.process?.terminal = streams == .terminal
        let bundle = Bundle(step.directory.memory.appending("shell"))
        let changed = specification
        try preparing(name) { () throws(ContainersError) in try bundle.write(changed) }
        do throws(SystemError) {
            let status: ExitStatus
            let launcher: Launcher
            switch streams {
            case .terminal:
                let console = try ConsoleSocket(listeningAt: step.directory.memory.appending("console"))
                launcher = step.launcher(bundle: bundle.directory, console: console)
                status = try TerminalSession.run(launcher, console: console)
            case .descriptors(let input, let output, let error):
                launcher = step.launcher(bundle: bundle.directory)
                status = try launcher.start(descriptors: [0: input, 1: output, 2: error], startsSession: true).wait()
            }
            if !status.isSuccess, try launcher.refusal() != nil {
                throw SystemError("execve", program[0], .noSuchFileOrDirectory)
            }
            return status
        } catch {
            throw BuildError(
                .stepInvalid, "Could not run `\(program[0])` where `\(name)` failed: \(error.errno).", cause: error)
        }
    }
}

extension BuildError {
    /// The failed step, if it is the cause.
    package var failedStep: FailedStep? { cause as? FailedStep }
}
