package import Vocabulary

/// One line of /proc/net/{tcp,tcp6,udp,udp6}; proc_net_tcp(5).
struct SocketEntry: Hashable {
    /// TCP_LISTEN of the kernel's tcp_states.h.
    private static let listening: UInt8 = 10

    var address: IPAddress
    var port: UInt16
    var state: UInt8
    var inode: UInt64

    var isListening: Bool { state == Self.listening }

    /// Parses a line; `nil` for the heading and for other lines.
    init?(_ line: some StringProtocol) {
        let fields = line.split(separator: " ", omittingEmptySubsequences: true)
        guard fields.count > 9, let state = UInt8(fields[3], radix: 16), let inode = UInt64(fields[9]) else {
            return nil
        }
        let local = fields[1].split(separator: ":", omittingEmptySubsequences: false)
        guard local.count == 2, let port = UInt16(local[1], radix: 16), let address = Self.address(local[0]) else {
            return nil
        }
        self.address = address
        self.port = port
        self.state = state
        self.inode = inode
    }

    static func parse(_ text: String) -> [SocketEntry] {
        text.split(separator: "\n").compactMap { SocketEntry($0) }
    }

    /// The kernel prints words of four bytes as numbers of the machine's byte order.
    private static func address(_ digits: some StringProtocol) -> IPAddress? {
        let digits = Array(digits.utf8)
        guard digits.count == 8 || digits.count == 32 else { return nil }
        var bytes: [UInt8] = []
        for start in stride(from: 0, to: digits.count, by: 8) {
            guard let word = UInt32(String(decoding: digits[start..<(start + 8)], as: UTF8.self), radix: 16) else {
                return nil
            }
            withUnsafeBytes(of: word) { bytes.append(contentsOf: $0) }
        }
        guard bytes.count == 16 else {
            return .v4(IPv4Address(rawValue: bytes.reduce(0) { $0 << 8 | UInt32($1) }))
        }
        guard let address = IPv6Address(bytes) else { return nil }
        return address.mapped.map { .v4($0) } ?? .v6(address)
    }
}

/// The process that uses a port of the host.
package struct PortHolder: Hashable, Sendable, CustomStringConvertible {
    /// `nil` when the process cannot be seen: it is another user's or in another pid namespace.
    package var pid: Int32?
    /// The name of its program, as `ps -o comm` shows it.
    package var command: String?
    /// The address that it holds the port on.
    package var address: IPAddress

    /// Such as `nginx (pid 123)`.
    package var description: String {
        guard let pid else { return "a process that cannot be seen" }
        return "\(command ?? "a process") (pid \(pid))"
    }
}
