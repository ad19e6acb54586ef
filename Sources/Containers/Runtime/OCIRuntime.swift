package import LinuxSystem
package import OCI
package import SystemPackage

/// A program that runs containers from bundles; runtime-spec, runtime.md.
///
/// The commands are for callers that must own the process: the supervisor starts `runCommand` as its child, and the
/// command line runs the command of an `EntryRecord`. The other functions run the program to its end and block.
package protocol OCIRuntime: Sendable {
    /// The program's path, or a name for `PATH`.
    var program: String { get }
    /// The directory of the runtime's state, used only by Trice, below /run.
    var root: FilePath { get }
    /// The arguments before the subcommand.
    var globalArguments: [String] { get }
}

extension OCIRuntime {
    /// Creates and starts a container; leaves it running, or ends with its exit code where it is not detached.
    ///
    /// `pidFile` holds the first process when it runs, `log` the errors of the runtime itself. With
    /// `preservedDescriptors` N, the descriptors 3 to N + 2 of the command reach the first process under their numbers.
    /// A container with a terminal sends the terminal's other side to `consoleSocket`.
    package func runCommand(
        _ id: String, bundle: FilePath, pidFile: FilePath, log: FilePath? = nil, isDetached: Bool = true,
        preservedDescriptors: Int = 0, consoleSocket: FilePath? = nil
    ) -> ChildProcess.Command {
        var arguments = ["run"] + (isDetached ? ["--detach"] : [])
        arguments += ["--bundle", bundle.string, "--pid-file", pidFile.string]
        if preservedDescriptors > 0 { arguments += ["--preserve-fds", "\(preservedDescriptors)"] }
        if let consoleSocket { arguments += ["--console-socket", consoleSocket.string] }
        var command = command(arguments + [id])
        if let log { command.arguments = ["--log", log.string] + command.arguments }
        return command
    }

    /// The command that sends a signal to PID 1 of a container (`kill`).
    package func killCommand(_ id: String, signal: Int32) -> ChildProcess.Command {
        command(["kill", id, "\(signal)"])
    }

    /// Deletes a stopped container; with `force` a running one is killed first.
    package func deleteCommand(_ id: String, force: Bool) -> ChildProcess.Command {
        command(["delete"] + (force ? ["--force"] : []) + [id])
    }

    /// The command that prints the state of a container as JSON (`state`, runtime-spec "State").
    package func stateCommand(_ id: String) -> ChildProcess.Command {
        command(["state", id])
    }

    private func command(_ arguments: [String]) -> ChildProcess.Command {
        ChildProcess.Command(program, globalArguments + arguments)
    }
}

extension OCIRuntime {
    /// The ids of the containers that this runtime knows, running or not.
    package func containers() throws(ContainersError) -> [String] {
        do throws(SystemError) {
            return try Files.names(in: root).filter { !$0.hasPrefix(".") }
        } catch {
            throw ContainersError(
                .runtimeFailed, "Could not list the containers in `\(root)`: \(error.errno).", cause: error)
        }
    }

    /// The container's state; `nil` when there is no such container.
    package func state(_ id: String) throws(ContainersError) -> RuntimeState? {
        guard let output = try run(stateCommand(id), id, "asked for its state") else { return nil }
        return try RuntimeState(json: output.standardOutput, container: id)
    }

    /// Sends a signal to the first process; `false` when there is no such container or it has stopped.
    @discardableResult
    package func kill(_ id: String, signal: Int32) throws(ContainersError) -> Bool {
        do throws(ContainersError) {
            return try run(killCommand(id, signal: signal), id, "signaled") != nil
        } catch {
            // Only after a failure is a second process worth its time, to find out whether the container had ended
            // before.
            if let state = try state(id), state.status != .stopped { throw error }
            return false
        }
    }

    /// Deletes a container; `false` when it does not exist.
    @discardableResult
    package func delete(_ id: String, force: Bool = false) throws(ContainersError) -> Bool {
        guard Files.exists(root.appending(id)) else { return false }
        return try run(deleteCommand(id, force: force), id, "deleted") != nil
    }

    /// Freezes all processes of a container; `false` when the container does not exist or has ended.
    package func pause(_ id: String) throws(ContainersError) -> Bool {
        try run(command(["pause", id]), id, "paused") != nil
    }

    /// Continues the processes.
    package func resume(_ id: String) throws(ContainersError) {
        try run(command(["resume", id]), id, "resumed")
    }

    /// Runs a command to its end; `nil` when it failed and the runtime has no such container.
    @discardableResult
    private func run(
        _ command: ChildProcess.Command, _ id: String, _ action: String
    ) throws(ContainersError) -> ProcessOutput? {
        guard !id.isEmpty, !id.hasPrefix("."), !id.contains("/") else {
            throw ContainersError(.invalidConfiguration, "`\(id)` is not a valid identifier of a container.")
        }
        let output: ProcessOutput
        do throws(SystemError) {
            output = try ProcessOutput.of(command, limits: .init(timeout: .seconds(60)))
        } catch  where error.errno == .noSuchFileOrDirectory {
            throw ContainersError(
                .runtimeMissing, "The runtime `\(program)` is not installed. Install it, or name another one.",
                cause: error)
        } catch  where error.errno == .timedOut {
            throw ContainersError(
                .runtimeFailed,
                "Container `\(id)` could not be \(action): `\(program)` has not ended for 60 s and was killed. Its "
                    + "processes may be frozen, or wait for a device or a file server.", cause: error)
        } catch {
            throw ContainersError(
                .runtimeFailed, "Could not start the runtime `\(program)`: \(error.errno).", cause: error)
        }
        if output.status.isSuccess { return output }
        if !Files.exists(root.appending(id)) { return nil }
        throw ContainersError(
            .runtimeFailed,
            "Container `\(id)` could not be \(action): \(RuntimeMessage.text(of: output, from: program))")
    }
}
