internal import Glibc
internal import LinuxSystem

/// Hands on what a child process writes, line by line.
struct OutputLines {
    /// In messages.
    let program: String
    /// Takes each line, without its end.
    let output: (String) -> Void

    /// Milliseconds between two checks for a cancellation.
    private static let interval: Int32 = 50

    /// Reads until the program has ended. What it left behind and still holds its output is not waited for.
    ///
    /// - Throws: ECANCELED when the work was cancelled; the program runs on.
    func follow(_ child: ChildProcess, _ reader: borrowing OwnedDescriptor) throws(SystemError) {
        let process = try ProcessDescriptor(pid: child.pid)
        var lines = LineReader()
        var items = [reader.rawValue, process.descriptor.rawValue].map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        while true {
            let hasEnded = items[1].revents != 0
            let ready = try systemCall("poll", "\(child.pid)") { poll(&items, 2, hasEnded ? 0 : Self.interval) }
            try Cancellation.check(program)
            var hasRead = false
            if ready > 0, items[0].fd >= 0, items[0].revents != 0 {
                let bytes = try reader.read()
                if bytes.isEmpty { items[0].fd = -1 }
                hasRead = true
                for line in lines.take(bytes) { output(line) }
            }
            if hasEnded && !hasRead { break }
        }
        if let rest = lines.finish() { output(rest) }
    }
}

/// Divides bytes into lines. A long one is divided, so that a line without an end does not fill the memory.
struct LineReader {
    private var rest: [UInt8] = []
    private static let longest = 64 * 1024

    /// Takes bytes and returns the lines that they complete, without their ends.
    mutating func take(_ bytes: [UInt8]) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                lines.append(text())
            } else {
                rest.append(byte)
                if rest.count >= Self.longest { lines.append(text()) }
            }
        }
        return lines
    }

    /// What is left at the end; `nil` for nothing.
    mutating func finish() -> String? { rest.isEmpty ? nil : text() }

    private mutating func text() -> String {
        defer { rest.removeAll(keepingCapacity: true) }
        return String(decoding: rest, as: UTF8.self)
    }
}
