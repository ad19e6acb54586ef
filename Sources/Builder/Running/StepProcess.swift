internal import CLinux
internal import Containers
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// The runtime's process of one step: reads its output until the container has ended.
struct StepProcess {
    /// The end of the process.
    enum Ending: Sendable, Hashable {
        case exited(code: Int32, lastLines: [OutputLine])
        /// The runtime could not start the program; in its words.
        case refused(String)
        case interrupted
    }

    let step: PreparedStep
    let output: @Sendable (OutputLine) -> Void
    let interruption: Interruption

    /// The largest pipe size of a user, so that the program rarely waits for this process; pipe(7).
    private static let pipeSize = 1 << 20

    /// Runs the container to its end, or kills it when the interruption comes.
    func run() throws(SystemError) -> Ending {
        let standardOutput = try Pipe()
        let standardError = try Pipe()
        let ending = try run(
            writers: [standardOutput.writer.rawValue, standardError.writer.rawValue],
            readers: [standardOutput.reader.rawValue, standardError.reader.rawValue])
        _ = consume standardOutput
        _ = consume standardError
        return ending
    }

    private func run(writers: [Int32], readers: [Int32]) throws(SystemError) -> Ending {
        // A smaller pipe does as well.
        for fd in writers { _ = cl_fcntl(fd, CL_F_SETPIPE_SZ, Self.pipeSize) }
        var record = StepRecord(id: step.id, cgroup: step.cgroup, runtime: step.runtime)
        try record.write(to: step.directory.path)
        let child = try ChildProcess.start(step.command(descriptors: [1: writers[0], 2: writers[1]]))
        var lastLines = LastLines()
        do throws(SystemError) {
            record.process = ProcessFacts.startTime(of: child.pid).map { .init(pid: child.pid, startTime: $0) }
            try record.write(to: step.directory.path)
            let process = try ProcessDescriptor(pid: child.pid)
            if try follow(process, readers, &lastLines) {
                try step.kill(child)
                return .interrupted
            }
        } catch {
            // The thrown failure is more useful than a failure of the clean-up.
            try? step.kill(child)
            throw error
        }
        let status = try child.wait()
        if !status.isSuccess, let refusal = try refusal() { return .refused(refusal) }
        return .exited(code: status.code, lastLines: lastLines.lines)
    }

    /// Reads until the process has ended; `true` when the interruption came first.
    private func follow(
        _ process: borrowing ProcessDescriptor, _ readers: [Int32], _ lastLines: inout LastLines
    ) throws(SystemError) -> Bool {
        var splitters = [LineSplitter(.standardOutput), LineSplitter(.standardError)]
        var buffer = [UInt8](repeating: 0, count: 256 * 1024)
        func hand(_ lines: [OutputLine]) {
            for line in lines {
                lastLines.add(line)
                output(line)
            }
        }
        var items = (readers + [process.descriptor.rawValue, interruption.descriptor]).map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        for fd in readers { _ = cl_fcntl(fd, F_SETFL, Int(O_NONBLOCK)) }
        var hasEnded = false
        while true {
            // All output of an ended process is in the pipes: then there is nothing to wait for.
            try systemCall("poll", step.id) { poll(&items, nfds_t(items.count), hasEnded ? 0 : -1) }
            if items[3].revents != 0 { return true }
            var hasRead = false
            for index in 0...1 where items[index].fd >= 0 && items[index].revents != 0 {
                let count = read(readers[index], &buffer, buffer.count)
                if count > 0 {
                    hasRead = true
                    hand(splitters[index].take(Array(buffer[..<count])))
                } else if count == 0 {
                    items[index].fd = -1
                }
            }
            if hasEnded && !hasRead { break }
            if items[2].revents != 0 { hasEnded = true }
        }
        for index in 0...1 { hand(splitters[index].finish()) }
        return false
    }

    /// The message of a runtime that failed; it does not log a failure of the container's program.
    private func refusal() throws(SystemError) -> String? {
        guard let text = try Files.text(step.directory.runtimeLog) else { return nil }
        let words = RuntimeMessage.text(ofLog: text)
        return words.isEmpty ? nil : words
    }
}

extension PreparedStep {
    /// Runs the container in the foreground: the runtime's exit code is the program's.
    func command(descriptors: [Int32: Int32], bundle: FilePath? = nil, console: FilePath? = nil) -> ChildProcess.Command
    {
        let options = ["--bundle", (bundle ?? directory.bundle).string, "--pid-file", directory.pidFile.string]
        return ChildProcess.Command(
            runtime.program,
            ["--log", directory.runtimeLog.string] + runtime.globalArguments + ["run"] + options
                + (console.map { ["--console-socket", $0.string] } ?? []) + [id],
            // Not reached by signals of the terminal: the builder handles Ctrl-C.
            descriptors: descriptors, startsSession: true)
    }

    /// Kills the container's processes and the runtime, in any state.
    func kill(_ child: ChildProcess) throws(SystemError) {
        let process = try ProcessDescriptor(pid: child.pid)
        for attempt in 0..<200 {
            // The end of the container's first process kills all others of its namespace.
            if let text = try Files.text(directory.pidFile), let pid = Int32(text.filter { !$0.isNewline }),
                ProcessFacts.parent(of: pid) == child.pid
            {
                Glibc.kill(pid, SIGKILL)
            } else if attempt >= 50 {
                // It hangs before there is a container, or after it.
                try process.send(signal: SIGKILL)
            }
            if try process.waitForEnd(milliseconds: 10) { break }
        }
        _ = try child.wait()
    }

    /// Removes the runtime's state of the container and all objects of the step except the layer.
    func close() throws(BuildError) {
        var failures: [any Error] = []
        do { try runtime.delete(id, force: true) } catch { failures.append(error) }
        do { try StepCgroup(path: cgroup).remove() } catch { failures.append(error) }
        do { try resources.release() } catch { failures.append(error) }
        guard let first = failures.first else { return }
        throw BuildError(
            .systemCall,
            "Could not clean up after `\(request.name)`: " + failures.map { "\($0)" }.joined(separator: "; ") + ".",
            cause: first)
    }
}
