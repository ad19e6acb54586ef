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
        let launcher = step.launcher()
        let child = try launcher.start(descriptors: [1: writers[0], 2: writers[1]], startsSession: true)
        var lastLines = LastLines()
        do throws(SystemError) {
            record.process = ProcessFacts.startTime(of: child.pid).map { .init(pid: child.pid, startTime: $0) }
            try record.write(to: step.directory.path)
            let process = try ProcessDescriptor(pid: child.pid)
            if try follow(process, readers, &lastLines) {
                try launcher.kill(child)
                return .interrupted
            }
        } catch {
            // The thrown failure is more useful than a failure of the clean-up.
            try? launcher.kill(child)
            throw error
        }
        let status = try child.wait()
        if !status.isSuccess, let refusal = try launcher.refusal() { return .refused(refusal.words) }
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
}

extension PreparedStep {
    /// Runs the container in the foreground: the runtime's exit code is the program's. The process is to lead a session:
    /// the builder handles Ctrl-C.
    func launcher(bundle: FilePath? = nil, console: ConsoleSocket? = nil) -> Launcher {
        let files = LaunchFiles(pid: directory.pidFile, log: directory.runtimeLog)
        return Launcher(
            runtime.runCommand(
                id, bundle: bundle ?? directory.bundle, pidFile: files.pid, log: files.log, isDetached: false,
                consoleSocket: console?.runtimePath), files: files)
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
