internal import CLinux
internal import SystemPackage

/// One message from the kernel; netlink(7).
package struct Message: Sendable {
    static let headerLength = 16

    let kind: Int
    let flags: Int32
    let sequence: UInt32
    let payload: ArraySlice<UInt8>

    /// Splits one datagram into its messages.
    ///
    /// - Throws: `.malformed` when a length points outside the datagram.
    static func parse(_ datagram: ArraySlice<UInt8>) throws(NetlinkError) -> [Message] {
        var messages: [Message] = []
        var rest = datagram
        while rest.count >= headerLength {
            guard let length = rest.integer(as: UInt32.self).map(Int.init),
                let kind = rest.integer(at: 4, as: UInt16.self),
                let flags = rest.integer(at: 6, as: UInt16.self),
                let sequence = rest.integer(at: 8, as: UInt32.self)
            else { break }
            guard length >= headerLength, length <= rest.count else {
                throw .malformed("a message of \(length) bytes in \(rest.count)")
            }
            messages.append(
                Message(
                    kind: Int(kind), flags: Int32(flags), sequence: sequence,
                    payload: rest.prefix(length).dropFirst(headerLength)))
            rest = rest.dropFirst((length + 3) & ~3)
        }
        guard rest.isEmpty else { throw .malformed("\(rest.count) bytes after the last message") }
        return messages
    }

    /// The attributes after a fixed part of `length` bytes.
    func attributes(after length: Int) throws(NetlinkError) -> Attributes {
        guard payload.count >= length else {
            throw .malformed("a message of type \(kind) with only \(payload.count) bytes")
        }
        return try Attributes(payload.dropFirst((length + 3) & ~3))
    }
}

/// The result of a request: NLMSG_ERROR with its extended acknowledgement, or NLMSG_DONE.
struct Acknowledgement: Sendable {
    /// `nil` on success.
    var errno: Errno?
    /// The kernel's message, if it sent one.
    var explanation: String?

    init(_ message: Message) throws(NetlinkError) {
        // Some kernels end a dump with an empty NLMSG_DONE.
        guard let code = message.payload.integer(as: Int32.self) ?? (message.kind == NLMSG_DONE ? 0 : nil) else {
            throw .malformed("an acknowledgement of \(message.payload.count) bytes")
        }
        errno = code == 0 ? nil : Errno(rawValue: code < 0 ? 0 &- code : code)
        guard message.flags & NLM_F_ACK_TLVS != 0 else { return }
        var offset = 4
        if message.kind == NLMSG_ERROR {
            // The request comes back after the code: its header only, or (without NLM_F_CAPPED) all of it.
            guard let echoed = message.payload.integer(at: 4, as: UInt32.self).map(Int.init) else {
                throw .malformed("an acknowledgement without the request's header")
            }
            let length = message.flags & NLM_F_CAPPED != 0 ? Message.headerLength : (echoed + 3) & ~3
            offset += length
        }
        let attributes = try Attributes(message.payload.dropFirst(offset))
        explanation = attributes.text(NLMSGERR_ATTR_MSG.rawValue)
    }
}
