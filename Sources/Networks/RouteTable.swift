internal import Vocabulary

/// One line of /proc/net/route, the main table of a namespace; proc(5).
struct RouteEntry: Hashable {
    var network: IPv4Network

    /// Parses a line; `nil` for the heading and for other lines.
    init?(_ line: some StringProtocol) {
        let fields = line.split(whereSeparator: \.isWhitespace)
        guard fields.count > 7, let destination = Self.number(fields[1]), let mask = Self.number(fields[7]),
            // A mask of ones, then zeros.
            (~mask &+ 1) & ~mask == 0
        else { return nil }
        network = IPv4Network(
            containing: IPv4Address(rawValue: destination), prefixLength: mask.nonzeroBitCount)
    }

    static func parse(_ text: String) -> [RouteEntry] {
        text.split(separator: "\n").compactMap { RouteEntry($0) }
    }

    /// The kernel prints the four bytes of an address as a number of the machine's byte order.
    private static func number(_ digits: some StringProtocol) -> UInt32? {
        guard digits.utf8.count == 8, digits.allSatisfy(\.isHexDigit) else { return nil }
        return UInt32(digits, radix: 16).map { UInt32(bigEndian: $0) }
    }
}
