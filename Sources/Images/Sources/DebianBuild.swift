internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// A running mmdebstrap: the caller reads its tar, and a callback gets each line of its messages.
final class DebianBuild {
    let subject: String
    private let onLine: (String) -> Void
    private let process: ChildProcess
    private let output: OwnedDescriptor
    private let messages: OwnedDescriptor
    private var messagesEnded = false
    private var line: [UInt8] = []
    /// The last lines, for the error.
    private var tail: [String] = []
    private var status: ExitStatus?

    private static let tailLength = 12
    init(
        arguments: [String], epoch: Int, subject: String, onLine: @escaping (String) -> Void
    ) throws(ImageError) {
        self.subject = subject
        self.onLine = onLine
        do throws(SystemError) {
            let output = try Pipe()
            let messages = try Pipe()
            var command = ChildProcess.Command("mmdebstrap", arguments, startsSession: true)
            command.descriptors = [1: output.writer.rawValue, 2: messages.writer.rawValue]
            command.environment = Self.environment(epoch: epoch)
            process = try ChildProcess.start(command)
            self.output = try output.reader.duplicate()
            self.messages = try messages.reader.duplicate()
        } catch  where error.errno == .noSuchFileOrDirectory && error.call == "posix_spawn" {
            throw ImageError(
                .programMissing,
                "\(subject) needs mmdebstrap and it is not installed. Install it with: apt install mmdebstrap")
        } catch {
            throw ImageError("build \(subject)", error)
        }
    }

    deinit {
        stop()
    }

    /// The environment of this process, with the settings that make two builds equal.
    private static func environment(epoch: Int) -> [String] {
        EnvironmentVariables.entries(without: ["SOURCE_DATE_EPOCH", "LC_ALL", "LANG"])
            + ["SOURCE_DATE_EPOCH=\(epoch)", "LC_ALL=C.UTF-8"]
    }

    /// Waits for the tar's next bytes and passes on messages meanwhile.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int {
        try attempting("build \(subject)") { () throws(SystemError) in
            while true {
                var items = [
                    pollfd(fd: output.rawValue, events: Int16(POLLIN), revents: 0),
                    pollfd(fd: messagesEnded ? -1 : messages.rawValue, events: Int16(POLLIN), revents: 0),
                ]
                try systemCall("poll", subject) { poll(&items, 2, 50) }
                try Cancellation.check(subject)
                if items[1].revents != 0 { try readMessages() }
                if items[0].revents != 0 {
                    let fd = output.rawValue
                    return try systemCall("read", subject) { Glibc.read(fd, buffer.baseAddress, buffer.count) }
                }
            }
        }
    }

    /// Waits for the end of the build.
    ///
    /// - Throws: `.programFailed` with its last messages.
    func finish() throws(ImageError) {
        guard status == nil else { return }
        let ended = try attempting("build \(subject)") { () throws(SystemError) in
            while !messagesEnded { try readMessages() }
            return try process.wait()
        }
        status = ended
        guard !ended.isSuccess else { return }
        throw ImageError(
            .programFailed,
            "Could not build \(subject): mmdebstrap ended with \(ended.code) and said:\(complaints)")
    }

    /// The last messages that are complaints, each on a separate line.
    private var complaints: String {
        let others = ["I:", "Ign:", "Hit:", "Get:", "Reading "]
        let words = tail.filter { line in !others.contains { line.hasPrefix($0) } }
        let hint =
            words.contains { $0.contains("does not have a Release file") }
            ? ["Is the name of the suite right?"] : []
        return ((words.isEmpty ? tail : words) + hint).map { "\n    \($0)" }.joined()
    }

    /// Ends a build after a cancellation. mmdebstrap removes its temporary directory on SIGTERM.
    func stop() {
        guard status == nil else { return }
        kill(-process.pid, SIGTERM)
        // The exit status after a kill has no meaning.
        status = (try? process.wait()) ?? .signaled(SIGTERM)
    }

    private func readMessages() throws(SystemError) {
        let bytes = try messages.read(atMost: 4096)
        messagesEnded = bytes.isEmpty
        for byte in bytes + (bytes.isEmpty && !line.isEmpty ? [0x0a] : []) {
            guard byte == 0x0a || byte == 0x0d else {
                line.append(byte)
                continue
            }
            if line.isEmpty { continue }
            let text = String(decoding: line, as: UTF8.self)
            line = []
            tail = (tail + [text]).suffix(Self.tailLength)
            onLine(text)
        }
    }
}
