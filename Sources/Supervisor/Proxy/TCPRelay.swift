internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// An empty pipe that splice(2) moves bytes through.
final class PipePair {
    /// How many large pipes may still be made. All pipes of a user share 64 MiB, beyond which new ones are tiny; pipe(7),
    /// `pipe-user-pages-soft`.
    final class Budget {
        fileprivate(set) var large: Int

        init(large: Int) {
            self.large = large
        }
    }

    /// The usual capacity of pipes, in bytes.
    static let usualCapacity = 1 << 16
    /// TCP acknowledges once what is read at once, and the large packets of virtual links fill a usual pipe so that sender
    /// and receiver wait for each other, some for a second.
    static let largeCapacity = 1 << 20

    let reader: OwnedDescriptor
    let writer: OwnedDescriptor
    /// How many bytes it holds at least.
    let capacity: Int
    private let budget: Budget

    /// Makes a large pipe as long as the budget and the kernel grant one.
    init(_ budget: Budget) throws(SystemError) {
        var ends: [Int32] = [-1, -1]
        try systemCall("pipe2", "") { cl_pipe2(&ends, O_CLOEXEC | O_NONBLOCK) }
        reader = OwnedDescriptor(owning: ends[0])
        writer = OwnedDescriptor(owning: ends[1])
        self.budget = budget
        let isLarge = budget.large > 0 && cl_fcntl(ends[1], CL_F_SETPIPE_SZ, Self.largeCapacity) >= 0
        capacity = isLarge ? Self.largeCapacity : Self.usualCapacity
        if isLarge { budget.large -= 1 }
    }

    deinit {
        if isLarge { budget.large += 1 }
    }

    var isLarge: Bool { capacity == Self.largeCapacity }
}

/// Pipes between two uses; a connection holds one only while bytes are in it.
final class PipePool {
    private var idle: [PipePair] = []
    private let limit: Int
    private let budget: PipePair.Budget

    init(limit: Int = 32, large: Int = 16) {
        self.limit = limit
        budget = PipePair.Budget(large: large)
    }

    func take() throws(SystemError) -> PipePair {
        if let pipe = idle.popLast() { return pipe }
        return try PipePair(budget)
    }

    /// Takes back a pipe that is empty. Large ones are taken before the others.
    func put(_ pipe: PipePair) {
        guard idle.count < limit || pipe.isLarge else { return }
        idle.insert(pipe, at: pipe.isLarge ? idle.count : 0)
    }
}

/// A connection from the host and the one into the container that answers it.
final class TCPRelay {
    enum Progress {
        /// Nothing until an event.
        case resting
        /// There is more to move, but others have their turn first.
        case busy
        /// Both directions have ended.
        case finished
        /// One side broke: both are to be reset.
        case broken
    }

    /// How many bytes one connection moves before others have their turn.
    private static let turn = 2 << 20

    let id: UInt64
    let container: String
    let client: SharedDescriptor
    /// The connection inside, or the attempt at it.
    var server: SharedDescriptor?
    /// Ways inside that have not been tried yet.
    var targets: ArraySlice<PortTarget>
    var isOpen = false
    /// Whether it waits for its turn.
    var isQueued = false
    private var inward = HalfStream()
    private var outward = HalfStream()
    private var inwardPipe: PipePair?
    private var outwardPipe: PipePair?

    init(id: UInt64, container: String, client: SharedDescriptor, targets: ArraySlice<PortTarget>) {
        self.id = id
        self.container = container
        self.client = client
        self.targets = targets
    }

    func clientReady(_ readiness: EventPoll.Readiness) {
        if readiness.mayRead { inward.sourceReady() }
        if readiness.mayWrite { outward.sinkReady() }
    }

    func serverReady(_ readiness: EventPoll.Readiness) {
        if readiness.mayRead { outward.sourceReady() }
        if readiness.mayWrite { inward.sinkReady() }
    }

    /// Moves what can be moved, for a bounded while.
    func pump(_ pool: PipePool) -> Progress {
        guard let server else { return .broken }
        do throws(SystemError) {
            var moved = 0
            // Steps that move little count too.
            for _ in 0..<64 where moved < Self.turn {
                let movedIn = try step(&inward, &inwardPipe, from: client.rawValue, to: server.rawValue, pool)
                let movedOut = try step(&outward, &outwardPipe, from: server.rawValue, to: client.rawValue, pool)
                if inward.isDone && outward.isDone { return .finished }
                if movedIn == nil && movedOut == nil { return .resting }
                moved += (movedIn ?? 0) + (movedOut ?? 0)
            }
            return .busy
        } catch {
            return .broken
        }
    }

    /// Makes the end a reset on both sides.
    func reset() {
        SocketOption.resetOnClose(client.rawValue)
        if let server { SocketOption.resetOnClose(server.rawValue) }
    }

    /// One step of one direction.
    ///
    /// - Returns: how many bytes came from the source; `nil` when it rests.
    private func step(
        _ half: inout HalfStream, _ pipe: inout PipePair?, from source: Int32, to sink: Int32, _ pool: PipePool
    ) throws(SystemError) -> Int? {
        switch half.next {
        case .fill:
            let used: PipePair
            if let pipe { used = pipe } else { used = try pool.take() }
            pipe = used
            if let count = try Self.move(from: source, to: used.writer.rawValue, used.capacity) {
                half.filled(count)
                return count
            }
            half.sourceExhausted()
        case .flush:
            guard let used = pipe else { return nil }
            if let count = try Self.move(from: used.reader.rawValue, to: sink, half.buffered) {
                half.flushed(count)
            } else {
                half.sinkFull()
            }
        case .shut:
            // A sink that is gone already will tell so on its own direction.
            _ = shutdown(sink, Int32(SHUT_WR))
            half.shut()
        case .rest:
            if half.buffered == 0, let used = pipe {
                pool.put(used)
                pipe = nil
            }
            return nil
        }
        return 0
    }

    /// - Returns: the number of bytes, 0 at the end, `nil` when it would block.
    private static func move(from: Int32, to: Int32, _ count: Int) throws(SystemError) -> Int? {
        do throws(SystemError) {
            return try systemCall("splice", "\(from)") {
                cl_splice(from, nil, to, nil, count, CL_SPLICE_F_MOVE | CL_SPLICE_F_NONBLOCK)
            }
        } catch  where error.errno == .wouldBlock {
            return nil
        }
    }
}

extension EventPoll.Readiness {
    fileprivate var mayRead: Bool { !isDisjoint(with: [.readable, .peerEnded, .hungUp, .failed]) }
    fileprivate var mayWrite: Bool { !isDisjoint(with: [.writable, .hungUp, .failed]) }
}
