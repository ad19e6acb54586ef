internal import CLinux
internal import Containers
internal import Dispatch
internal import Glibc
internal import LinuxSystem
internal import Synchronization

/// The standard streams of this process for a program in a container.
///
/// A runtime gives them to the user of the program, by fchown(2) on the files themselves. So the program has a pipe in place of
/// a file or a device of the host, as by Docker: `trice exec db psql <dump.sql` leaves the dump its owner. `Launcher` sees to
/// /dev/null.
final class HostStreams {
    /// In place of the descriptors of this process.
    private(set) var descriptors: [Int32: Int32] = [:]
    private var input: InputCopy?
    private var outputs: [OutputCopy] = []

    init() throws(SystemError) {
        for number: Int32 in 0...2 {
            var info = stat()
            guard fstat(number, &info) == 0, try Self.isOfHost(info, number) else { continue }
            if NullDevice.isOpen(as: number) { continue }
            if number == 0 {
                let copy = try InputCopy()
                descriptors[0] = copy.reader
                input = copy
            } else if let same = outputs.first(where: { $0.device == info.st_dev && $0.node == info.st_ino }) {
                // As with `>log 2>&1`: what is written keeps its order.
                descriptors[number] = same.writer
            } else {
                let copy = try OutputCopy(to: number, info)
                descriptors[number] = copy.writer
                outputs.append(copy)
            }
        }
    }

    /// Brings all to its end that the program has written; where it has not read all of a file, the next reader goes on there.
    func end() {
        input?.end()
        for output in outputs { output.end() }
    }

    /// Whether it is a file, and neither a pipe without a name, a socket nor a terminal.
    private static func isOfHost(_ info: stat, _ number: Int32) throws(SystemError) -> Bool {
        switch info.st_mode & S_IFMT {
        case S_IFSOCK: return false
        case S_IFCHR: return isatty(number) == 0
        case S_IFIFO:
            // All pipes without names are of one file system.
            let pipe = try Pipe()
            var other = stat()
            return fstat(pipe.reader.rawValue, &other) == 0 && other.st_dev != info.st_dev
        default: return true
        }
    }
}

/// Copies the standard input of this process into a pipe, on a thread of its own.
private final class InputCopy: Sendable {
    let reader: Int32
    private let writer: Int32
    private let stop: (reader: Int32, writer: Int32)
    private let done = DispatchGroup()
    /// Where reading began; `nil` for what has no positions.
    private let start: off_t?
    /// How much the pipe has taken.
    private let taken = Mutex<off_t>(0)

    init() throws(SystemError) {
        let pipe = try Pipe()
        let end = try Pipe()
        try pipe.writer.setNonblocking()
        (reader, writer) = try (pipe.reader.duplicate().release(), pipe.writer.duplicate().release())
        stop = try (end.reader.duplicate().release(), end.writer.duplicate().release())
        let position = lseek(0, 0, SEEK_CUR)
        start = position < 0 ? nil : position
        done.enter()
        try DedicatedThread.detach {
            self.copy()
            close(self.writer)
            self.done.leave()
        }
    }

    /// Until the end of the input, or until `end` is called.
    private func copy() {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let position = taken.withLock(\.self)
            let count = start.map { pread(0, &buffer, buffer.count, $0 + position) } ?? read(0, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0, pass(buffer[..<count]) else { return }
        }
    }

    /// - Returns: `false` when no more is wanted.
    private func pass(_ bytes: ArraySlice<UInt8>) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            var items = [
                pollfd(fd: writer, events: Int16(POLLOUT), revents: 0),
                pollfd(fd: stop.reader, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&items, 2, -1) > 0 else { continue }
            if items[1].revents != 0 { return false }
            let count = rest.withUnsafeBytes { write(writer, $0.baseAddress, $0.count) }
            guard count > 0 else {
                if count < 0, errno == EAGAIN || errno == EINTR { continue }
                return false
            }
            taken.withLock { $0 += off_t(count) }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Has the next reader of a file begin where the program has stopped.
    func end() {
        // A device or a FIFO may never have an end, and has no positions.
        guard let start else { return }
        close(stop.writer)
        done.wait()
        var left: Int32 = 0
        _ = cl_ioctl(reader, UInt(FIONREAD), &left)
        lseek(0, start + taken.withLock(\.self) - off_t(left), SEEK_SET)
        close(reader)
        close(stop.reader)
    }
}

/// A process that copies what a program writes to a file of the host. It outlives this one where the program has left
/// processes that go on writing.
private final class OutputCopy {
    let device: dev_t
    let node: ino_t
    let writer: Int32
    private let child: ChildProcess

    init(to number: Int32, _ info: stat) throws(SystemError) {
        (device, node) = (info.st_dev, info.st_ino)
        let pipe = try Pipe()
        child = try ChildProcess.start(
            ChildProcess.Command(
                "cat", descriptors: [0: pipe.reader.rawValue, 1: number, 2: 2], startsSession: true))
        writer = try pipe.writer.duplicate().release()
    }

    /// How long the last bytes may take that it has read, in milliseconds, where the pipe stays open.
    private static let patience: Int32 = 1000

    func end() {
        do throws(SystemError) {
            let process = try ProcessDescriptor(pid: child.pid)
            var left: Int32 = 0
            while cl_ioctl(writer, UInt(FIONREAD), &left) == 0, left > 0 {
                if try process.waitForEnd(milliseconds: 1) { break }
            }
            close(writer)
            if try process.waitForEnd(milliseconds: Self.patience) { _ = try child.wait() }
        } catch {
            // It has ended, and nothing is left to be written.
            return
        }
    }
}
