internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import SystemPackage
internal import Vocabulary

/// One output of a container on its way from the FIFO into the log file.
///
/// The bytes never pass through this process: splice(2) moves them, so that a kill at any point neither loses nor
/// doubles one.
final class LogPipe {
    enum Progress: Sendable, Hashable {
        /// The FIFO is empty.
        case empty
        /// There is more.
        case more
        /// The log cannot take more now: the container waits meanwhile.
        case blocked(Errno)
    }

    let reader: OwnedDescriptor
    private var file: SharedDescriptor
    private var index: SharedDescriptor
    private var offset: Int64
    private let fifo: FilePath
    private let files: LogFiles
    private let limits: LogLimits?
    /// Bytes that were read because splice(2) does not work there, and not written yet.
    private var pending: [UInt8] = []

    /// Opens the log at its end and the FIFO, which is created when missing.
    ///
    /// - Parameter isFresh: whether an old FIFO with its content makes way for a new one.
    init(fifo: FilePath, files: LogFiles, limits: LogLimits?, isFresh: Bool) throws(SystemError) {
        self.fifo = fifo
        self.files = files
        self.limits = limits
        if isFresh { try Files.remove(fifo) }
        if try Files.status(fifo)?.kind != .fifo { try Files.createFIFO(fifo) }
        // Open for both directions there is never an end of file, and the container never gets EPIPE.
        reader = try OwnedDescriptor.open(fifo, O_RDWR | O_NONBLOCK)
        (file, index) = try files.open()
        offset = Int64(try file.descriptor.sizeAndTime().size)
        try closeGap()
    }

    /// Begins new files where the present ones are as large as they may be. A line may go on in the next file.
    private func rotateIfFull() throws(SystemError) {
        guard let limits, offset >= Int64(clamping: limits.maximumSize) else { return }
        try files.rotate(keeping: limits.maximumFiles)
        (file, index) = try files.open()
        offset = 0
    }

    /// The container's end: blocking, and readable too, so that it survives a time without reader.
    func openForContainer() throws(SystemError) -> OwnedDescriptor {
        try OwnedDescriptor.open(fifo, O_RDWR)
    }

    /// Moves the available bytes, at most `rounds` times 64 KiB.
    func drain(rounds: Int) throws(SystemError) -> Progress {
        if let reason = try flushPending() { return .blocked(reason) }
        for _ in 0..<rounds {
            let count = cl_splice(
                reader.rawValue, nil, file.rawValue, &offset, 65536, CL_SPLICE_F_MOVE | CL_SPLICE_F_NONBLOCK)
            if count > 0 {
                record()
                try rotateIfFull()
                continue
            }
            let code = Errno.last
            switch code {
            case _ where count == 0, .resourceTemporarilyUnavailable: return .empty
            case .interrupted: continue
            // A file system without splice: the bytes take the long way.
            case .invalidArgument:
                pending = try reader.read()
                if let reason = try flushPending() { return .blocked(reason) }
            case _ where Self.isPassing(code): return .blocked(code)
            default: throw SystemError("splice", fifo.string, code)
            }
        }
        return .more
    }

    /// Appends bytes that came another way: a terminal's.
    func append(_ bytes: [UInt8]) throws(SystemError) {
        var written = 0
        let fd = file.rawValue
        while written < bytes.count {
            written += try systemCall("pwrite", fifo.string) {
                bytes.withUnsafeBytes {
                    pwrite(fd, $0.baseAddress?.advanced(by: written), $0.count - written, off_t(offset) + written)
                }
            }
        }
        offset += Int64(bytes.count)
        record()
        try rotateIfFull()
    }

    /// Writes the bytes that were copied and not written before; returns the reason when that still fails.
    private func flushPending() throws(SystemError) -> Errno? {
        guard !pending.isEmpty else { return nil }
        do throws(SystemError) {
            try append(pending)
            pending = []
            return nil
        } catch  where Self.isPassing(error.errno) {
            return error.errno
        }
    }

    /// Whether the log may accept more later, when space is available.
    private static func isPassing(_ code: Errno) -> Bool {
        [.noSpace, .diskQuotaExceeded, .ioError, .fileTooLarge].contains(code)
    }

    private func record() {
        // A full disk costs the time only: the next record covers these bytes too.
        try? index.descriptor.write(LogIndex.Record(end: UInt64(offset), time: UInt64(WallClock.nanoseconds)).bytes)
    }

    /// Bytes that a killed supervisor moved without having noted the time get the present one.
    private func closeGap() throws(SystemError) {
        let size = try index.descriptor.sizeAndTime().size
        let torn = size % UInt64(LogIndex.recordSize)
        if torn != 0 {
            let fd = index.rawValue
            try systemCall("ftruncate", fifo.string) { ftruncate(fd, off_t(size - torn)) }
        }
        let whole = size - torn
        var known: UInt64 = 0
        if whole > 0 {
            let last = try index.descriptor.read(at: whole - UInt64(LogIndex.recordSize), atMost: LogIndex.recordSize)
            known = LogIndex.records(in: last).last?.end ?? 0
        }
        if known < UInt64(offset) { record() }
    }
}
