internal import Glibc
internal import SystemPackage

/// The exit status and the output of a program.
package struct ProcessOutput: Sendable {
    package var status: ExitStatus
    package var standardOutput: [UInt8]
    /// Empty where the command has a descriptor of its own for standard error.
    package var standardError: [UInt8]

    /// Standard error as text without the trailing line ends.
    package var message: String {
        var text = String(decoding: standardError, as: UTF8.self)[...]
        while text.last?.isNewline == true { text.removeLast() }
        return String(text)
    }

    /// When a run is ended before the program ends itself.
    package struct Limits: Sendable {
        /// Whether a `Cancellation` kills the program, with its whole session if it leads one.
        package var isCancellable: Bool
        package var timeout: Duration?
        /// Bytes of standard output.
        package var maximumOutput: Int

        package init(isCancellable: Bool = false, timeout: Duration? = nil, maximumOutput: Int = .max) {
            self.isCancellable = isCancellable
            self.timeout = timeout
            self.maximumOutput = maximumOutput
        }
    }

    /// Runs a program to its end, feeding `input` and collecting both outputs.
    ///
    /// A program that has ended writes no more: a process that it left behind and that still holds its output is not
    /// waited for.
    ///
    /// - Throws: ECANCELED, ETIMEDOUT or EFBIG when a limit ended the program.
    package static func of(
        _ command: ChildProcess.Command, input: [UInt8] = [], limits: Limits = Limits()
    ) throws(SystemError) -> ProcessOutput {
        let output = try Pipe()
        let errors = try Pipe()
        var command = command
        command.descriptors[1] = output.writer.rawValue
        let keepsErrors = command.descriptors[2] == nil
        if keepsErrors { command.descriptors[2] = errors.writer.rawValue }
        // A memory file as standard input needs no writer beside the two readers.
        let source = try OwnedDescriptor.memoryFile("input")
        try source.write(input)
        let fd = source.rawValue
        try systemCall("lseek", "") { lseek(fd, 0, SEEK_SET) }
        command.descriptors[0] = fd
        let child = try ChildProcess.start(command)
        do throws(SystemError) {
            let collected = try collect(
                child, command.program, output.closingWriter(), errors.closingWriter(), keepsErrors, limits)
            return ProcessOutput(
                status: try child.wait(), standardOutput: collected[0], standardError: collected[1])
        } catch {
            kill(command.startsSession ? -child.pid : child.pid, SIGKILL)
            // The first failure counts; a process that was waited for already needs nothing more.
            _ = try? child.wait()
            throw error
        }
    }

    /// Milliseconds between two checks for a cancellation.
    private static let interval: Duration = .milliseconds(50)

    /// What the program writes until it ends.
    private static func collect(
        _ child: ChildProcess, _ program: String, _ output: borrowing OwnedDescriptor,
        _ errors: borrowing OwnedDescriptor, _ keepsErrors: Bool, _ limits: Limits
    ) throws(SystemError) -> [[UInt8]] {
        let handle = try ProcessDescriptor(pid: child.pid)
        let deadline = limits.timeout.map { ContinuousClock.now + $0 }
        var collected: [[UInt8]] = [[], []]
        var items = [output.rawValue, keepsErrors ? errors.rawValue : -1, handle.descriptor.rawValue].map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        while true {
            let hasEnded = items[2].revents != 0
            // All output of an ended program is in the pipes by then.
            let wait = hasEnded ? 0 : try milliseconds(until: deadline, program, limits)
            let ready = try systemCall("poll", program) { poll(&items, 3, wait) }
            if limits.isCancellable { try Cancellation.check(program) }
            var hasRead = false
            for index in 0...1 where ready > 0 && items[index].fd >= 0 && items[index].revents != 0 {
                let part = index == 0 ? try output.read() : try errors.read()
                collected[index] += part
                if part.isEmpty { items[index].fd = -1 }
                hasRead = true
            }
            if collected[0].count > limits.maximumOutput { throw SystemError("read", program, .fileTooLarge) }
            if hasEnded && !hasRead { return collected }
        }
    }

    private static func milliseconds(
        until deadline: ContinuousClock.Instant?, _ program: String, _ limits: Limits
    ) throws(SystemError) -> Int32 {
        guard let deadline else { return limits.isCancellable ? Int32(interval / .milliseconds(1)) : -1 }
        let left = deadline - ContinuousClock.now
        guard left > .zero else { throw SystemError("wait", program, .timedOut) }
        let wait = limits.isCancellable ? min(left, interval) : left
        return Int32(clamping: max(1, Int(wait / .milliseconds(1))))
    }
}

extension Pipe {
    /// The reading end alone: it then comes to an end when all programs have closed the other one.
    package consuming func closingWriter() -> OwnedDescriptor {
        reader
    }
}
