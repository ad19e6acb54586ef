internal import FoundationEssentials
internal import Glibc
internal import LinuxSystem
package import SystemPackage

/// Runs the program that exchanges images with registries.
///
/// It is a separate program because a static executable has no name service, and because TLS and HTTP would slow down
/// every start of `trice`.
package struct RemoteProgram: Sendable {
    private let path: @Sendable () throws -> FilePath
    /// The `registries` of the settings file, as JSON.
    package var registries: String?
    /// When set, no registry is asked; the text names the reason, such as `--offline`.
    package var forbiddenBy: String?

    /// `path` finds the program when it is needed.
    package init(registries: String? = nil, forbiddenBy: String? = nil, path: @escaping @Sendable () throws -> FilePath)
    {
        self.registries = registries
        self.forbiddenBy = forbiddenBy
        self.path = path
    }

    /// Runs one request to its end.
    ///
    /// - Throws: `.offline`; `.remote` with a `RemoteFailure` as cause; `.programFailed` when the program itself died.
    func run(
        _ request: RemoteRequest, _ what: @autoclosure () -> String,
        onEvent: (RemoteEvent) throws(ImageError) -> Void
    ) throws(ImageError) {
        if let forbiddenBy {
            throw ImageError(
                .offline,
                "Could not \(what()): \(forbiddenBy) forbids asking a registry, and the store does not have it.")
        }
        let program: FilePath
        do {
            program = try path()
        } catch {
            throw ImageError(.programMissing, "\(error)", cause: error)
        }
        let line = try DocumentCoding.encode(request) + [UInt8(ascii: "\n")]
        let run: RemoteRun = try attempting("run \(program)") { () throws(SystemError) in
            try RemoteRun(program, request: line)
        }
        var isDone = false
        while let line = try attempting("read from \(program)", { () throws(SystemError) in try run.nextLine() }) {
            switch try DocumentCoding.decode(RemoteEvent.self, from: line, "the answer of \(program)") {
            case .done: isDone = true
            case .failed(let failure): throw ImageError(.remote, failure.message, cause: failure)
            case let event: try onEvent(event)
            }
        }
        guard !isDone else { return }
        let (status, message) = try attempting("run \(program)") { () throws(SystemError) in try run.finish() }
        throw ImageError(
            .programFailed,
            "Could not \(what()): \(program) ended with \(status.code)"
                + (message.isEmpty ? "." : " and said: \(message)"))
    }
}

/// One run of the program.
private final class RemoteRun {
    private let child: ChildProcess
    /// Its input; the program ends when this is closed.
    private let input: OwnedDescriptor
    private let output: OwnedDescriptor
    private let messages: OwnedDescriptor
    private var buffer: [UInt8] = []
    private var isReaped = false

    init(_ program: FilePath, request: [UInt8]) throws(SystemError) {
        let input = try Pipe()
        let output = try Pipe()
        messages = try OwnedDescriptor.memoryFile("messages")
        child = try ChildProcess.start(
            ChildProcess.Command(
                program.string,
                descriptors: [0: input.reader.rawValue, 1: output.writer.rawValue, 2: messages.rawValue]
            ))
        self.input = try input.writer.duplicate()
        self.output = try output.reader.duplicate()
        try self.input.write(request)
    }

    deinit {
        guard !isReaped else { return }
        kill(child.pid, SIGTERM)
        // After an error of the caller, the exit status of the child is not needed.
        _ = try? child.wait()
    }

    /// The next whole line without its end; `nil` when the program has closed its output.
    func nextLine() throws(SystemError) -> [UInt8]? {
        while true {
            if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Array(buffer[..<end])
                buffer.removeSubrange(...end)
                return line
            }
            try waitForOutput()
            let part = try output.read(atMost: 65536)
            if part.isEmpty { return nil }
            buffer += part
        }
    }

    /// - Throws: ECANCELED after a cancellation.
    private func waitForOutput() throws(SystemError) {
        var item = pollfd(fd: output.rawValue, events: Int16(POLLIN), revents: 0)
        while try systemCall("poll", "", { poll(&item, 1, 50) }) == 0 {
            try Cancellation.check("")
        }
    }

    /// The exit status and the last lines of standard error.
    func finish() throws(SystemError) -> (status: ExitStatus, message: String) {
        isReaped = true
        let status = try child.wait()
        let fd = messages.rawValue
        let size = try systemCall("lseek", "") { lseek(fd, 0, SEEK_END) }
        try systemCall("lseek", "") { lseek(fd, max(0, size - 2000), SEEK_SET) }
        let text = String(decoding: try messages.read(atMost: 2000), as: UTF8.self)
        return (status, text.split(separator: "\n").suffix(5).joined(separator: "\n"))
    }
}
