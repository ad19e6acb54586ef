import Glibc
import LinuxSystem
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
}
