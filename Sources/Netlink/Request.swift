internal import CLinux

/// One request to the kernel, as bytes without the sequence number; the static functions make it.
package struct Request: Sendable {
    /// The action of the request, in words that follow "cannot".
    package let action: String
    let kind: UInt16
    let flags: UInt16
    private(set) var payload: [UInt8] = []

    init(_ action: String, kind: some BinaryInteger, flags: Int32 = 0) {
        self.action = action
        self.kind = UInt16(truncatingIfNeeded: kind)
        self.flags = UInt16(truncatingIfNeeded: flags | NLM_F_REQUEST)
    }

    /// The whole message, padded to the alignment of the next.
    func bytes(sequence: UInt32, extraFlags: Int32) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Message.headerLength + payload.count)
        bytes.append(integer: UInt32(Message.headerLength + payload.count))
        bytes.append(integer: kind)
        bytes.append(integer: flags | UInt16(truncatingIfNeeded: extraFlags))
        bytes.append(integer: sequence)
        bytes.append(integer: UInt32(0))
        bytes += payload
        bytes.align()
        return bytes
    }
}

// MARK: - Encoding

extension Request {
    mutating func append(_ value: some FixedWidthInteger) {
        payload.append(integer: value)
    }

    mutating func attribute(_ kind: some BinaryInteger, bytes: some Collection<UInt8>) {
        payload.append(integer: UInt16(clamping: bytes.count + 4))
        payload.append(integer: UInt16(truncatingIfNeeded: kind))
        payload.append(contentsOf: bytes)
        payload.align()
    }

    mutating func attribute(_ kind: some BinaryInteger, integer: some FixedWidthInteger) {
        var bytes: [UInt8] = []
        bytes.append(integer: integer)
        attribute(kind, bytes: bytes)
    }

    mutating func attribute(_ kind: some BinaryInteger, text: String) {
        attribute(kind, bytes: Array(text.utf8) + [0])
    }

    /// An attribute that holds what `body` adds.
    mutating func nest(_ kind: some BinaryInteger, _ body: (inout Request) -> Void) {
        let start = payload.count
        payload.append(integer: UInt16(0))
        payload.append(integer: UInt16(truncatingIfNeeded: kind) | UInt16(truncatingIfNeeded: NLA_F_NESTED))
        body(&self)
        payload.replace(at: start, integer: UInt16(clamping: payload.count - start))
    }

    /// `struct ifinfomsg`; rtnetlink(7).
    mutating func linkHeader(index: Int32 = 0, flags: UInt32 = 0, change: UInt32 = 0) {
        append(UInt8(0))
        append(UInt8(0))
        append(UInt16(0))
        append(index)
        append(flags)
        append(change)
    }
}
