/// The place of a source of ADD, or of a context, in a git repository.
///
/// Forms: `https://host/path.git`, `ssh://`, `git://`, `user@host:path`, for contexts also `file://`, each with
/// `#ref:directory` or with a query such as `?branch=main&subdir=docs`. Source: Docker's "Build context", "URL
/// fragments" and "URL queries".
package struct GitReference: Sendable, Hashable {
    /// What git itself is given.
    package var remote: String
    /// A branch, a tag, another ref or a whole commit id; `nil` is the repository's default branch.
    package var ref: String?
    /// Below the repository's root; `nil` is the root.
    package var subdirectory: String?
    /// The ID of the commit, or its beginning, that the ref must have.
    package var checksum: String?
    /// The query's value for `.git`; `nil` without one.
    package var keepsGitDirectory: Bool?
    /// The query's value for submodules; `nil` without one, and then they are fetched.
    package var fetchesSubmodules: Bool?

    package init(
        remote: String, ref: String? = nil, subdirectory: String? = nil, checksum: String? = nil,
        keepsGitDirectory: Bool? = nil, fetchesSubmodules: Bool? = nil
    ) {
        self.remote = remote
        self.ref = ref
        self.subdirectory = subdirectory
        self.checksum = checksum
        self.keepsGitDirectory = keepsGitDirectory
        self.fetchesSubmodules = fetchesSubmodules
    }

    /// The remote without a password, for messages and for what stays in `.git`.
    package var shownRemote: String {
        guard let scheme = remote.firstRange(of: "://"),
            let at = remote[scheme.upperBound...].prefix(while: { $0 != "/" }).lastIndex(of: "@"),
            let colon = remote[scheme.upperBound..<at].firstIndex(of: ":")
        else { return remote }
        return "\(remote[..<colon])\(remote[at...])"
    }
}

// MARK: - Parsing

extension GitReference {
    /// - Returns: `nil` for a text that is not a git repository.
    /// - Throws: `.invalidReference` for a repository with an invalid query.
    init?(parsing text: String, forContext: Bool) throws(BuildError) {
        if text.hasPrefix("./") || text.hasPrefix("../") { return nil }
        let parts = Parts(text)
        if let scheme = parts.scheme {
            // The user may name a path of this machine as a context; a Dockerfile may not.
            let isHere = scheme == "file" && forContext && (parts.address.hasSuffix(".git") || parts.fragment != nil)
            guard isHere || ["http", "https", "ssh", "git"].contains(scheme) else { return nil }
            if scheme.hasPrefix("http"), !parts.address.hasSuffix(".git") { return nil }
            remote = parts.address
        } else if forContext, text.hasPrefix("github.com/") {
            remote = "https://\(parts.address)"
        } else if Self.isCopyAddress(parts.address) {
            remote = parts.address
        } else {
            return nil
        }
        if let fragment = parts.fragment {
            let (ref, directory) = fragment.split(once: ":")
            self.ref = ref.isEmpty ? nil : ref
            try setSubdirectory(directory, text)
        }
        for item in parts.query?.split(separator: "&") ?? [] {
            try apply(String(item), text)
        }
        if let ref, ref.hasPrefix("-") {
            throw Self.invalid(text, "`\(ref)` is no ref")
        }
    }

    /// `user@host:path`, as scp(1) has it.
    private static func isCopyAddress(_ text: String) -> Bool {
        let (user, rest) = text.split(once: "@")
        guard let rest, let colon = rest.firstIndex(of: ":"), !user.isEmpty else { return false }
        let host = rest[..<colon]
        return user.utf8.allSatisfy { $0.isNameByte || $0 == UInt8(ascii: "_") } && !user.hasPrefix("-")
            && !host.isEmpty && host.utf8.allSatisfy { $0.isNameByte }
            && rest.index(after: colon) < rest.endIndex
    }

    /// A text taken apart at `?` and `#`.
    private struct Parts {
        var scheme: String?
        var address: String
        var query: String?
        var fragment: String?

        init(_ text: String) {
            let (whole, fragment) = text.split(once: "#")
            let (address, query) = whole.split(once: "?")
            self.address = address
            self.query = query
            self.fragment = fragment
            if let range = address.firstRange(of: "://"),
                address[..<range.lowerBound].utf8.allSatisfy({ $0.isNameByte }), range.lowerBound > address.startIndex
            {
                scheme = address[..<range.lowerBound].lowercased()
            }
        }
    }

    private mutating func setSubdirectory(_ directory: String?, _ text: String) throws(BuildError) {
        guard let directory, !TreePath(directory).isRoot else { return }
        let cleaned = TreePath(directory).description
        if let subdirectory, subdirectory != cleaned {
            throw Self.invalid(text, "it names the directories `\(subdirectory)` and `\(cleaned)`")
        }
        subdirectory = cleaned
    }

    private mutating func setRef(_ name: String, _ text: String) throws(BuildError) {
        if let ref, ref != name { throw Self.invalid(text, "it names the refs `\(ref)` and `\(name)`") }
        ref = name
    }

    private mutating func apply(_ item: String, _ text: String) throws(BuildError) {
        let (key, raw) = item.split(once: "=")
        let value = raw.map { Self.decodingPercent($0) } ?? ""
        let isSwitch = key == "keep-git-dir" || key == "submodules"
        guard isSwitch || !value.isEmpty else { throw Self.invalid(text, "`\(key)` has no value") }
        switch key {
        case "ref": try setRef(value, text)
        case "branch": try setRef(value.hasPrefix("refs/heads/") ? value : "refs/heads/\(value)", text)
        case "tag": try setRef(value.hasPrefix("refs/tags/") ? value : "refs/tags/\(value)", text)
        case "subdir": try setSubdirectory(value, text)
        case "checksum", "commit": checksum = value
        case "keep-git-dir": keepsGitDirectory = try Self.boolean(value, key, text)
        case "submodules": fetchesSubmodules = try Self.boolean(value, key, text)
        default:
            throw Self.invalid(
                text, "`\(key)` is unknown; there are ref, branch, tag, subdir, checksum, keep-git-dir and submodules")
        }
    }

    /// No value is true, as in Go's `strconv.ParseBool` and Docker's use of it.
    private static func boolean(_ value: String, _ key: String, _ text: String) throws(BuildError) -> Bool {
        switch value {
        case "", "1", "t", "T", "true", "TRUE", "True": return true
        case "0", "f", "F", "false", "FALSE", "False": return false
        default: throw invalid(text, "`\(key)` can be true or false, not `\(value)`")
        }
    }

    private static func decodingPercent(_ text: String) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func invalid(_ text: String, _ why: String) -> BuildError {
        BuildError(.invalidReference, "Could not understand the git address `\(text)`: \(why).")
    }
}

extension String {
    fileprivate func split(once separator: Character) -> (String, String?) {
        guard let index = firstIndex(of: separator) else { return (self, nil) }
        return (String(self[..<index]), String(self[self.index(after: index)...]))
    }
}

extension UInt8 {
    /// A letter, a digit, `-` or `.`.
    fileprivate var isNameByte: Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) || self == UInt8(ascii: "-")
            || self == UInt8(ascii: ".")
    }
}
