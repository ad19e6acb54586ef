internal import CLinux
internal import Containers
internal import Glibc
internal import LinuxSystem
internal import SupervisorProtocol
internal import SystemPackage
internal import Vocabulary

/// What came of one check.
struct CheckOutcome: Sendable, Hashable {
    var isSuccess: Bool
    /// The exit code of a command.
    var code: Int32?
    var output: String
}

/// A check that is under way.
protocol HealthCheckRun: AnyObject {
    /// Ends it, with all that it has started; a command's end is still to be told by `childEnded`.
    func kill()
    /// Lets go of everything that is open.
    func close()
}

/// A command of the container's own, which runs inside as `trice exec` runs one; without a shell of Trice's.
final class CommandCheck: HealthCheckRun {
    /// How much of the output is kept, in bytes.
    private static let outputLimit = 1000
    /// How much is discarded at once, in bytes.
    private static let discardLimit = 1 << 20

    /// The runtime, which ends with the command's code.
    let pid: Int32
    private let launcher: Launcher
    private let loop: EventLoop
    private let reader: SharedDescriptor
    private let sink: OwnedDescriptor
    private var token: EventLoop.Token?
    private var output: [UInt8] = []
    private var isKilled = false

    /// Starts the command.
    ///
    /// - Parameter entry: the path of the container's `EntryRecord`.
    init(_ words: [String], entry path: FilePath, on loop: EventLoop, limit: DescriptorLimit) throws {
        guard let entry = EntryRecord(decoding: try Files.read(path)) else {
            throw SupervisorError(.system, "`\(path)` does not say how to enter the container.")
        }
        let document = try entry.document(for: ExecRequest(words))
        let directory = path.removingLastComponent()
        let files = LaunchFiles(pid: directory.appending("check.pid"), log: directory.appending("check.log"))
        let launcher = Launcher(entry.command(document: document, files: files), files: files)
        let pipe = try Pipe()
        let writer = pipe.writer.rawValue
        let child = try limit.whileOriginal { () throws(SystemError) in
            try launcher.start(descriptors: [1: writer, 2: writer], startsSession: true)
        }
        _ = consume document
        pid = child.pid
        self.launcher = launcher
        self.loop = loop
        sink = try OwnedDescriptor.open("/dev/null", O_WRONLY)
        reader = SharedDescriptor(try pipe.reader.duplicate())
        try reader.descriptor.setNonblocking()
        token = try loop.watch(reader.rawValue) { [unowned self] _ in read() }
    }

    /// The runtime has ended.
    func outcome(of status: ExitStatus) -> CheckOutcome {
        read()
        if isKilled {
            return CheckOutcome(isSuccess: false, code: nil, output: "it took too long and was killed")
        }
        // Without a log of the runtime there is only the exit code to tell.
        let refusal = status.isSuccess ? nil : (try? launcher.refusal()) ?? nil
        let text = refusal.map(\.words) ?? String(decoding: output, as: UTF8.self)
        return CheckOutcome(isSuccess: status.isSuccess, code: refusal?.exitCode ?? status.code, output: text)
    }

    func kill() {
        isKilled = true
        // A runtime that has not written a pid yet has nothing inside that would outlive it.
        if let inside = (try? launcher.pid()) ?? nil, ProcessFacts.parent(of: inside) == pid {
            ProcessTree.kill(inside)
        } else {
            _ = Glibc.kill(pid, SIGKILL)
        }
    }

    func close() {
        loop.unwatch(token)
        token = nil
        // What is left is removed with the container's directory.
        try? launcher.files.remove()
    }

    /// Takes what there is: the beginning is kept, and the rest goes the cheapest way.
    private func read() {
        while output.count < Self.outputLimit {
            // EAGAIN: nothing now.
            guard let part = try? reader.descriptor.read(atMost: Self.outputLimit - output.count) else { return }
            if part.isEmpty { return unwatch() }
            output += part
        }
        var discarded = 0
        while discarded < Self.discardLimit {
            let count = cl_splice(reader.rawValue, nil, sink.rawValue, nil, 65536, CL_SPLICE_F_NONBLOCK)
            if count == 0 { return unwatch() }
            if count < 0 { return }
            discarded += count
        }
    }

    private func unwatch() {
        loop.unwatch(token)
        token = nil
    }
}
