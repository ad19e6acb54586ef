internal import Glibc
internal import LinuxSystem
package import SystemPackage
package import Vocabulary
package import Workspaces

/// The way of a client that is not root to a container: a socket at which the supervisor of the environment listens, which
/// starts the root's side for each connection.
///
/// The client sends the container's name and a line end. The answer is a byte: 0, followed by what `sshd` says, or 1, followed
/// by the sentence why there is no connection.
package struct SSHRelay {
    private let path: FilePath

    package init(to path: FilePath) {
        self.path = path
    }

    /// The longest name of a container with its line end.
    private static let longestName = 512

    /// Connects the standard streams of this process with the container, to the end of the connection.
    package func run(_ container: ContainerID) throws -> Int32 {
        let socket: OwnedDescriptor
        do throws(SystemError) {
            socket = try StreamListener.connect(to: path)
        } catch {
            throw EngineError(
                .notRunning,
                "`\(container.service)` cannot be reached: \(error.errno) at \(path). Bring the environment up with `sudo trice "
                    + "up`, and run `sudo trice ssh-config --install` where that has not been done.", causes: [error])
        }
        // Another user could have made the socket.
        guard try MessageSocket.peer(of: socket).user == 0 else {
            throw EngineError(.unsupportedHost, "The socket \(path) is not root's, so nothing is sent to it.")
        }
        try socket.write("\(container)\n".utf8)
        guard let answer = try socket.read(atMost: 1).first else {
            throw EngineError(
                .notRunning, "`\(container.service)` cannot be reached: the supervisor refuses this user.")
        }
        if answer != 0 {
            throw EngineError(.notRunning, String(decoding: try socket.readToEnd(), as: UTF8.self))
        }
        let fd = socket.rawValue
        try DedicatedThread.detach {
            Self.copy(from: 0, to: fd)
            shutdown(fd, Int32(SHUT_WR))
        }
        Self.copy(from: fd, to: 1)
        _ = consume socket
        return 0
    }

    private static func copy(from source: Int32, to target: Int32) {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(source, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            var written = 0
            while written < count {
                let part = buffer.withUnsafeBytes {
                    write(target, $0.baseAddress?.advanced(by: written), count - written)
                }
                // The other side has gone.
                if part < 0, errno != EINTR { return }
                written += max(0, part)
            }
        }
    }

    // MARK: - The root's side

    /// Serves the connection at standard input.
    package static func answer(_ layout: Layout, _ environment: EnvironmentID) throws -> Int32 {
        var name: [UInt8] = []
        var byte: UInt8 = 0
        // One by one: what follows is for the server.
        while name.count < longestName, read(0, &byte, 1) == 1, byte != UInt8(ascii: "\n") { name.append(byte) }
        do {
            let container = try ContainerID(String(decoding: name, as: UTF8.self))
            let connection = SSHConnection(layout: layout, environment: environment, container: container)
            return try connection.serve {
                byte = 0
                try systemCall("write", "connection") { write(1, &byte, 1) }
            }
        } catch {
            let bytes = [1] + Array(ErrorReport(of: error).message.utf8)
            _ = write(1, bytes, bytes.count)
            throw error
        }
    }
}
