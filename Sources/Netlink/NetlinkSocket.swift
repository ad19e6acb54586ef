internal import CLinux
internal import Glibc
package import LinuxSystem
internal import Synchronization

/// A netlink socket of the network namespace in which it was opened; netlink(7).
///
/// All requests go one way: send, match answers by sequence number, collect multipart replies, turn the
/// acknowledgement into a result. Any thread may use the socket; calls take turns.
package struct NetlinkSocket: ~Copyable, Sendable {
    /// What the kernel answers about.
    package enum Family: Sendable {
        /// Links, addresses and routes; rtnetlink(7).
        case route
        /// The connections that the packet filter tracks; linux/netfilter/nfnetlink.h.
        case netfilter

        var number: Int32 {
            switch self {
            case .route: NETLINK_ROUTE
            case .netfilter: NETLINK_NETFILTER
            }
        }
    }

    /// The number of attempts for a dump that changes disturb.
    private static let dumpAttempts = 20
    /// The kernel fills at most 32 KiB of a dump at once.
    private static let bufferSize = 64 * 1024

    private let descriptor: OwnedDescriptor
    private let sequence = Mutex<UInt32>(1)

    /// Opens a socket in the network namespace of the calling thread.
    package init(_ family: Family = .route) throws(NetlinkError) {
        do throws(SystemError) {
            descriptor = try Self.open(family)
        } catch {
            throw NetlinkError(socket: error)
        }
    }

    /// Opens a socket inside a namespace; its requests act there, from any thread.
    package init(in namespace: borrowing OwnedDescriptor) throws(NetlinkError) {
        do throws(SystemError) {
            descriptor = try NetworkNamespace.run(in: namespace) { () throws(SystemError) in try Self.open(.route) }
        } catch {
            throw NetlinkError(socket: error)
        }
    }

    private static func open(_ family: Family) throws(SystemError) -> OwnedDescriptor {
        let kind = Int32(SOCK_RAW.rawValue | SOCK_CLOEXEC.rawValue)
        let opened = OwnedDescriptor(
            owning: try systemCall("socket", "netlink") { socket(AF_NETLINK, kind, family.number) })
        let fd = opened.rawValue
        for option in [NETLINK_EXT_ACK, NETLINK_CAP_ACK] {
            var on: Int32 = 1
            try systemCall("setsockopt", "netlink \(option)") {
                setsockopt(fd, SOL_NETLINK, option, &on, socklen_t(MemoryLayout<Int32>.size))
            }
        }
        // The kernel answers within send(2): after a wait this long the answer is lost.
        var timeout = timeval(tv_sec: 10, tv_usec: 0)
        try systemCall("setsockopt", "SO_RCVTIMEO") {
            setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        }
        return opened
    }
}

// MARK: - Requests

extension NetlinkSocket {
    /// Sends all requests at once and returns the result of each; the kernel tries every one of them in order, also
    /// after a failed one.
    ///
    /// - Throws: when the socket fails; refusals of the kernel are in the results.
    package borrowing func perform(
        _ requests: [Request]
    ) throws(NetlinkError) -> [Result<[Message], NetlinkError>] {
        // The kernel does not take an empty datagram.
        if requests.isEmpty { return [] }
        return try sequence.withLock { (sequence) throws(NetlinkError) in
            let first = sequence
            sequence &+= UInt32(requests.count)
            return try exchange(requests, first: first)
        }
    }

    /// Sends one request.
    ///
    /// - Throws: also when the kernel refuses the request.
    @discardableResult
    package borrowing func perform(_ request: Request) throws(NetlinkError) -> [Message] {
        for result in try perform([request]) {
            return try result.get()
        }
        return []
    }

    private borrowing func exchange(
        _ requests: [Request], first: UInt32
    ) throws(NetlinkError) -> [Result<[Message], NetlinkError>] {
        var bytes: [UInt8] = []
        for (offset, request) in requests.enumerated() {
            bytes += request.bytes(sequence: first &+ UInt32(offset), extraFlags: NLM_F_ACK)
        }
        try send(bytes)
        var replies = [[Message]](repeating: [], count: requests.count)
        var ends = [NetlinkError??](repeating: nil, count: requests.count)
        var pending = requests.count
        while pending > 0 {
            for message in try receive() {
                let index = Int(message.sequence &- first)
                // An answer to an earlier request that was given up on.
                guard index < requests.count, ends[index] == nil else { continue }
                switch message.kind {
                case Int(NLMSG_NOOP): continue
                case Int(NLMSG_ERROR), Int(NLMSG_DONE):
                    let end = try Acknowledgement(message)
                    ends[index] = .some(
                        end.errno.map {
                            NetlinkError(action: requests[index].action, errno: $0, explanation: end.explanation)
                        })
                    pending -= 1
                default:
                    replies[index].append(message)
                }
            }
        }
        return zip(replies, ends).map { reply, end in
            if let failure = end ?? nil { .failure(failure) } else { .success(reply) }
        }
    }

    /// Everything that a dump request answers, repeated until no change disturbed it (NLM_F_DUMP_INTR).
    borrowing func dump(_ request: Request) throws(NetlinkError) -> [Message] {
        try sequence.withLock { (sequence) throws(NetlinkError) in
            for _ in 0..<Self.dumpAttempts {
                let number = sequence
                sequence &+= 1
                if let messages = try dumpOnce(request, sequence: number) { return messages }
            }
            throw NetlinkError(.inconsistentDump, "cannot \(request.action): it changes faster than it can be read")
        }
    }

    private borrowing func dumpOnce(_ request: Request, sequence: UInt32) throws(NetlinkError) -> [Message]? {
        try send(request.bytes(sequence: sequence, extraFlags: NLM_F_DUMP))
        var messages: [Message] = []
        var isConsistent = true
        while true {
            for message in try receive() where message.sequence == sequence {
                if message.flags & NLM_F_DUMP_INTR != 0 { isConsistent = false }
                switch message.kind {
                case Int(NLMSG_NOOP): continue
                case Int(NLMSG_ERROR), Int(NLMSG_DONE):
                    let end = try Acknowledgement(message)
                    if let errno = end.errno {
                        throw NetlinkError(action: request.action, errno: errno, explanation: end.explanation)
                    }
                    return isConsistent ? messages : nil
                default:
                    messages.append(message)
                }
            }
        }
    }
}

// MARK: - The socket

extension NetlinkSocket {
    private borrowing func send(_ bytes: [UInt8]) throws(NetlinkError) {
        let fd = descriptor.rawValue
        var kernel = sockaddr_nl()
        kernel.nl_family = sa_family_t(AF_NETLINK)
        do throws(SystemError) {
            try systemCall("sendto", "netlink") {
                withUnsafePointer(to: &kernel) {
                    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        sendto(fd, bytes, bytes.count, 0, $0, socklen_t(MemoryLayout<sockaddr_nl>.size))
                    }
                }
            }
        } catch {
            throw NetlinkError(socket: error)
        }
    }

    /// The messages of the next datagram from the kernel; those of other senders are skipped.
    private borrowing func receive() throws(NetlinkError) -> [Message] {
        let fd = descriptor.rawValue
        while true {
            var sender = sockaddr_nl()
            var length = socklen_t(MemoryLayout<sockaddr_nl>.size)
            var failure: SystemError?
            var size = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: Self.bufferSize) { buffer, filled in
                do throws(SystemError) {
                    size = try systemCall("recvfrom", "netlink") {
                        withUnsafeMutablePointer(to: &sender) {
                            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                                recvfrom(
                                    fd, buffer.baseAddress, buffer.count, Int32(MSG_TRUNC), $0, &length)
                            }
                        }
                    }
                    filled = min(size, buffer.count)
                } catch {
                    failure = error
                }
            }
            if let failure { throw NetlinkError(socket: failure) }
            guard size <= Self.bufferSize else { throw .malformed("a datagram of \(size) bytes") }
            if sender.nl_pid == 0 { return try Message.parse(bytes[...]) }
        }
    }
}
