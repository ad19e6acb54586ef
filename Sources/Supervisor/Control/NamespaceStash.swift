internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// Network namespaces that outlive a supervisor which is killed: they lie, each a message with the name of its container,
/// in the queue of a pair of sockets that the supervisor's guard holds, too; unix(7), SCM_RIGHTS.
///
/// Without it the namespace of a container that does not run goes with the supervisor.
final class NamespaceStash {
    /// The two ends as the guard (`trice-init -g`) passes them to each supervisor.
    static let numbers: (writer: Int32, reader: Int32) = (4, 5)
    /// Room for a thousand messages and more, in bytes.
    private static let bufferSize: Int32 = 2 << 20

    private let writer: MessageSocket
    private let reader: MessageSocket

    private init(writer: consuming MessageSocket, reader: consuming MessageSocket) {
        self.writer = writer
        self.reader = reader
    }

    /// Takes over what this process was started with; `nil` without a guard. To be called before anything is opened.
    static func takeInherited() -> NamespaceStash? {
        guard isMessageSocket(numbers.writer), isMessageSocket(numbers.reader) else { return nil }
        let inheritedWriter = OwnedDescriptor(owning: numbers.writer)
        let inheritedReader = OwnedDescriptor(owning: numbers.reader)
        // The copies are close-on-exec. Without them there is only less that outlives this process.
        guard let writer = try? inheritedWriter.duplicate(), let reader = try? inheritedReader.duplicate() else {
            return nil
        }
        return try? NamespaceStash(sending: writer, receiving: reader)
    }

    /// Both ends are of a pair of connected sockets, and have nothing else to do.
    convenience init(
        sending writer: consuming OwnedDescriptor, receiving reader: consuming OwnedDescriptor
    ) throws(SystemError) {
        // A full queue must not stop the supervisor.
        try writer.setNonblocking()
        try reader.setNonblocking()
        let fd = writer.rawValue
        // It needs a privilege; without it there is room for two hundred.
        _ = withUnsafePointer(to: Self.bufferSize) {
            setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, $0, socklen_t(MemoryLayout<Int32>.size))
        }
        self.init(writer: MessageSocket(writer), reader: MessageSocket(reader))
    }

    private static func isMessageSocket(_ number: Int32) -> Bool {
        var kind: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(number, SOL_SOCKET, SO_TYPE, &kind, &length) == 0 && kind == Int32(SOCK_SEQPACKET.rawValue)
    }

    /// Puts one in, beside what is there.
    func add(_ name: String, _ namespace: SharedDescriptor) throws(SystemError) {
        try writer.send(Array(name.utf8), descriptors: [namespace.rawValue])
    }

    /// What lies in it, which is empty then; the last one of each name.
    func takeAll() throws(SystemError) -> [String: SharedDescriptor] {
        var found: [String: SharedDescriptor] = [:]
        do throws(SystemError) {
            while let message = try reader.receive() {
                let descriptors = message.descriptors.map { SharedDescriptor(OwnedDescriptor(owning: $0)) }
                if let first = descriptors.first { found[String(decoding: message.bytes, as: UTF8.self)] = first }
            }
        } catch  where error.errno == .wouldBlock {
            return found
        }
        return found
    }

    /// Puts these in, in place of what is there.
    func replaceAll(_ namespaces: [String: SharedDescriptor]) throws(SystemError) {
        _ = try takeAll()
        for (name, namespace) in namespaces { try add(name, namespace) }
    }
}
