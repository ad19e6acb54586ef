internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import SupervisorProtocol
internal import SystemPackage
internal import Vocabulary

/// Listens for users who are not root and step into containers with OpenSSH, and starts what serves each connection.
final class ShellService: Service {
    /// A socket that is open.
    private struct Listener {
        let socket: ShellSocket
        let descriptor: SharedDescriptor
        let token: EventLoop.Token
    }

    /// The sockets, for the next supervisor.
    private let file: FilePath
    private let loop: EventLoop
    private var listeners: [Listener] = []
    /// The processes that serve connections.
    private var children: Set<Int32> = []

    init(_ file: FilePath, on loop: EventLoop) {
        self.file = file
        self.loop = loop
    }

    var deadline: ContinuousClock.Instant? { nil }

    func passDeadlines(_ now: ContinuousClock.Instant) {}

    func clientLeft(_ client: UInt64) {}

    /// Takes over what an earlier supervisor has left.
    func adopt() {
        for socket in Coding.record([ShellSocket].self, at: file) ?? [] {
            Journal.perform("listen at \(socket.path)") { try open(socket) }
        }
    }

    /// Listens at these sockets from now on, and at no others.
    func listen(_ sockets: [ShellSocket]) throws {
        for listener in listeners where !sockets.contains(listener.socket) { try close(listener) }
        listeners.removeAll { !sockets.contains($0.socket) }
        try Files.write(try Coding.encode(sockets), to: file, mode: 0o600)
        for socket in sockets where !listeners.contains(where: { $0.socket == socket }) { try open(socket) }
    }

    /// Leaves all sockets; the next supervisor listens again.
    func end() {
        for listener in listeners { Journal.perform("remove \(listener.socket.path)") { try close(listener) } }
        listeners = []
    }

    /// - Returns: whether the child has served a connection.
    func childEnded(_ pid: Int32) -> Bool { children.remove(pid) != nil }

    private func open(_ socket: ShellSocket) throws {
        let path = FilePath(socket.path)
        // Only root can make a name there, and every user can look for one.
        try Files.createDirectory(path.removingLastComponent(), mode: 0o755)
        let descriptor = SharedDescriptor(try StreamListener.listen(at: path))
        try Files.changeOwner(path, user: socket.user, group: socket.group)
        let number = descriptor.rawValue
        let token = try loop.watch(number) { [unowned self] _ in try acceptAll(number, socket) }
        listeners.append(Listener(socket: socket, descriptor: descriptor, token: token))
    }

    private func close(_ listener: Listener) throws {
        loop.unwatch(listener.token)
        try Files.remove(FilePath(listener.socket.path))
    }

    private func acceptAll(_ number: Int32, _ socket: ShellSocket) throws {
        while true {
            let fd = cl_accept4(number, Int32(SOCK_CLOEXEC.rawValue))
            guard fd >= 0 else { return }
            let connection = OwnedDescriptor(owning: fd)
            let peer = try MessageSocket.peer(of: connection).user
            // Closing without a word is the answer to strangers; the socket's mode keeps them out already.
            guard peer == 0 || peer == socket.user, let program = socket.command.first else { continue }
            let child = try ChildProcess.start(
                ChildProcess.Command(
                    program, Array(socket.command.dropFirst()), descriptors: [0: fd, 1: fd, 2: 2], startsSession: true))
            children.insert(child.pid)
        }
    }
}
