public import LinuxSystem
public import OCI
public import SystemPackage

/// A program that runs containers from bundles; runtime-spec, runtime.md.
///
/// The commands are for callers that must own the process: the supervisor starts `runCommand` as its child, and the
/// command line runs the command of an `EntryRecord`. The other functions run the program to its end and block.
public protocol OCIRuntime: Sendable {
    /// The program's path, or a name for `PATH`.
    var program: String { get }
    /// The directory of the runtime's state, used only by Trice, below /run.
    var root: FilePath { get }
    /// The arguments before the subcommand.
    var globalArguments: [String] { get }
}

extension OCIRuntime {
    /// Creates and starts a container and leaves it running.
    ///
    /// `pidFile` holds its first process when the command has ended. With `preservedDescriptors` N, the descriptors
    /// 3 to N + 2 of the command reach the first process under their numbers. A container with a terminal sends the
    /// terminal's other side to `consoleSocket`.
    public func runCommand(
        _ id: String, bundle: FilePath, pidFile: FilePath, preservedDescriptors: Int = 0,
        consoleSocket: FilePath? = nil
    ) -> ChildProcess.Command {
        var arguments = ["run", "--detach", "--bundle", bundle.string, "--pid-file", pidFile.string]
        if preservedDescriptors > 0 { arguments += ["--preserve-fds", "\(preservedDescriptors)"] }
        if let consoleSocket { arguments += ["--console-socket", consoleSocket.string] }
        return command(arguments + [id])
    }

    public func killCommand(_ id: String, signal: Int32) -> ChildProcess.Command {
        command(["kill", id, "\(signal)"])
    }

    /// Deletes a stopped container; with `force` a running one is killed first.
    public func deleteCommand(_ id: String, force: Bool) -> ChildProcess.Command {
        command(["delete"] + (force ? ["--force"] : []) + [id])
    }

    public func stateCommand(_ id: String) -> ChildProcess.Command {
        command(["state", id])
    }

    private func command(_ arguments: [String]) -> ChildProcess.Command {
        ChildProcess.Command(program, globalArguments + arguments)
    }
}

extension OCIRuntime {
    /// The ids of the containers that this runtime knows, running or not.
    public func containers() throws(ContainersError) -> [String] {
        do throws(SystemError) {
            return try Files.names(in: root).filter { !$0.hasPrefix(".") }
        } catch {
            throw ContainersError(
                .runtimeFailed, "Could not list the containers in `\(root)`: \(error.errno).", cause: error)
        }
    }

    /// The container's state; `nil` when there is no such container.
    public func state(_ id: String) throws(ContainersError) -> RuntimeState? {
        guard let output = try run(stateCommand(id), id, "asked for its state") else { return nil }
        return try RuntimeState(json: output.standardOutput, container: id)
    }

    /// Sends a signal to the first process; `false` when there is no such container or it has stopped.
    @discardableResult
    public func kill(_ id: String, signal: Int32) throws(ContainersError) -> Bool {
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
    public func delete(_ id: String, force: Bool = false) throws(ContainersError) -> Bool {
        guard Files.exists(root.appending(id)) else { return false }
        return try run(deleteCommand(id, force: force), id, "deleted") != nil
    }

    /// Freezes all processes of a container; `false` when the container does not exist or has ended.
    public func pause(_ id: String) throws(ContainersError) -> Bool {
        try run(command(["pause", id]), id, "paused") != nil
    }

    /// Continues the processes.
    public func resume(_ id: String) throws(ContainersError) {
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
            output = try ProcessOutput.of(command)
        } catch  where error.errno == .noSuchFileOrDirectory {
            throw ContainersError(
                .runtimeMissing, "The runtime `\(program)` is not installed. Install it, or name another one.",
                cause: error)
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
