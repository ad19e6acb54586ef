internal import Glibc
internal import LinuxSystem

/// What this process was started with.
enum ProcessEnvironment {
    static var current: [String: String] { EnvironmentVariables.current }

    static var userID: UInt32 { geteuid() }

    static var workingDirectory: String {
        guard let path = getcwd(nil, 0) else { return "/" }
        defer { free(path) }
        return String(cString: path)
    }

    /// Has the standard input be /dev/null, for this process and for what it starts.
    static func dropInput() {
        let null = open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard null > 0 else { return }
        dup2(null, 0)
        close(null)
    }

    /// Whether there is a regular file at a path.
    static func isFile(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// Columns of the terminal at standard output or standard error; 80 without a terminal.
    static var terminalWidth: Int { terminalSize.columns }

    /// Lines of the same terminal; 24 without a terminal.
    static var terminalHeight: Int { terminalSize.lines }

    private static var terminalSize: (columns: Int, lines: Int) {
        var size = winsize()
        for descriptor: Int32 in [1, 2] where ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 {
            return (Int(size.ws_col), size.ws_row > 0 ? Int(size.ws_row) : 24)
        }
        return (80, 24)
    }
}
