internal import CCurl
internal import Dispatch
internal import Glibc
internal import LinuxSystem
internal import Synchronization

/// One thread that moves all transfers of a client with libcurl; libcurl-multi(3).
///
/// Everything of libcurl stays on that thread: others leave commands for it.
final class TransferLoop: Sendable {
    enum Command: Sendable {
        case start(TransferOrder, TransferStream)
        /// A reader has room again, or a sender has more.
        case resume(TransferStream)
        case stop(TransferStream)
    }

    private struct Mailbox {
        var commands: [Command] = []
        var isClosed = false
        var hasEnded = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let mailbox = Mutex(Mailbox())
    private let notifier: EventNotifier

    /// Starts the thread; it runs until `shutdown`.
    init() throws(SystemError) {
        notifier = try EventNotifier()
        DispatchQueue(label: "trice.transfers").async { [self] in run() }
    }

    func post(_ command: Command) {
        let isOpen = mailbox.withLock { mailbox in
            if !mailbox.isClosed { mailbox.commands.append(command) }
            return !mailbox.isClosed
        }
        if isOpen {
            notifier.signal()
        } else if case .start(_, let stream) = command {
            stream.finish(TransportFailure(.cancelled))
        }
    }

    /// Ends all transfers and the thread, and waits for it.
    func shutdown() async {
        mailbox.withLock { $0.isClosed = true }
        notifier.signal()
        await withCheckedContinuation { continuation in
            let waits = mailbox.withLock { mailbox in
                if !mailbox.hasEnded { mailbox.waiters.append(continuation) }
                return !mailbox.hasEnded
            }
            if !waits { continuation.resume() }
        }
    }

    private func run() {
        // OpenSSL writes to sockets that their peers have closed.
        var blocked = sigset_t()
        var before = sigset_t()
        sigemptyset(&blocked)
        sigaddset(&blocked, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &blocked, &before)
        let transfers = TransferSet()
        while true {
            let (commands, isClosed) = mailbox.withLock { mailbox in
                defer { mailbox.commands = [] }
                return (mailbox.commands, mailbox.isClosed)
            }
            for command in commands { transfers.apply(command) }
            if isClosed { break }
            transfers.perform()
            transfers.wait(notifier.descriptor.rawValue)
            notifier.clear()
        }
        transfers.stopAll()
        pthread_sigmask(SIG_SETMASK, &before, nil)
        let waiters = mailbox.withLock { mailbox in
            mailbox.hasEnded = true
            return mailbox.waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}

/// The transfers of a loop, on its thread.
private final class TransferSet {
    private static let isReady = curl_global_init(ccurl_global_default) == CURLE_OK

    private let multi: UnsafeMutableRawPointer?
    private var transfers: [ObjectIdentifier: EasyTransfer] = [:]

    init() {
        multi = Self.isReady ? curl_multi_init() : nil
        guard let multi else { return }
        // A reader that waits must hold up no other transfer: each has a connection of its own, also with HTTP/2.
        _ = ccurl_multi_set_number(multi, CURLMOPT_MAX_CONCURRENT_STREAMS, 1)
        // Idle connections that are kept for later requests.
        _ = ccurl_multi_set_number(multi, CURLMOPT_MAXCONNECTS, 64)
    }

    deinit { curl_multi_cleanup(multi) }

    func apply(_ command: TransferLoop.Command) {
        switch command {
        case .start(let order, let stream):
            guard let multi, let transfer = EasyTransfer(order, stream),
                curl_multi_add_handle(multi, transfer.handle) == CURLM_OK
            else {
                stream.finish(TransportFailure(.broken, "libcurl does not take the request"))
                return
            }
            transfers[ObjectIdentifier(stream)] = transfer
        case .resume(let stream): transfers[ObjectIdentifier(stream)]?.resume()
        case .stop(let stream):
            if let transfer = transfers.removeValue(forKey: ObjectIdentifier(stream)) {
                curl_multi_remove_handle(multi, transfer.handle)
            }
        }
    }

    /// Moves what can be moved, and tells the streams.
    func perform() {
        var running: Int32 = 0
        curl_multi_perform(multi, &running)
        var handle: UnsafeMutableRawPointer?
        var code = CURLE_OK
        while ccurl_multi_next_done(multi, &handle, &code) != 0 {
            guard let (key, transfer) = transfers.first(where: { $0.value.handle == handle }) else { continue }
            end(key, transfer, code == CURLE_OK ? nil : transfer.failure(code))
        }
        let now = ContinuousClock.now
        for (key, transfer) in transfers {
            if let deadline = transfer.deadline, deadline <= now, !transfer.hasMoved(now) {
                end(key, transfer, TransportFailure(.stalled))
            } else {
                transfer.stream.notify()
            }
        }
    }

    private func end(_ key: ObjectIdentifier, _ transfer: EasyTransfer, _ failure: TransportFailure?) {
        transfers[key] = nil
        curl_multi_remove_handle(multi, transfer.handle)
        transfer.stream.finish(failure)
    }

    /// Waits until there is something to do, or another thread writes to the descriptor.
    func wait(_ descriptor: Int32) {
        let next = transfers.values.compactMap(\.deadline).min()
        let milliseconds = next.map { max(1, ($0 - .now) / .milliseconds(1) + 1) } ?? 60_000
        var extra = curl_waitfd(fd: descriptor, events: Int16(CURL_WAIT_POLLIN), revents: 0)
        curl_multi_poll(multi, &extra, 1, Int32(min(milliseconds, 60_000)), nil)
    }

    func stopAll() {
        for (key, transfer) in transfers { end(key, transfer, TransportFailure(.cancelled)) }
    }
}
