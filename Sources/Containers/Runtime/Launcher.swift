internal import Glibc
package import LinuxSystem
package import SystemPackage

/// Where a runtime leaves what there is to know about one start.
package struct LaunchFiles: Hashable, Sendable {
    /// The pid of the process, once it runs.
    package var pid: FilePath
    /// The runtime's own errors.
    package var log: FilePath

    package init(pid: FilePath, log: FilePath) {
        self.pid = pid
        self.log = log
    }

    /// Removes both; a missing one is not an error.
    package func remove() throws(SystemError) {
        try Files.remove(pid)
        try Files.remove(log)
    }
}

/// Starts a process in a container by a runtime's command, and reads what the runtime says of it.
///
/// All that comes to run in a container is started by it: its first process (by the supervisor), a step of a build, and
/// a command inside.
package struct Launcher: Sendable {
    package let command: ChildProcess.Command
    package let files: LaunchFiles
    /// Whether the runtime leaves the program to this process, which becomes its parent and so learns which signal has
    /// ended it: the runtime's own exit code does not tell.
    package let adopts: Bool

    /// - Parameter command: a runtime's command line that names `files`.
    package init(_ command: ChildProcess.Command, files: LaunchFiles, adopts: Bool = false) {
        self.command = command
        self.files = files
        self.adopts = adopts
    }

    /// The same with trice-init beside the container, which holds its outputs and, in descriptor 3, the exit record for
    /// a container that does not have it inside.
    package func monitored(by program: String) -> Launcher {
        var command = ChildProcess.Command(
            program, ["-x", "3", "-k", files.pid.string, "--", self.command.program] + self.command.arguments)
        command.descriptors = self.command.descriptors
        return Launcher(command, files: files)
    }

    /// Removes what an earlier start left, and starts the runtime; the caller waits for it.
    ///
    /// - Parameters:
    ///   - descriptors: in place of those of the command, where they have the same number.
    ///   - startsSession: whether the runtime gets no signals of the terminal.
    package func start(
        descriptors: [Int32: Int32] = [:], startsSession: Bool = false
    ) throws(SystemError) -> ChildProcess {
        try files.remove()
        if adopts { try Children.adoptOrphans() }
        var command = command
        command.descriptors.merge(descriptors) { $1 }
        command.startsSession = startsSession
        if let null = NullDevice.descriptor {
            for number: Int32 in 0...2 where command.descriptors[number].map(NullDevice.isOpen) ?? true {
                command.descriptors[number] = null
            }
        }
        return try ChildProcess.start(command)
    }
}

// MARK: - What came of it

extension Launcher {
    /// Why a runtime started nothing.
    package struct Refusal: Hashable, Sendable {
        /// One line.
        package var words: String
        /// What a shell reports: 127 for a program that is not there, 126 for one that cannot be run.
        package var exitCode: Int32
        /// Whether the program itself is not there.
        package var isMissing: Bool

        init(words: String, exitCode: Int32, isMissing: Bool) {
            self.words = words
            self.exitCode = exitCode
            self.isMissing = isMissing
        }

        /// In the runtime's words.
        init(ofRuntime words: String) {
            let text = words.lowercased()
            let isMissing =
                (text.contains("not found") || text.contains("no such file or directory")) && !text.contains("chdir")
            self.init(words: words, exitCode: isMissing ? 127 : 126, isMissing: isMissing)
        }
    }

    /// The pid of the process; `nil` while the runtime has written none.
    package func pid() throws(SystemError) -> Int32? {
        guard let text = try Files.text(files.pid) else { return nil }
        return Int32(text.prefix { $0.isNumber })
    }

    /// What the runtime says after it failed; it logs no failure of the program itself.
    package func refusal() throws(SystemError) -> Refusal? {
        guard let text = try Files.text(files.log) else { return nil }
        let words = RuntimeMessage.text(ofLog: text)
        return words.isEmpty ? nil : Refusal(ofRuntime: words)
    }
}

// MARK: - Signals

extension Launcher {
    /// Sends a signal to the process and all of its process group: to what Ctrl-C of its own terminal would end.
    ///
    /// - Parameter child: the runtime in the foreground, which leads a session and passes the signal on while no process
    ///   is known; or the process itself where it was adopted.
    package func signal(_ number: Int32, to child: borrowing ProcessDescriptor) throws(SystemError) {
        // The parent is looked at first: the runtime has not waited for such a process, so that its pid is not reused.
        // Its group is one of its own, which need not be led by itself.
        let pid = try pid()
        let isAdopted = pid == child.pid
        if let pid, isAdopted || ProcessFacts.parent(of: pid) == child.pid {
            let group = getpgid(pid)
            if group > 1, isAdopted || group != child.pid, group != getpgrp(), Glibc.kill(-group, number) == 0 {
                return
            }
        }
        try child.send(signal: number)
    }

    /// Kills the processes and the runtime in the foreground, in any state, and waits for the runtime.
    package func kill(_ child: ChildProcess) throws(SystemError) {
        let process = try ProcessDescriptor(pid: child.pid)
        for attempt in 0..<200 {
            // The end of a container's first process kills all others of its namespace.
            if let pid = try pid(), ProcessFacts.parent(of: pid) == child.pid {
                Glibc.kill(pid, SIGKILL)
            } else if attempt >= 50 {
                // It hangs before there is a container, or after it.
                try process.send(signal: SIGKILL)
            }
            if try process.waitForEnd(milliseconds: 10) { break }
        }
        _ = try child.wait()
    }

    /// Runs a command in the foreground with the streams of this process to its end, and passes on the signals that
    /// this process gets.
    ///
    /// The runtime leads a session, or the terminal would signal it as well. A runtime signals the program alone: a
    /// shell would wait for its child. The third signal kills.
    package func run() throws(SystemError) -> ExitStatus {
        let signals = try ForwardedSignals()
        let child = try start(startsSession: true)
        guard adopts else {
            let process = try ProcessDescriptor(pid: child.pid)
            try wait(for: process, passing: signals)
            return try child.wait()
        }
        guard let process = try adopt(from: child) else { return try child.wait() }
        try wait(for: process, passing: signals)
        return Self.status(ofAdopted: process)
    }

    private func wait(
        for process: borrowing ProcessDescriptor, passing signals: borrowing ForwardedSignals
    ) throws(SystemError) {
        var items = [
            pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: process.descriptor.rawValue, events: Int16(POLLIN), revents: 0),
        ]
        var count = 0
        while true {
            try systemCall("poll", "\(process.pid)") { poll(&items, 2, -1) }
            if items[1].revents != 0 { return }
            guard let number = try signals.next(), number != SIGWINCH else { continue }
            count += 1
            try signal(count < 3 ? number : SIGKILL, to: process)
        }
    }
}

// MARK: - Adopting

extension Launcher {
    /// The program that the runtime leaves to this process.
    ///
    /// - Parameter child: the runtime, which is waited for where it has left a program.
    /// - Returns: `nil` when it has left none.
    func adopt(from child: ChildProcess) throws(SystemError) -> ProcessDescriptor? {
        let runtime = try ProcessDescriptor(pid: child.pid)
        _ = try runtime.waitForEnd()
        guard let pid = try pid() else { return nil }
        let process = try ProcessDescriptor(pid: pid)
        // Its own failure is told by its log.
        _ = try child.wait()
        return process
    }

    /// How a program ended that was adopted.
    static func status(ofAdopted process: borrowing ProcessDescriptor) -> ExitStatus {
        // One that is no child of this process has an end that only the kernel may know.
        Children.reap(process.pid) ?? process.keptExitStatus() ?? .exited(255)
    }
}
