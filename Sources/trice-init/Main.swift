import CInit

/// The first process of a container: starts the program, hands it every signal, reaps what is orphaned and
/// records how the program ended.
///
/// `trice-init [-x FD] -- PROGRAM [ARGUMENT…]`. With `-x`, one line `exited CODE` or `signaled SIGNAL` is written
/// to descriptor FD, which the program itself does not inherit. The exit code is the program's, 128 plus the
/// signal that ended it, 127 where there is no such program, 126 where it cannot be run, 125 for wrong use.
///
/// With `-k PIDFILE` it stays outside, see `Monitor`. Under another name it is a `Tool`. `trice-init -g PROGRAM
/// [ARGUMENT…]` is the guard of a supervisor, see `Guard`. `trice-init -w` waits until it is asked to end: it keeps the
/// namespaces of a user without root.
@main
struct Main {
    static func main() {
        if let arguments = ci_arguments() { Tool.runIfNamed(arguments, count: Int(ci_argument_count())) }
        if ci_argument_count() == 2, let word = ci_arguments()?[1], strcmp(word, "-w") == 0 { waitForEnd() }
        if ci_argument_count() > 2, let arguments = ci_arguments(), let word = arguments[1], strcmp(word, "-g") == 0 {
            exit(Guard.run(arguments + 2))
        }
        guard let arguments = ci_arguments(), let options = Options(arguments, count: Int(ci_argument_count())) else {
            say("usage: trice-init [-x FD] [-k PIDFILE] -- PROGRAM [ARGUMENT...]")
            exit(125)
        }
        if let record = options.record, ci_close_on_exec(record) != 0 {
            say("the descriptor of option -x is not open")
            exit(125)
        }
        if let pidFile = options.pidFile {
            exit(Monitor(pidFile: pidFile, record: options.record).start(arguments + options.program))
        }
        var signals = SignalSet()
        signals.block()
        guard let child = Child.start(arguments + options.program, signals: signals) else {
            say("cannot start a process: ", strerror(ci_errno()))
            exit(125)
        }
        let status = child.superviseUntilEnd(signals)
        let ending = Ending(waitStatus: status)
        if let record = options.record {
            // The other processes end with this one. Nothing of theirs may be in the record, nor come into it later.
            if getpid() == 1 { kill(-1, SIGKILL) }
            _ = ftruncate(record, 0)
            ending.write(to: record)
            // Only a caller that asked for a record reads the output through pipes that outlive it.
            LastOutput.wait(signals, record: record)
        }
        exit(ending.code)
    }
}

/// Ends when a signal asks for it.
func waitForEnd() -> Never {
    var signals = SignalSet()
    signals.block()
    while true {
        switch signals.wait() {
        case SIGTERM, SIGINT, SIGHUP, SIGQUIT: exit(0)
        default: continue
        }
    }
}

/// The command line.
struct Options {
    /// The descriptor for the exit record.
    var record: Int32?
    /// Where the runtime that is the program writes the pid of the container's first process.
    var pidFile: UnsafeMutablePointer<CChar>?
    /// The index of the program's name.
    var program: Int

    init?(_ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>, count: Int) {
        var index = 1
        record = nil
        pidFile = nil
        while index < count, let argument = arguments[index] {
            if strcmp(argument, "--") == 0 {
                program = index + 1
                guard program < count else { return nil }
                return
            }
            guard index + 1 < count, let value = arguments[index + 1] else { return nil }
            if strcmp(argument, "-k") == 0 {
                pidFile = value
                index += 2
                continue
            }
            guard strcmp(argument, "-x") == 0 else { return nil }
            var end: UnsafeMutablePointer<CChar>?
            let number = strtol(value, &end, 10)
            guard value[0] >= 48, value[0] <= 57, let end, end.pointee == 0, number > 2, number < 1 << 20 else {
                return nil
            }
            record = Int32(number)
            index += 2
        }
        return nil
    }
}

/// Writes one line to standard error.
func say(_ parts: UnsafePointer<CChar>?...) {
    writeText("trice-init: ", to: 2)
    for case let part? in parts {
        _ = write(2, part, strlen(part))
    }
    _ = write(2, "\n", 1)
}

func writeText(_ text: StaticString, to descriptor: Int32) {
    _ = write(descriptor, text.utf8Start, text.utf8CodeUnitCount)
}
