internal import Diagnostics
internal import Vocabulary

/// `extra_hosts` of a service or of a build: names with the addresses that they resolve to.
package struct ExtraHosts: Hashable, Sendable {
    /// The addresses by host name, in the order written; `host-gateway` is the address of the host.
    package var addresses: [String: [String]]

    package init(_ addresses: [String: [String]] = [:]) {
        self.addresses = addresses
    }

    package var isEmpty: Bool { addresses.isEmpty }
}

extension ExtraHosts {
    private static let expected = "`NAME=ADDRESS`"

    /// A mapping of names to one address or a list of them, or a list of `NAME=ADDRESS` (or `NAME:ADDRESS`).
    static func decoded(from cursor: Cursor) -> ExtraHosts? {
        var hosts = ExtraHosts()
        if let entries = cursor.entries {
            for entry in entries {
                let addresses = (entry.value.stringOrList() ?? []).map(\.value)
                hosts.add(addresses, for: entry.key.name, at: entry.value)
            }
        } else if let items = cursor.items {
            for item in items {
                guard let text = item.string() else { continue }
                let separator: Character = text.contains("=") ? "=" : ":"
                let parts = text.split(separator: separator, maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2 else {
                    item.error("`\(text)` gives the host no address", expected: expected)
                    continue
                }
                let addresses = parts[1].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
                hosts.add(addresses, for: String(parts[0]), at: item)
            }
        } else {
            cursor.mismatch("a mapping or a list of \(expected)")
            return nil
        }
        return hosts
    }

    private mutating func add(_ written: [String], for name: String, at cursor: Cursor) {
        guard !name.isEmpty, !name.contains(":"), !name.contains("=") else {
            cursor.error("`\(name)` is no host name", expected: Self.expected)
            return
        }
        let isLookedUp = name.utf8.allSatisfy {
            $0.isAlphanumeric || [UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_")].contains($0)
        }
        if !isLookedUp || name.utf8.count > 253 {
            cursor.unusable("`\(name)` is no host name", expected: "letters, digits, `.`, `-` and `_`")
        }
        for text in written {
            let isBracketed = text.count > 2 && text.hasPrefix("[") && text.hasSuffix("]")
            let address = isBracketed ? String(text.dropFirst().dropLast()) : text
            addresses[name, default: []].append(address)
            if address != "host-gateway", IPAddress(parsing: address) == nil {
                cursor.unusable(
                    "`\(address)` is no IP address", expected: "an IPv4 or IPv6 address or `host-gateway`",
                    hint: Suggestion.hint(for: address, in: ["host-gateway"]))
            }
        }
    }

    /// A sorted list of `NAME=ADDRESS`.
    func rendered() -> Value {
        .list(addresses.flatMap { name, list in list.map { "\(name)=\($0)" } }.sorted().map { .string($0) })
    }
}
