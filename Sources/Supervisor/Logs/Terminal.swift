internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// The terminal of a container: the socket on which the runtime hands it over, then its master side.
final class Terminal {
    private(set) var listener: ConsoleSocket?
    private(set) var master: SharedDescriptor?
    /// The end that PID 1 inherits as descriptor 4, until the runtime has been started.
    private(set) var stashForContainer: SharedDescriptor?
    /// Our end of the stash, until the master lies in it.
    private var stash: SharedDescriptor?

    /// Listens where the runtime will connect; `--console-socket` of crun(1).
    init(listeningAt path: FilePath) throws(SystemError) {
        listener = try ConsoleSocket(listeningAt: path)

        var ends: [Int32] = [-1, -1]
        let stashKind = Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue)
        try systemCall("socketpair", "") { socketpair(AF_UNIX, stashKind, 0, &ends) }
        stash = SharedDescriptor(OwnedDescriptor(owning: ends[0]))
        stashForContainer = SharedDescriptor(OwnedDescriptor(owning: ends[1]))
    }

    /// Takes over the master of a container that an earlier supervisor started.
    init(adopting master: consuming OwnedDescriptor) throws(SystemError) {
        try master.setNonblocking()
        self.master = SharedDescriptor(master)
    }

    /// Takes the master from the runtime; `nil` when nobody has connected yet.
    func acceptMaster() throws(SystemError) -> SharedDescriptor? {
        guard let listener, let received = try listener.receive() else { return nil }
        let first = SharedDescriptor(received)
        // The copy in the stash lives as long as PID 1, whatever becomes of us.
        if let stash {
            try MessageSocket(try stash.descriptor.duplicate()).send([1], descriptors: [first.rawValue])
        }
        try first.descriptor.setNonblocking()
        master = first
        stopListening()
        return first
    }

    /// The runtime is done: it will not connect any more.
    func stopListening() {
        listener = nil
        stash = nil
        stashForContainer = nil
    }

    /// What the container wrote since the last call; empty when there is nothing now or nothing will come.
    func read() -> [UInt8] {
        guard let master else { return [] }
        // EAGAIN: nothing now. EIO: the other side is closed.
        return (try? master.descriptor.read(atMost: 16384)) ?? []
    }
}
