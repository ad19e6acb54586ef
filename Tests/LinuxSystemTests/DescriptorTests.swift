import Glibc
import LinuxSystem
import SystemPackage
import TestSupport
import Testing

/// Owned descriptors: what closes them, what they read and write, and how far a path leads.
@Suite(.timeLimit(.minutes(2))) struct DescriptorTests {
    private func isOpen(_ descriptor: Int32) -> Bool { fcntl(descriptor, F_GETFD) >= 0 }

    private func isClosedOnExec(_ descriptor: Int32) -> Bool { fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0 }

    /// The file behind a descriptor; a closed number may be reused by another thread, the name of a pipe is unique.
    private func target(_ descriptor: Int32) -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = buffer.withUnsafeMutableBytes { bytes in
            guard let start = bytes.baseAddress else { return 0 }
            return readlink("/proc/self/fd/\(descriptor)", start.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }

    @Test func closesWithItsOwner() throws {
        var number: Int32 = -1
        var name: String?
        do {
            let file = try OwnedDescriptor.memoryFile("owner")
            number = file.rawValue
            name = target(number)
            #expect(isOpen(number) && isClosedOnExec(number))
        }
        #expect(name?.contains("owner") == true)
        #expect(target(number) != name)
    }

    @Test func aReleasedDescriptorStaysOpen() throws {
        let number = try OwnedDescriptor.memoryFile("released").release()
        #expect(target(number)?.contains("released") == true)
        #expect(close(number) == 0)
    }

    @Test func aDuplicateSharesTheOffset() throws {
        let first = try OwnedDescriptor.memoryFile("shared")
        let second = try first.duplicate()
        #expect(first.rawValue != second.rawValue && isClosedOnExec(second.rawValue))
        try first.write("abc".utf8)
        try second.write("def".utf8)
        #expect(lseek(first.rawValue, 0, SEEK_SET) == 0)
        #expect(try second.readToEnd() == Array("abcdef".utf8))
        #expect(try first.read() == [])
    }

    @Test func aNonblockingReaderDoesNotWait() throws {
        let pipe = try LinuxSystem.Pipe()
        try pipe.reader.setNonblocking()
        let error = #expect(throws: SystemError.self) { try pipe.reader.read() }
        #expect(error?.errno == .wouldBlock && error?.call == "read")
        try pipe.writer.write("x".utf8)
        #expect(try pipe.reader.read() == Array("x".utf8))
        try pipe.reader.setNonblocking(false)
        #expect(fcntl(pipe.reader.rawValue, F_GETFL) & O_NONBLOCK == 0)
    }

    @Test func moreThanAPipeHoldsArrivesWhole() async throws {
        let pipe = try LinuxSystem.Pipe()
        let sent = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let writer = try pipe.writer.duplicate().release()
        try DedicatedThread.detach {
            let end = OwnedDescriptor(owning: writer)
            do { try end.write(sent) } catch { Issue.record("\(error)") }
        }
        let reader = try pipe.reader.duplicate()
        _ = consume pipe
        #expect(try reader.readToEnd() == sent)
    }

    @Test func openingNamesThePath() {
        let error = #expect(throws: SystemError.self) { _ = try OwnedDescriptor.open("/nonexistent/file") }
        #expect(error.map { "\($0)" }?.hasPrefix("open(/nonexistent/file): ") == true)
        #expect(error?.errno == .noSuchFileOrDirectory)
    }

    @Test(arguments: ["../outside", "/../outside", "link", "absolute", "deep/../../outside", "up/outside"])
    func aPathDoesNotLeaveItsRoot(path: String) throws {
        let temporary = try TemporaryDirectory()
        defer { #expect(throws: Never.self) { try temporary.cleanUp() } }
        try temporary.write("outside", "secret")
        let root = FilePath(temporary.path).appending("root")
        try Files.createDirectory(root.appending("deep"))
        try Files.write("inside".utf8, to: root.appending("outside"))
        try Files.createSymbolicLink(root.appending("link"), to: "../../outside")
        try Files.createSymbolicLink(root.appending("absolute"), to: "/outside")
        try Files.createSymbolicLink(root.appending("up"), to: "..")
        let directory = try OwnedDescriptor.open(root, O_RDONLY | O_DIRECTORY)
        // The root is `/` for every path: `..` of it is itself, as in chroot(2).
        #expect(try directory.openBeneath(path).readToEnd() == Array("inside".utf8))
    }

    @Test func aMagicLinkIsNotFollowed() throws {
        let proc = try OwnedDescriptor.open("/proc/self", O_RDONLY | O_DIRECTORY)
        let error = #expect(throws: SystemError.self) { _ = try proc.openBeneath("root") }
        #expect(error?.errno == .tooManySymbolicLinkLevels)
    }

    @Test func onlyRegularFilesBelowTheLimitAreRead() throws {
        let temporary = try TemporaryDirectory()
        defer { #expect(throws: Never.self) { try temporary.cleanUp() } }
        let directory = FilePath(temporary.path)
        try temporary.write("file", String(repeating: "x", count: 100))
        #expect(try Files.readRegular(directory.appending("file"), limit: 100).count == 100)
        let large = #expect(throws: SystemError.self) { try Files.readRegular(directory.appending("file"), limit: 99) }
        #expect(large?.errno == .fileTooLarge)
        let tree = #expect(throws: SystemError.self) { try Files.readRegular(directory, limit: 9) }
        #expect(tree?.errno == .isDirectory)
        #expect(mkfifo("\(temporary.path)/fifo", 0o600) == 0)
        let fifo = #expect(throws: SystemError.self) { try Files.readRegular(directory.appending("fifo"), limit: 9) }
        #expect(fifo?.errno == .invalidArgument)
        let endless = #expect(throws: SystemError.self) { try Files.readRegular("/dev/zero", limit: 9) }
        #expect(endless?.errno == .invalidArgument)
    }
}

/// Advisory locks of files.
@Suite(.timeLimit(.minutes(2))) struct FileLockTests {
    /// Whether the lock can be had now; it is released at once.
    private func isFree(_ path: FilePath, _ kind: FileLock.Mode = .exclusive) throws -> Bool {
        switch try FileLock.attempt(path, kind) {
        case .some: true
        case .none: false
        }
    }

    @Test func oneHolderAtATime() throws {
        let temporary = try TemporaryDirectory()
        defer { #expect(throws: Never.self) { try temporary.cleanUp() } }
        let path = FilePath(temporary.path).appending("lock")
        do {
            let held = try FileLock(waitingFor: path)
            #expect(try !isFree(path))
            #expect(try !isFree(path, .shared))
            _ = consume held
        }
        let shared = try FileLock(waitingFor: path, .shared)
        guard let another = try FileLock.attempt(path, .shared) else {
            Issue.record("A second shared lock is refused.")
            return
        }
        #expect(try !isFree(path))
        _ = consume another
        _ = consume shared
        #expect(try isFree(path))
        #expect(try Files.status(path)?.mode == 0o600)
    }

    @Test func aWaiterGetsTheLockWhenItsHolderEnds() throws {
        let temporary = try TemporaryDirectory()
        defer { #expect(throws: Never.self) { try temporary.cleanUp() } }
        let path = FilePath(temporary.path).appending("lock")
        let holder = try Command("flock", [path.string, "sh", "-c", "echo held; exec sleep 60"]).start()
        #expect(eventually { holder.standardOutput == "held\n" })
        #expect(try !isFree(path))
        // The kernel releases the lock with the last descriptor, however the process ends.
        kill(-holder.process, SIGKILL)
        _ = try FileLock(waitingFor: path)
        #expect(holder.wait().exit == .signal(SIGKILL))
    }
}
