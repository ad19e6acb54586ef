/// The bytes that a partial answer carries, from its `Content-Range`; RFC 9110 section 14.4.
struct ContentRange: Hashable {
    /// The first byte and the one after the last.
    var bytes: Range<Int64>
    /// The size of the whole; `nil` where the server does not know.
    var total: Int64?

    /// Reads `bytes FIRST-LAST/TOTAL`; the total may be `*`.
    init?(_ text: String) {
        let words = text.split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "bytes" else { return nil }
        let parts = words[1].split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let bytes = inclusiveRange(parts[0]) else { return nil }
        self.bytes = bytes
        if parts[1] != "*" {
            guard let total = decimal(parts[1]), total >= bytes.upperBound else { return nil }
            self.total = total
        }
    }
}

/// How much of an upload the registry has, from its `Range`; distribution-spec "Pushing a blob in chunks".
enum UploadRange {
    /// The number of received bytes; the prefix `bytes=` is optional. `0-0` counts as none: registries report it for a
    /// new session and for a session with a single byte.
    static func received(_ text: String) -> Int64? {
        let plain = text.hasPrefix("bytes=") ? text.dropFirst("bytes=".count) : text[...]
        guard let range = inclusiveRange(plain), range.lowerBound == 0 else { return nil }
        return range.upperBound == 1 ? 0 : range.upperBound
    }
}

/// `FIRST-LAST` as a range that ends after the last.
private func inclusiveRange(_ text: Substring) -> Range<Int64>? {
    let ends = text.split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2, let first = decimal(ends[0]), let last = decimal(ends[1]), last >= first, last < .max
    else { return nil }
    return first..<(last + 1)
}

private func decimal(_ text: Substring) -> Int64? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int64(text)
}
