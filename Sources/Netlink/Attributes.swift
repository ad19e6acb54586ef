internal import CLinux

/// A list of attributes of a message or of a nested attribute; netlink(7), rtnetlink(7).
struct Attributes: Sendable {
    private var payloads: [UInt16: ArraySlice<UInt8>] = [:]

    /// Reads the attributes that fill `bytes`; a later one of a type replaces an earlier one, as in the kernel.
    ///
    /// - Throws: `.malformed` when a length points outside `bytes`.
    init(_ bytes: ArraySlice<UInt8>) throws(NetlinkError) {
        var rest = bytes
        while rest.count >= 4 {
            guard let length = rest.integer(as: UInt16.self).map(Int.init),
                let kind = rest.integer(at: 2, as: UInt16.self)
            else { return }
            guard length >= 4, length <= rest.count else {
                throw .malformed("an attribute of \(length) bytes in \(rest.count)")
            }
            let flags = UInt16(truncatingIfNeeded: NLA_F_NESTED | NLA_F_NET_BYTEORDER)
            payloads[kind & ~flags] = rest.prefix(length).dropFirst(4)
            rest = rest.dropFirst((length + 3) & ~3)
        }
    }

    subscript(_ kind: some BinaryInteger) -> ArraySlice<UInt8>? {
        payloads[UInt16(truncatingIfNeeded: kind)]
    }

    func integer<Value: FixedWidthInteger>(_ kind: some BinaryInteger, as type: Value.Type = Value.self) -> Value? {
        self[kind]?.integer()
    }

    func text(_ kind: some BinaryInteger) -> String? {
        self[kind]?.text
    }

    /// The attributes inside attribute `kind`.
    func nested(_ kind: some BinaryInteger) throws(NetlinkError) -> Attributes? {
        guard let bytes = self[kind] else { return nil }
        return try Attributes(bytes)
    }
}
