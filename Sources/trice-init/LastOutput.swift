import CInit

/// Keeps the last output of the program until a reader has read it.
///
/// The content of a pipe is lost with its last descriptor. When the reader has died, this process waits for the next
/// one; any signal except SIGCHLD ends the wait at once, and so does the removal of the record.
enum LastOutput {
    static func wait(_ signals: SignalSet, record: Int32) {
        let pipes: (Int32, Int32) = (ci_is_pipe(1) != 0 ? 1 : -1, ci_is_pipe(2) != 0 ? 2 : -1)
        if pending(pipes) == 0 { return }
        // The other processes of the container would die with its first process, and must not write for ever.
        if getpid() == 1 { kill(-1, SIGKILL) }
        var pause = 1
        while pending(pipes) > 0, ci_is_unlinked(record) == 0 {
            let signal = signals.wait(milliseconds: pause)
            if signal == SIGCHLD {
                var status: Int32 = 0
                while waitpid(-1, &status, WNOHANG) > 0 {}
            } else if signal > 0 {
                return
            }
            pause = pause < 50 ? pause + 1 : 50
        }
    }

    private static func pending(_ pipes: (Int32, Int32)) -> Int32 {
        (pipes.0 < 0 ? 0 : ci_pending(pipes.0)) + (pipes.1 < 0 ? 0 : ci_pending(pipes.1))
    }
}
