internal import Glibc

/// An IPv6 address without a zone; its written form is that of RFC 5952.
package struct IPv6Address: TextualValue, Comparable {
    /// Sixteen bytes in network order.
    package let bytes: [UInt8]

    package static let any = IPv6Address(unchecked: [UInt8](repeating: 0, count: 16))
    package static let loopback = IPv6Address(unchecked: [UInt8](repeating: 0, count: 15) + [1])

    init(unchecked bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// `nil` when there are not sixteen bytes.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        self.bytes = Array(bytes)
    }

    /// Reads the forms of inet_pton(3).
    package init(_ text: String) throws(InvalidValue) {
        var bytes = [UInt8](repeating: 0, count: 16)
        guard !text.utf8.contains(0), inet_pton(AF_INET6, text, &bytes) == 1 else {
            throw InvalidValue(text, "is not an IPv6 address such as fd00::1")
        }
        self.bytes = bytes
    }

    /// The IPv4 address that `::ffff:a.b.c.d` stands for.
    package var mapped: IPv4Address? {
        bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
            ? IPv4Address(bytes.suffix(4)) : nil
    }

    package var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(AF_INET6, bytes, &text, socklen_t(text.count)) != nil else { return "?" }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    package static func < (left: IPv6Address, right: IPv6Address) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}
