import Glibc
import LinuxSystem
import Synchronization
import SystemPackage
import TestSupport
import Testing

/// Sockets that keep message boundaries and carry descriptors.
@Suite(.timeLimit(.minutes(2))) struct MessageSocketTests {
    /// A connected pair in a temporary directory.
    private func withPair(_ body: (borrowing MessageSocket, borrowing MessageSocket) throws -> Void) throws {
        let temporary = try TemporaryDirectory()
        defer { #expect(throws: Never.self) { try temporary.cleanUp() } }
        let path = FilePath(temporary.path).appending("socket")
        let listener = try MessageSocket.listen(at: path)
        #expect(try Files.status(path)?.mode == 0o600)
        let client = try MessageSocket.connect(to: path)
        let server = try listener.accept()
        try body(client, server)
    }

    @Test func messagesStayWhole() throws {
        try withPair { client, server in
            try client.send(Array("one".utf8))
            try client.send([UInt8](repeating: 7, count: 100_000))
            #expect(try server.receive()?.bytes == Array("one".utf8))
            #expect(try server.receive()?.bytes.count == 100_000)
            let peer = try server.peer()
            #expect(peer.pid == getpid() && peer.user == geteuid() && peer.group == getegid())
        }
    }

    @Test func descriptorsComeAlong() throws {
        try withPair { client, server in
            let pipe = try LinuxSystem.Pipe()
            try client.send([1], descriptors: [pipe.writer.rawValue, pipe.reader.rawValue])
            guard let message = try server.receive() else { throw SystemError("recvmsg", "", .brokenPipe) }
            #expect(message.descriptors.count == 2)
            let writer = OwnedDescriptor(owning: message.descriptors[0])
            let reader = OwnedDescriptor(owning: message.descriptors[1])
            #expect(fcntl(writer.rawValue, F_GETFD) & FD_CLOEXEC != 0)
            try writer.write("through".utf8)
            #expect(try reader.read() == Array("through".utf8))
            #expect(fcntl(pipe.writer.rawValue, F_GETFD) >= 0, "the sender keeps its own")
        }
    }

    @Test func aTooLargeMessageIsRefused() throws {
        try withPair { client, server in
            try client.send([UInt8](repeating: 1, count: MessageSocket.messageLimit))
            #expect(try server.receive()?.bytes.count == MessageSocket.messageLimit)
            do throws(SystemError) {
                try client.send([UInt8](repeating: 1, count: MessageSocket.messageLimit + 1))
            } catch {
                #expect(error.errno == .messageTooLong)
                return
            }
            let error = #expect(throws: SystemError.self) { _ = try server.receive() }
            #expect(error?.errno == .messageTooLong)
        }
    }

    @Test func theEndOfTheOtherSideIsNil() throws {
        let temporary = try TemporaryDirectory()
        defer { #expect(throws: Never.self) { try temporary.cleanUp() } }
        let path = FilePath(temporary.path).appending("socket")
        let listener = try MessageSocket.listen(at: path)
        let server: MessageSocket
        do {
            let client = try MessageSocket.connect(to: path)
            server = try listener.accept()
            _ = consume client
        }
        #expect(try server.receive() == nil)
    }

    @Test func noListenerAndLongPaths() throws {
        let temporary = try TemporaryDirectory()
        defer { #expect(throws: Never.self) { try temporary.cleanUp() } }
        let path = FilePath(temporary.path)
        let missing = #expect(throws: SystemError.self) { _ = try MessageSocket.connect(to: path.appending("none")) }
        #expect(missing?.errno == .noSuchFileOrDirectory)
        _ = try MessageSocket.listen(at: path.appending("closed"))
        let refused = #expect(throws: SystemError.self) { _ = try MessageSocket.connect(to: path.appending("closed")) }
        #expect(refused?.errno == .connectionRefused)
        let long = path.appending(String(repeating: "x", count: 108))
        let error = #expect(throws: SystemError.self) { _ = try MessageSocket.listen(at: long) }
        #expect(error?.errno == .fileNameTooLong)
    }

    private final class Observation: Sendable {
        let isOver = Atomic(false)
        let hasEnded = Atomic(false)
        let hasSeenOtherMask = Atomic(false)
    }

    @Test func onlyTheOwnerReachesTheFile() throws {
        let temporary = try TemporaryDirectory()
        defer { #expect(throws: Never.self) { try temporary.cleanUp() } }
        let directory = FilePath(temporary.path)
        let listener = try MessageSocket.listen(at: directory.appending("socket"))
        #expect(try Files.status(directory.appending("socket"))?.mode == 0o600)
        let stream = try StreamListener.listen(at: directory.appending("stream"))
        #expect(try Files.status(directory.appending("stream"))?.mode == 0o600)
        _ = consume listener
        _ = consume stream
    }

    /// Other threads make files with the mask of the process at the same time.
    @Test func theMaskOfTheProcessStays() throws {
        let temporary = try TemporaryDirectory()
        defer { #expect(throws: Never.self) { try temporary.cleanUp() } }
        let directory = FilePath(temporary.path)
        let observation = Observation()
        let expected = mode_t(0o666 & ~ProcessFacts.creationMask)
        let made = directory.appending("made").string
        try DedicatedThread.detach {
            while !observation.isOver.load(ordering: .acquiring) {
                let fd = open(made, O_CREAT | O_RDWR | O_CLOEXEC, 0o666)
                var info = stat()
                if fstat(fd, &info) == 0, info.st_mode & 0o777 != expected {
                    observation.hasSeenOtherMask.store(true, ordering: .releasing)
                }
                close(fd)
                unlink(made)
            }
            observation.hasEnded.store(true, ordering: .releasing)
        }
        for number in 0..<2000 { _ = try MessageSocket.listen(at: directory.appending("socket-\(number)")) }
        observation.isOver.store(true, ordering: .releasing)
        let hasEnded = eventually { observation.hasEnded.load(ordering: .acquiring) }
        let hasSeenOtherMask = observation.hasSeenOtherMask.load(ordering: .acquiring)
        #expect(hasEnded && !hasSeenOtherMask)
    }

    @Test func aLongPathIsListenedAtAndReached() throws {
        let temporary = try TemporaryDirectory()
        defer { #expect(throws: Never.self) { try temporary.cleanUp() } }
        let directory = FilePath(temporary.path).appending(String(repeating: "d", count: 120))
        try Files.createDirectory(directory)
        let path = directory.appending("socket")
        let listener = try MessageSocket.listen(at: path)
        #expect(try Files.status(path)?.mode == 0o600)
        let client = try MessageSocket.connect(to: path)
        let server = try listener.accept()
        try client.send([7])
        #expect(try server.receive()?.bytes == [7])
    }

    @Test func aRuntimeReachesAConsoleByAShortPath() throws {
        let temporary = try TemporaryDirectory()
        defer { #expect(throws: Never.self) { try temporary.cleanUp() } }
        let directory = FilePath(temporary.path).appending(String(repeating: "d", count: 120))
        try Files.createDirectory(directory)
        let path = directory.appending("console")
        do {
            let console = try ConsoleSocket(listeningAt: path)
            #expect(console.runtimePath.string.utf8.count <= 107)
            #expect(try !hasMaster(console))
            #expect(Files.exists(path))
            let connected = try Command(
                "python3",
                [
                    "-c",
                    """
                    import socket, sys, array
                    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM); s.connect(sys.argv[1])
                    s.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0]))])
                    """, console.runtimePath.string,
                ]
            ).run()
            #expect(connected.succeeded, "\(connected)")
            #expect(try hasMaster(console))
        }
        #expect(!Files.exists(path))
    }

    private func hasMaster(_ console: ConsoleSocket) throws -> Bool {
        switch try console.receive() {
        case .some: true
        case .none: false
        }
    }
}
