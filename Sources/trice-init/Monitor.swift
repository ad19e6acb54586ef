import CInit

/// Outlives the supervisor for a container whose first process is the image's program.
///
/// It starts the runtime that starts the container, becomes the parent of the container's first process, and holds the
/// pipes of its output. So the exit status of that process is recorded and its last output can be read, even when the
/// supervisor was killed. The caller gets the runtime's exit code as soon as the runtime has ended.
struct Monitor {
    let pidFile: UnsafeMutablePointer<CChar>
    let record: Int32?

    /// The runtime's exit code, in the calling process; the monitor continues in another one.
    func start(_ runtime: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32 {
        var ends: (Int32, Int32) = (-1, -1)
        let isOpen = withUnsafeMutableBytes(of: &ends) { bytes in
            guard let numbers = bytes.bindMemory(to: Int32.self).baseAddress else { return false }
            return pipe2(numbers, O_CLOEXEC) == 0
        }
        guard isOpen else {
            say("cannot make a pipe: ", strerror(ci_errno()))
            return 125
        }
        let pid = fork()
        if pid < 0 {
            say("cannot start a process: ", strerror(ci_errno()))
            return 125
        }
        if pid == 0 {
            close(ends.0)
            keep(runtime, answer: ends.1)
        }
        close(ends.1)
        var code: Int32 = 125
        // Nothing arrives when the monitor was killed.
        while read(ends.0, &code, 4) < 0, ci_errno() == EINTR {}
        return code
    }

    private func keep(_ runtime: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>, answer: Int32) -> Never {
        setsid()
        ci_adopt_orphans()
        var signals = SignalSet()
        signals.block()
        guard let child = Child.start(runtime, signals: signals) else {
            say("cannot start a process: ", strerror(ci_errno()))
            _exit(125)
        }
        // Waits only for the runtime: a container that has already ended stays a zombie, whose status can be read.
        var status: Int32 = 0
        while waitpid(child.pid, &status, 0) < 0, ci_errno() == EINTR {}
        var code = Ending(waitStatus: status).code
        let first = code == 0 ? readPid() : nil
        _ = write(answer, &code, 4)
        close(answer)
        guard let first else { _exit(0) }
        if let ending = waitForEnd(of: first), let record {
            ending.write(to: record)
            // From here on the process identifier may be reused.
            while waitpid(first, &status, 0) < 0, ci_errno() == EINTR {}
            LastOutput.wait(signals, record: record)
        }
        _exit(0)
    }

    private func readPid() -> pid_t? {
        guard let file = fopen(pidFile, "r") else { return nil }
        defer { fclose(file) }
        var line: (UInt64, UInt64) = (0, 0)
        return withUnsafeMutableBytes(of: &line) { bytes in
            guard let text = bytes.bindMemory(to: CChar.self).baseAddress,
                fgets(text, Int32(bytes.count), file) != nil
            else { return nil }
            let pid = strtol(text, nil, 10)
            return pid > 0 && pid < 1 << 30 ? pid_t(pid) : nil
        }
    }

    /// How the first process ended, before it is reaped; `nil` when it is no child of this process.
    private func waitForEnd(of first: pid_t) -> Ending? {
        while true {
            var ended = ci_ended()
            if ci_next_ended(&ended) != 0 {
                if ci_errno() == EINTR { continue }
                return nil
            }
            if ended.pid == first { return ended.is_exit != 0 ? .exited(ended.value) : .signaled(ended.value) }
            // A helper of the runtime's.
            waitpid(ended.pid, nil, 0)
        }
    }
}
