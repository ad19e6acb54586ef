internal import CLinux
internal import Glibc
package import LinuxSystem
internal import Synchronization
package import SystemPackage

/// A socket for one step, or for a user inside a container, that leads to an SSH agent's socket on the host.
///
/// The agent's socket belongs to the host's user; this one belongs to the user of the mount.
package final class AgentRelay: Sendable {
    private let stopping: EventNotifier
    private let stopped: EventNotifier

    /// Listens at `name` in `directory` and serves on a separate thread until `stop`.
    convenience init(name: String, in directory: FilePath, agent: FilePath, mode: UInt16, owner: FileOwner)
        throws(SystemError)
    {
        let path = directory.appending(name)
        let listening = try StreamListener.listen(at: path)
        try Files.changeOwner(path, user: owner.user, group: owner.group)
        try systemCall("chmod", path.string) { path.withPlatformString { chmod($0, mode_t(mode)) } }
        try self.init(listening: listening, agent: agent)
    }

    /// The same at a socket that listens.
    package init(listening: consuming OwnedDescriptor, agent: FilePath) throws(SystemError) {
        stopping = try EventNotifier()
        stopped = try EventNotifier()
        let fd = listening.release()
        do throws(SystemError) {
            try DedicatedThread.detach { [self] in
                var server = RelayServer(listening: OwnedDescriptor(owning: fd), agent: agent)
                server.serve(until: stopping.descriptor.rawValue)
                stopped.signal()
            }
        } catch {
            close(fd)
            throw error
        }
    }

    /// Ends all connections; the socket's file system can be unmounted afterwards.
    package func stop() {
        stopping.signal()
        var item = pollfd(fd: stopped.descriptor.rawValue, events: Int16(POLLIN), revents: 0)
        // A thread that hangs keeps its sockets; the unmounting copes with that.
        _ = poll(&item, 1, 2000)
    }
}

/// Carries bytes between the connections of a step and an agent.
private struct RelayServer: ~Copyable {
    private let listening: OwnedDescriptor
    private let agent: FilePath
    /// Each descriptor of a pair with the other one.
    private var peers: [Int32: Int32] = [:]

    init(listening: consuming OwnedDescriptor, agent: FilePath) {
        self.listening = listening
        self.agent = agent
    }

    mutating func serve(until notifier: Int32) {
        while true {
            let watched = [notifier, listening.rawValue] + peers.keys
            var items = watched.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            guard poll(&items, nfds_t(items.count), -1) >= 0 || errno == EINTR else { break }
            if items[0].revents != 0 { break }
            for item in items.dropFirst(2) where item.revents != 0 {
                guard let peer = peers[item.fd] else { continue }
                if !Self.copy(from: item.fd, to: peer) { end(item.fd, peer) }
            }
            if items[1].revents != 0 { accept() }
        }
        for descriptor in peers.keys { close(descriptor) }
    }

    /// An unreachable agent appears to the client as one that closes the connection.
    private mutating func accept() {
        let client = cl_accept4(listening.rawValue, Int32(SOCK_CLOEXEC.rawValue))
        guard client >= 0 else { return }
        let server = Self.connect(to: agent)
        guard server >= 0 else {
            close(client)
            return
        }
        for descriptor in [client, server] {
            // A side that does not read must not block the others for long.
            var limit = timeval(tv_sec: 5, tv_usec: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        peers[client] = server
        peers[server] = client
    }

    private mutating func end(_ first: Int32, _ second: Int32) {
        for descriptor in [first, second] {
            peers[descriptor] = nil
            close(descriptor)
        }
    }

    /// -1 when no process listens; connect(2).
    private static func connect(to path: FilePath) -> Int32 {
        // A socket's path has at most 107 bytes, and this one may lie deeper. A directory that cannot be opened has no agent.
        guard let name = path.lastComponent else { return -1 }
        do throws(SystemError) {
            let directory = try OwnedDescriptor.open(path.removingLastComponent(), CL_O_PATH | O_DIRECTORY)
            let descriptor = connect(toShort: "/proc/self/fd/\(directory.rawValue)/\(name)")
            _ = consume directory
            return descriptor
        } catch {
            return -1
        }
    }

    private static func connect(toShort path: String) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return -1 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let made = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard made >= 0 else { return -1 }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(made, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        if result == 0 { return made }
        close(made)
        return -1
    }

    /// `false` at the end of either side.
    private static func copy(from source: Int32, to target: Int32) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 16384)
        let count = recv(source, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        guard count > 0 else { return count < 0 && (errno == EAGAIN || errno == EINTR) }
        var sent = 0
        while sent < count {
            let part = buffer.withUnsafeBytes {
                send(target, $0.baseAddress?.advanced(by: sent), count - sent, Int32(MSG_NOSIGNAL))
            }
            guard part > 0 else { return false }
            sent += part
        }
        return true
    }
}
