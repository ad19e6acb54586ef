internal import Glibc
package import LinuxSystem
package import Vocabulary

/// What `run` wants of the start of its container.
package struct OneOffStart: Sendable {
    /// The name of the container's service, which has no other one.
    package var service: ServiceName
    /// The streams of the user; `nil` where the command runs in the background.
    package var streams: ForegroundStreams?
    /// Whether the container goes when its command has ended.
    package var isRemoved: Bool

    package init(service: ServiceName, streams: ForegroundStreams?, isRemoved: Bool) {
        self.service = service
        self.streams = streams
        self.isRemoved = isRemoved
    }
}

/// What the user of `run` has in place of the streams of a container's first process.
package enum ForegroundStreams: Sendable {
    /// A terminal of the container's own, with the size of the user's.
    case terminal(TerminalSize)
    /// A pipe as the standard input; both outputs are apart.
    case pipe(InputPipe)

    /// - Parameter hasTerminal: whether the standard input of this process is a terminal that the container gets one like.
    package init(hasTerminal: Bool) throws(SystemError) {
        guard hasTerminal else {
            self = .pipe(try InputPipe())
            return
        }
        var size = winsize()
        // A terminal that does not tell has the size 0, which counts as unknown.
        _ = ioctl(0, UInt(TIOCGWINSZ), &size)
        self = .terminal(TerminalSize(rows: size.ws_row, columns: size.ws_col))
    }

    /// The first size of the container's terminal; `nil` where it has none.
    package var terminalSize: TerminalSize? {
        if case .terminal(let size) = self { return size }
        return nil
    }

    /// `nil` where the input is a terminal.
    package var input: InputPipe? {
        if case .pipe(let pipe) = self { return pipe }
        return nil
    }
}
