internal import Diagnostics

extension ImageReference {
    /// The variant of a Debian bootstrap that names none.
    package static let defaultVariant = "minbase"

    /// The variants of mmdebstrap(1) that give a system with a shell.
    package static let variants = [
        "apt", "buildd", "debootstrap", "essential", "important", "minbase", "required", "standard",
    ]

    /// Parses the text after `bootstrap:`.
    static func bootstrap(_ rest: Substring, of text: String) throws(OCIError) -> ImageReference {
        let end = rest.firstIndex(of: "@")
        let digest = end.map { rest[rest.index(after: $0)...] }
        let rest = rest[..<(end ?? rest.endIndex)]
        let mark = rest.firstIndex(of: "?")
        let path = rest[..<(mark ?? rest.endIndex)]
        let query = mark.map { rest[rest.index(after: $0)...] }
        let kind = path.prefix { $0 != "/" }
        switch kind {
        case "busybox":
            guard path == "busybox", query == nil, digest == nil else {
                throw OCIError(.invalidReference, "`\(text)` says too much: bootstrap:busybox takes no parameters.")
            }
            return .bootstrapBusybox
        case "debian":
            let suite = path.dropFirst("debian/".count)
            guard path.hasPrefix("debian/"), !suite.isEmpty else {
                throw OCIError(.invalidReference, "`\(text)` names no suite: write it as in bootstrap:debian/bookworm.")
            }
            guard isName(suite, extra: ".-") else {
                throw OCIError(
                    .invalidReference,
                    "`\(text)` has the suite `\(suite)`: a suite is lower-case letters, digits, `.` and `-`.")
            }
            return try debian(
                suite: String(suite), query: query, digest: digest.map { text throws(OCIError) in try Digest(text) },
                of: text)
        default:
            throw OCIError(
                .invalidReference,
                "`\(text)` asks for the bootstrap `\(kind)`, which is not known; \(advice(String(kind), ["busybox", "debian"]))."
            )
        }
    }

    private static func debian(
        suite: String, query: Substring?, digest: Digest?, of text: String
    ) throws(OCIError) -> ImageReference {
        var include: Set<String> = []
        var variant = defaultVariant
        var seen: Set<Substring> = []
        for parameter in query?.split(separator: "&", omittingEmptySubsequences: false) ?? [] {
            let name = parameter.prefix { $0 != "=" }
            let value = parameter.dropFirst(name.count + 1)
            guard ["include", "variant"].contains(name) else {
                throw OCIError(
                    .invalidReference,
                    "`\(text)` has the parameter `\(name)`, which is not known; \(advice(String(name), ["include", "variant"]))."
                )
            }
            guard seen.insert(name).inserted else {
                throw OCIError(.invalidReference, "`\(text)` has the parameter `\(name)` twice.")
            }
            guard !value.isEmpty else {
                throw OCIError(.invalidReference, "`\(text)` has the parameter `\(name)` without a value.")
            }
            if name == "variant" {
                variant = String(value)
                continue
            }
            for package in value.split(separator: ",", omittingEmptySubsequences: false) {
                guard isName(package, extra: "+.-:=~_") else {
                    throw OCIError(.invalidReference, "`\(text)` includes `\(package)`, which is not a package's name.")
                }
                include.insert(String(package))
            }
        }
        guard variants.contains(variant) else {
            throw OCIError(
                .invalidReference,
                "`\(text)` has the variant `\(variant)`, which is not known; \(advice(variant, variants)).")
        }
        return .bootstrapDebian(suite: suite, include: include.sorted(), variant: variant, digest: digest)
    }

    private static func isName(_ text: Substring, extra: String) -> Bool {
        guard let first = text.unicodeScalars.first, first.isLowercaseOrDigit else { return false }
        return text.unicodeScalars.allSatisfy { $0.isLowercaseOrDigit || extra.unicodeScalars.contains($0) }
    }

    /// Lists the nearest known words, or all of them.
    private static func advice(_ word: String, _ known: [String]) -> String {
        let nearest = Suggestion.nearest(to: word, in: known, within: max(2, word.count / 2))
        if let nearest { return "perhaps `\(nearest)` is meant" }
        return "known are \(known.joined(separator: ", "))"
    }
}

extension Unicode.Scalar {
    fileprivate var isLowercaseOrDigit: Bool { ("a"..."z").contains(self) || ("0"..."9").contains(self) }
}
