internal import Vocabulary

/// Names as labels of the Domain Name System (RFC 1123, section 2.1): lower-case letters, digits and `-`, which begin and
/// end with a letter or digit.
enum DNSLabel {
    /// The longest name of a workload: the controllers of StatefulSets and CronJobs add up to eleven characters.
    static let workloadLimit = 52

    /// Whether the text is one or several such labels with dots between them, 253 bytes at most.
    static func isSubdomain(_ text: String) -> Bool {
        text.utf8.count <= 253
            && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
                part.first != "-" && part.last != "-" && !part.isEmpty
                    && part.utf8.allSatisfy {
                        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
                    }
            }
    }

    /// The name in that form. One that begins with a digit gets an `x-`, since names of Services begin with a letter
    /// (RFC 1035, section 2.3.1); one that is too long is cut and ends with a hash of the whole.
    static func make(_ name: String, limit: Int = 63) -> String {
        let plain = name.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
        var label = String(plain).split(separator: "-").joined(separator: "-")
        if label.first?.isLetter != true { label = label.isEmpty ? "x" : "x-\(label)" }
        guard label.utf8.count > limit else { return label }
        var hash = FNVHash<UInt64>()
        hash.combine(name.utf8)
        let kept = label.prefix(limit - 11)
        return kept.split(separator: "-").joined(separator: "-") + "-" + hash.shortText
    }
}
