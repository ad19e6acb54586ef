import CInit

/// Starts a program again each time that a signal has ended it, as the kernel does when memory is short: the guard of a
/// supervisor. A program that ends by itself ends its guard, too, with the same code.
///
/// The guard has the descriptors that it was started with, and so has every start of the program: a pipe that the first
/// one is to write to comes to its end only with the guard. In 4 and 5 each has the two ends of a pair of sockets: what one
/// has sent the next can receive.
enum Guard {
    /// Seconds that the program has to run for the next pause to be the shortest one again.
    private static let settlingTime = 1
    /// Milliseconds before a start. The first is short: while no supervisor lives no names are answered.
    private static let pauses: (first: UInt32, most: UInt32) = (1, 1000)

    /// - Parameter program: the program with its arguments, ended by a null pointer.
    static func run(_ program: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32 {
        var pause = pauses.first
        openStash()
        while true {
            let began = ci_seconds()
            let pid = fork()
            if pid < 0 {
                say("cannot start a process: ", strerror(ci_errno()))
                return 125
            }
            if pid == 0 {
                if let name = program[0] { execvp(name, program) }
                say(program[0], ": ", strerror(ci_errno()))
                _exit(126)
            }
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, ci_errno() == EINTR {}
            guard case .signaled = Ending(waitStatus: status) else { return Ending(waitStatus: status).code }
            if ci_seconds() - began >= settlingTime { pause = pauses.first }
            usleep(pause * 1000)
            pause = pause * 4 < pauses.most ? pause * 4 : pauses.most
        }
    }

    /// Without it the program finds nothing there, and can do without.
    private static func openStash() {
        var ends: (Int32, Int32) = (-1, -1)
        let isOpen = withUnsafeMutableBytes(of: &ends) { bytes in
            guard let numbers = bytes.bindMemory(to: Int32.self).baseAddress else { return false }
            return socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0, numbers) == 0
        }
        guard isOpen else { return }
        // Out of the way first: one end may have the number that the other gets.
        for (end, number) in [(ends.0, Int32(10)), (ends.1, 11)] {
            dup2(end, number)
            close(end)
        }
        for (end, number) in [(Int32(10), Int32(4)), (11, 5)] {
            dup2(end, number)
            close(end)
        }
    }
}
