/// The address of a machine in a private network, with the network around it.
struct VagrantAddress: Hashable, Sendable {
    /// As written.
    let text: String
    let isIPv6: Bool
    private let bytes: [UInt8]
    let prefix: Int

    /// - Parameter mask: `255.255.255.0`, or the number of its bits; `nil` for Vagrant's default.
    /// - Returns: `nil` for what is no address.
    init?(_ text: String, mask: String?) {
        self.text = text
        if let bytes = Self.version4(text) {
            (self.bytes, isIPv6) = (bytes, false)
        } else if let bytes = Self.version6(text) {
            (self.bytes, isIPv6) = (bytes, true)
        } else {
            return nil
        }
        let bits = bytes.count * 8
        guard let mask else {
            prefix = isIPv6 ? 64 : 24
            return
        }
        if let number = Int(mask), (1...(bits - 1)).contains(number) {
            prefix = number
        } else if !isIPv6, let parts = Self.version4(mask) {
            let value = parts.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            let ones = (~value).leadingZeroBitCount
            guard ones > 0, ones < 32, value == UInt32.max << UInt32(32 - ones) else { return nil }
            prefix = ones
        } else {
            return nil
        }
    }

    /// Such as `192.168.56.0/24`.
    var subnet: String { "\(text(network))/\(prefix)" }

    /// Such as `192-168-56-0`.
    var networkName: String { String(text(network).map { ".:".contains($0) ? "-" : $0 }).replacingRuns }

    /// Whether it is the first address of its network, which the bridge has otherwise.
    var isFirst: Bool {
        var first = network
        first[first.count - 1] += 1
        return first == bytes
    }

    /// The last address before the one of all machines.
    var lastHost: String {
        var last = network
        for bit in prefix..<(bytes.count * 8) { last[bit / 8] |= 0x80 >> UInt8(bit % 8) }
        last[last.count - 1] -= 1
        return text(last)
    }

    private var network: [UInt8] {
        var network = bytes
        for bit in prefix..<(bytes.count * 8) { network[bit / 8] &= ~(0x80 >> UInt8(bit % 8)) }
        return network
    }

    private func text(_ bytes: [UInt8]) -> String {
        if !isIPv6 { return bytes.map { "\($0)" }.joined(separator: ".") }
        let groups = stride(from: 0, to: 16, by: 2).map { Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]) }
        let zeros = groups.reversed().prefix { $0 == 0 }.count
        let shown = groups.dropLast(zeros > 1 ? zeros : 0).map { String($0, radix: 16) }.joined(separator: ":")
        return zeros > 1 ? shown + "::" : shown
    }

    private static func version4(_ text: String) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        let bytes = parts.compactMap(\.self)
        return parts.count == 4 && bytes.count == 4 ? bytes : nil
    }

    private static func version6(_ text: String) -> [UInt8]? {
        let halves = text.split(separator: "::", maxSplits: 2, omittingEmptySubsequences: false)
        guard text.contains(":"), halves.count <= 2 else { return nil }
        let groups = halves.map { half in
            half.split(separator: ":").map { $0.count <= 4 ? UInt16($0, radix: 16) : nil }
        }
        let known = groups.joined().compactMap(\.self)
        guard known.count == groups.joined().count, halves.count == 2 ? known.count < 8 : known.count == 8 else {
            return nil
        }
        let zeros = [UInt16](repeating: 0, count: 8 - known.count)
        let first = groups[0].compactMap(\.self)
        let all = first + zeros + known.dropFirst(first.count)
        return all.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
    }
}

extension String {
    /// With one hyphen in place of several, and none at the end.
    fileprivate var replacingRuns: String { split(separator: "-").joined(separator: "-") }
}
