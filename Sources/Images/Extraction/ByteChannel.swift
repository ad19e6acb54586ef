internal import Dispatch
internal import Synchronization

/// A queue of bytes for the thread that unpacks them, in order, with a limit of about `capacity` bytes.
///
/// One task or thread fills it and must end it with `finish` or `fail` in every case: the reader waits for that. When a
/// reader stops before the end, every later `send` fails with its reason.
package final class ByteChannel: Sendable {
    /// A buffer and how many bytes of it count.
    struct Chunk: Sendable {
        var bytes: [UInt8]
        var count: Int
    }

    private struct State {
        var queue: [Chunk] = []
        var queued = 0
        /// Chunks of `chunkSize` that have been read and wait for their next use.
        var spares: [[UInt8]] = []
        var end: End?
        /// Set when the reader has stopped.
        var refusal: ImageError?
        var suspended: [CheckedContinuation<Void, Never>] = []
        var isReaderBlocked = false
        var isWriterBlocked = false
    }

    private enum End {
        case finished
        case failed(ImageError)
    }

    /// The bytes of one read, at most.
    static let chunkSize = 1 << 17

    private let capacity: Int
    private let state = Mutex(State())
    private let readable = DispatchSemaphore(value: 0)
    private let writable = DispatchSemaphore(value: 0)

    /// `capacity` is in bytes; a sender waits when there are more.
    package init(capacity: Int = 1 << 20) {
        self.capacity = capacity
    }
}

// MARK: - Filling

extension ByteChannel {
    /// Appends bytes, and suspends while the queue is full.
    ///
    /// - Throws: the reader's `ImageError` when the reader has stopped; `CancellationError`.
    package func send(_ bytes: [UInt8]) async throws {
        try Task.checkCancellation()
        guard !bytes.isEmpty else { return }
        if try append(Chunk(bytes: bytes, count: bytes.count)) { return }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isSuspended = state.withLock { state in
                    if state.queued < capacity || state.refusal != nil || Task.isCancelled { return false }
                    state.suspended.append(continuation)
                    return true
                }
                if !isSuspended { continuation.resume() }
            }
        } onCancel: {
            resumeSenders()
        }
        try Task.checkCancellation()
    }

    /// Appends bytes that are in memory in any case, without waiting for room.
    ///
    /// - Throws: the reader's `ImageError` when the reader has stopped.
    package func offer(_ bytes: [UInt8]) throws(ImageError) {
        if !bytes.isEmpty { _ = try append(Chunk(bytes: bytes, count: bytes.count)) }
    }

    /// Ends the queue.
    package func finish() { end(.finished) }

    /// Ends the queue with `error`, which the reader throws.
    package func fail(_ error: ImageError) { end(.failed(error)) }

    /// Lets `body` fill a buffer, hands it over and blocks while there are too many; `false` when `body` filled none.
    func fill(
        _ body: (UnsafeMutableRawBufferPointer) throws(ImageError) -> Int
    ) throws(ImageError) -> Bool {
        var bytes = state.withLock { $0.spares.popLast() } ?? [UInt8](repeating: 0, count: Self.chunkSize)
        let count = try Self.fill(&bytes, body)
        guard count > 0 else { return false }
        if try append(Chunk(bytes: bytes, count: count)) { return true }
        while true {
            let isBlocked = state.withLock { state in
                state.isWriterBlocked = state.queued >= capacity && state.refusal == nil
                return state.isWriterBlocked
            }
            guard isBlocked else { return true }
            writable.wait()
        }
    }

    private static func fill(
        _ bytes: inout [UInt8], _ body: (UnsafeMutableRawBufferPointer) throws(ImageError) -> Int
    ) throws(ImageError) -> Int {
        try bytes.withUnsafeMutableBufferPointer {
            (buffer: inout UnsafeMutableBufferPointer<UInt8>) throws(ImageError) in
            try body(UnsafeMutableRawBufferPointer(buffer))
        }
    }

    /// Queues a chunk; `true` when there is room for more.
    private func append(_ chunk: Chunk) throws(ImageError) -> Bool {
        let (isRoomy, wakesReader, refusal) = state.withLock { state in
            if state.refusal == nil {
                state.queue.append(chunk)
                state.queued += chunk.count
            }
            defer { state.isReaderBlocked = false }
            return (state.queued < capacity, state.isReaderBlocked, state.refusal)
        }
        if wakesReader { readable.signal() }
        if let refusal { throw refusal }
        return isRoomy
    }

    private func end(_ end: End) {
        let wakesReader = state.withLock { state in
            state.end = state.end ?? end
            defer { state.isReaderBlocked = false }
            return state.isReaderBlocked
        }
        if wakesReader { readable.signal() }
    }

    private func resumeSenders() {
        let suspended = state.withLock { state in
            defer { state.suspended = [] }
            return state.suspended
        }
        for continuation in suspended { continuation.resume() }
    }
}

// MARK: - Reading

extension ByteChannel {
    /// Takes all chunks and blocks while there are none; empty at the end. `spent` are buffers for reuse.
    func take(returning spent: [Chunk]) throws(ImageError) -> [Chunk] {
        while true {
            var chunks: [Chunk] = []
            let (end, wakesWriter) = state.withLock { state -> (End?, Bool) in
                swap(&chunks, &state.queue)
                state.queued = 0
                for chunk in spent where chunk.bytes.count == Self.chunkSize && state.spares.count < 4 {
                    state.spares.append(chunk.bytes)
                }
                state.isReaderBlocked = chunks.isEmpty && state.end == nil
                defer { state.isWriterBlocked = false }
                return (state.end, state.isWriterBlocked)
            }
            if wakesWriter { writable.signal() }
            resumeSenders()
            if !chunks.isEmpty { return chunks }
            switch end {
            case .finished: return []
            case .failed(let error): throw error
            case nil: readable.wait()
            }
        }
    }

    /// Ends reading because of `reason`, and releases the sender.
    func abandon(_ reason: ImageError) {
        let wakesWriter = state.withLock { state in
            state.refusal = state.refusal ?? reason
            state.queue = []
            state.queued = 0
            state.spares = []
            defer { state.isWriterBlocked = false }
            return state.isWriterBlocked
        }
        if wakesWriter { writable.signal() }
        resumeSenders()
    }
}

/// The reading end of a channel, for one thread.
final class ChannelReader: ByteSource {
    let subject: String
    let expectedSize: Int64?
    private let channel: ByteChannel
    private var chunks: [ByteChannel.Chunk] = []
    /// The position of the next byte: the chunk, and the byte in it.
    private var index = 0
    private var offset = 0
    private var isEnded = false

    init(_ channel: ByteChannel, subject: String, expectedSize: Int64? = nil) {
        self.channel = channel
        self.subject = subject
        self.expectedSize = expectedSize
    }

    /// Runs `body`, which reads; on a failure the sender gets the error.
    func read<Result>(_ body: (ChannelReader) throws(ImageError) -> Result) throws(ImageError) -> Result {
        do throws(ImageError) {
            return try body(self)
        } catch {
            channel.abandon(error)
            throw error
        }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int {
        if index == chunks.count {
            guard !isEnded else { return 0 }
            chunks = try channel.take(returning: chunks)
            index = 0
            offset = 0
            isEnded = chunks.isEmpty
            if isEnded { return 0 }
        }
        let count = min(buffer.count, chunks[index].count - offset)
        chunks[index].bytes.withUnsafeBytes {
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<offset + count]))
        }
        offset += count
        if offset == chunks[index].count {
            index += 1
            offset = 0
        }
        return count
    }
}
