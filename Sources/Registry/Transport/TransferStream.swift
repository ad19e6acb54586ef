internal import Synchronization

/// What passes between a task and the loop that moves its transfer: the head of the answer, pieces of both bodies, and
/// how it ended.
///
/// One task reads, one task sends, and the loop does the rest; each waits for the other side at most.
final class TransferStream: Sendable {
    /// How much of a body is kept for a reader before the server has to wait.
    private static let highWater = 1 << 20

    private struct State {
        var head: HTTPResponse.Head?
        var received: [UInt8] = []
        var isReceivingPaused = false
        var outgoing: [UInt8] = []
        var outgoingOffset = 0
        var isSendingPaused = false
        var acceptsContent = true
        var outcome: Result<Void, TransportFailure>?
        var reader: CheckedContinuation<Void, Never>?
        var sender: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())
    private let loop: TransferLoop

    init(_ loop: TransferLoop) { self.loop = loop }
}

// MARK: - The reading task

extension TransferStream {
    /// Waits for the head of the answer. A task that is cancelled ends the transfer.
    func head() async throws(TransportFailure) -> HTTPResponse.Head {
        while true {
            let found = state.withLock { state -> Result<HTTPResponse.Head, TransportFailure>? in
                if let head = state.head { return .success(head) }
                switch state.outcome {
                case nil: return nil
                case .success: return .failure(TransportFailure(.broken, "the answer has no head"))
                case .failure(let failure): return .failure(failure)
                }
            }
            if let found { return try found.get() }
            await waitToRead { $0.head != nil }
        }
    }

    /// Takes what has come of the body, and gives the memory of the last piece back.
    ///
    /// - Returns: `false` at the end of the body.
    func next(_ piece: inout [UInt8]) async throws(TransportFailure) -> Bool {
        piece.removeAll(keepingCapacity: true)
        while true {
            let (outcome, resumes) = state.withLock { state -> (Result<Void, TransportFailure>?, Bool) in
                if case .failure(let failure)? = state.outcome, failure.kind == .cancelled {
                    return (state.outcome, false)
                }
                guard state.received.isEmpty else {
                    swap(&piece, &state.received)
                    defer { state.isReceivingPaused = false }
                    return (nil, state.isReceivingPaused)
                }
                return (state.outcome, false)
            }
            if resumes { loop.post(.resume(self)) }
            guard piece.isEmpty else { return true }
            switch outcome {
            case .success?: return false
            case .failure(let failure)?: throw failure
            case nil: await waitToRead { !$0.received.isEmpty }
            }
        }
    }

    private func waitToRead(until isReady: @Sendable (borrowing State) -> Bool) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waits = state.withLock { state in
                    guard state.outcome == nil, !isReady(state) else { return false }
                    state.reader = continuation
                    return true
                }
                if !waits { continuation.resume() }
            }
        } onCancel: {
            stop(TransportFailure(.cancelled))
        }
    }

    /// Ends the transfer unless it has ended.
    func stop(_ failure: TransportFailure) {
        if finish(failure) { loop.post(.stop(self)) }
    }
}

// MARK: - The sending task

extension TransferStream {
    /// Reads the content and hands it over, until its end or the end of the transfer.
    func send(_ content: BodySequence) async {
        var content = content
        do throws(ContentFailure) {
            while let piece = try await content.next() {
                guard await offer(piece) else { return }
            }
        } catch {
            stop(
                error.cause is CancellationError
                    ? TransportFailure(.cancelled) : TransportFailure(.content, cause: error))
        }
    }

    /// The server does not want the rest.
    func refuseContent() {
        let (sender, resumes) = state.withLock { state in
            state.acceptsContent = false
            defer { state.isSendingPaused = false }
            return (state.sender.take(), state.isSendingPaused)
        }
        sender?.resume()
        // A transfer whose sending is paused does not end, not even when it has been answered.
        if resumes { loop.post(.resume(self)) }
    }

    /// Waits until the piece before is on its way.
    ///
    /// - Returns: `false` where nothing is wanted any more.
    private func offer(_ piece: [UInt8]) async -> Bool {
        await withCheckedContinuation { continuation in
            let waits = state.withLock { state in
                guard !state.outgoing.isEmpty, state.acceptsContent, state.outcome == nil else { return false }
                state.sender = continuation
                return true
            }
            if !waits { continuation.resume() }
        }
        let (isTaken, resumes) = state.withLock { state -> (Bool, Bool) in
            guard state.acceptsContent, state.outcome == nil else { return (false, false) }
            (state.outgoing, state.outgoingOffset) = (piece, 0)
            defer { state.isSendingPaused = false }
            return (true, state.isSendingPaused)
        }
        if resumes { loop.post(.resume(self)) }
        return isTaken
    }
}

// MARK: - The loop

extension TransferStream {
    func receive(_ head: HTTPResponse.Head) {
        state.withLock { if $0.head == nil { $0.head = head } }
    }

    /// Keeps a piece of the answer's body.
    ///
    /// - Returns: `false` where the reader has enough; the piece is not kept then, and the loop is told when to go on.
    func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
        state.withLock { state in
            guard state.received.count < Self.highWater else {
                state.isReceivingPaused = true
                return false
            }
            state.received += bytes
            return true
        }
    }

    /// Takes bytes to send; none where the sender has to read first, and the loop is told when to go on.
    ///
    /// - Returns: `nil` where the server does not want the rest.
    func takeContent(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
        let (count, sender) = state.withLock { state -> (Int?, CheckedContinuation<Void, Never>?) in
            guard state.acceptsContent else { return (nil, nil) }
            let left = state.outgoing[state.outgoingOffset...]
            guard !left.isEmpty else {
                state.isSendingPaused = true
                return (0, nil)
            }
            let part = left.prefix(buffer.count)
            buffer.copyBytes(from: part)
            state.outgoingOffset += part.count
            guard part.count == left.count else { return (part.count, nil) }
            (state.outgoing, state.outgoingOffset) = ([], 0)
            return (part.count, state.sender.take())
        }
        sender?.resume()
        return count
    }

    /// Wakes the reader where there is something for it.
    func notify() {
        let reader = state.withLock { state in
            state.outcome != nil || !state.received.isEmpty || state.head != nil ? state.reader.take() : nil
        }
        reader?.resume()
    }

    /// The transfer has ended, by itself or by a failure.
    ///
    /// - Returns: `false` where it had ended before.
    @discardableResult
    func finish(_ failure: TransportFailure?) -> Bool {
        let (isFirst, waiters) = state.withLock { state -> (Bool, [CheckedContinuation<Void, Never>?]) in
            guard state.outcome == nil else { return (false, []) }
            state.outcome = failure.map { .failure($0) } ?? .success(())
            return (true, [state.reader.take(), state.sender.take()])
        }
        for waiter in waiters { waiter?.resume() }
        return isFirst
    }
}

/// The body of an answer. What is not read to its end ends with this object.
final class ResponseBody: Sendable {
    private let stream: TransferStream

    init(_ stream: TransferStream) { self.stream = stream }

    deinit { stream.stop(TransportFailure(.cancelled)) }

    /// Replaces `piece` by what comes next.
    ///
    /// - Returns: `false` at the end of the body.
    func next(_ piece: inout [UInt8]) async throws(TransportFailure) -> Bool {
        try await stream.next(&piece)
    }
}
