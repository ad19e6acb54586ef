internal import Glibc
internal import LinuxSystem
package import SystemPackage

/// The process that stands by one environment's containers: their parent, their log writer, their port proxy.
package enum SupervisorProcess {
    /// What a supervisor is started with.
    package struct Configuration: Sendable {
        /// The environment's run directory, on tmpfs.
        package var runDirectory: FilePath
        /// The environment's state directory, which outlives a reboot.
        package var stateDirectory: FilePath
        /// The release of Trice, for clients of another one.
        package var release: String
        /// How many runtime commands may run at once; they wait for the kernel's grace periods most of the time.
        package var startLimit: Int

        package init(runDirectory: FilePath, stateDirectory: FilePath, release: String, startLimit: Int = 5) {
            self.runDirectory = runDirectory
            self.stateDirectory = stateDirectory
            self.release = release
            self.startLimit = startLimit
        }
    }

    /// The environment variable that names the descriptor on which the starter waits for readiness.
    static let readinessVariable = "TRICE_SUPERVISOR_READY"

    /// Serves until a client asks for the end; the result is the exit code of the process.
    ///
    /// Where a supervisor of the environment lives already, it returns 0 at once and touches nothing. It takes the
    /// process over: its signals, its standard error, its descriptor limit, its orphans. Descriptors 4 and 5 may be the
    /// sockets of a guard, see `NamespaceStash`.
    package static func main(_ configuration: Configuration) -> Int32 {
        let readiness = takeReadiness()
        let stash = NamespaceStash.takeInherited()
        let directory = RunDirectory(path: configuration.runDirectory)
        do {
            // The starter made the directory: where it is gone again, the environment is.
            guard let lock = try lock(directory) else { return 0 }
            defer { withExtendedLifetime(lock) {} }
            for number in [SIGHUP, SIGINT, SIGPIPE] { signal(number, SIG_IGN) }
            try redirectErrors(to: directory.log)
            umask(0o022)
            // A working directory would keep its file system busy; relative paths need it.
            if configuration.runDirectory.isAbsolute, configuration.stateDirectory.isAbsolute { _ = chdir("/") }
            let loop = try ControlLoop(
                directory: directory, logs: LogDirectory(stateDirectory: configuration.stateDirectory),
                release: configuration.release, startLimit: configuration.startLimit, stash: stash)
            if let readiness {
                // A starter that does not wait any more is none of our business.
                try? readiness.descriptor.write([1])
            }
            try loop.run()
            return 0
        } catch {
            let line = Array("The supervisor ends: \(error)\n".utf8)
            _ = write(2, line, line.count)
            return 1
        }
    }

    /// The lock of the one supervisor; `nil` where another one lives.
    ///
    /// One that was killed may leave its lock for a moment to a process that it was just starting.
    private static func lock(_ directory: RunDirectory) throws -> FileLock? {
        for _ in 0..<100 {
            if let lock = try FileLock.attempt(directory.lock) { return lock }
            do {
                if try SupervisorClient.connect(runDirectory: directory.path) != nil { return nil }
            } catch {
                // It lives, and does not answer or is of a strange release.
                return nil
            }
            usleep(10_000)
        }
        return nil
    }

    private static func takeReadiness() -> SharedDescriptor? {
        guard let text = getenv(readinessVariable), let number = Int32(String(cString: text)) else { return nil }
        unsetenv(readinessVariable)
        let inherited = OwnedDescriptor(owning: number)
        // The copy is close-on-exec. A descriptor that is not there is one that nobody waits for.
        guard let own = try? inherited.duplicate() else {
            _ = inherited.release()
            return nil
        }
        return SharedDescriptor(own)
    }

    private static func redirectErrors(to path: FilePath) throws(SystemError) {
        let log = try OwnedDescriptor.open(path, O_WRONLY | O_CREAT | O_APPEND, mode: 0o600)
        let fd = log.rawValue
        try systemCall("dup2", path.string) { dup2(fd, 2) }
    }
}

enum ProcessIdentity {
    /// The pid of this process.
    static var current: Int32 { getpid() }
}
