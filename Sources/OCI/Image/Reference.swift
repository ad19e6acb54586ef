/// An image in a registry: `[HOST[:PORT]/]PATH[:TAG][@DIGEST]`; distribution-spec "Pulling manifests".
///
/// Missing parts get their defaults: `nginx` is `docker.io/library/nginx:latest`.
package struct Reference: Hashable, Sendable {
    /// The registry's host, with the port if it has one.
    package let registry: String
    /// The path below the registry, such as `library/nginx`.
    package let repository: String
    package let tag: String?
    package let digest: Digest?

    /// - Throws: `OCIError` `.invalidReference` with the invalid part.
    package init(_ text: String) throws(OCIError) {
        func failure(_ why: String) -> OCIError {
            OCIError(.invalidReference, "`\(text)` is not an image reference: \(why).")
        }
        if let scheme = text.range(ofScheme: "://") {
            throw failure("it has the scheme `\(text[..<scheme])`; write the name alone, such as nginx:1.25")
        }
        var name = text[...]
        var digest: Digest?
        if let at = name.firstIndex(of: "@") {
            do throws(OCIError) {
                digest = try Digest(name[name.index(after: at)...])
            } catch {
                throw OCIError(.invalidReference, "`\(text)` is not an image reference: \(error.message)", cause: error)
            }
            name = name[..<at]
        }
        var tag: String?
        if let colon = name.lastIndex(of: ":"), !name[colon...].contains("/") {
            let candidate = name[name.index(after: colon)...]
            guard Self.isTag(candidate) else {
                throw failure("the tag `\(candidate)` may have letters, digits, `_`, `.` and `-` only, and at most 128")
            }
            tag = String(candidate)
            name = name[..<colon]
        }
        guard !name.isEmpty else { throw failure("the name is empty") }
        var registry = "docker.io"
        if let slash = name.firstIndex(of: "/"), Self.looksLikeRegistry(name[..<slash]) {
            registry = String(name[..<slash])
            guard Self.isRegistry(registry) else { throw failure("`\(registry)` is not a host with an optional port") }
            name = name[name.index(after: slash)...]
        }
        if registry == "index.docker.io" { registry = "docker.io" }
        if registry == "docker.io" && !name.contains("/") { name = "library/\(name)" }
        for component in name.split(separator: "/", omittingEmptySubsequences: false) where !Self.isComponent(component)
        {
            let lowercase = component.lowercased()
            let hint =
                lowercase != component && Self.isComponent(lowercase[...]) ? "; perhaps `\(lowercase)` is meant" : ""
            throw failure(
                "`\(component)` must be lower-case letters and digits, joined by `.`, `_`, `__` or `-`" + hint)
        }
        guard registry.utf8.count + 1 + name.utf8.count <= 255 else { throw failure("the name is longer than 255") }
        self.registry = registry
        repository = String(name)
        self.tag = tag ?? (digest == nil ? "latest" : nil)
        self.digest = digest
    }

    private init(registry: String, repository: String, tag: String?, digest: Digest?) {
        self.registry = registry
        self.repository = repository
        self.tag = tag
        self.digest = digest
    }

    /// The same name, of exactly this content.
    package func pinned(to digest: Digest) -> Reference {
        Reference(registry: registry, repository: repository, tag: tag, digest: digest)
    }

    /// The name without its digest; without a tag it gets `latest`.
    package var unpinned: Reference {
        Reference(registry: registry, repository: repository, tag: tag ?? "latest", digest: nil)
    }

    /// As people write it: without `docker.io/library/`.
    package var familiar: String {
        var text = description[...]
        for prefix in ["docker.io/library/", "docker.io/"] where text.hasPrefix(prefix) {
            text = text.dropFirst(prefix.count)
            break
        }
        return String(text)
    }

    static func isTag(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 128, first != UInt8(ascii: "."),
            first != UInt8(ascii: "-")
        else { return false }
        return text.utf8.allSatisfy { isAlphanumeric($0) || [0x2d, 0x2e, 0x5f].contains($0) }
    }

    private static func looksLikeRegistry(_ text: Substring) -> Bool {
        text == "localhost" || text.contains { $0 == "." || $0 == ":" || $0.isUppercase }
    }

    private static func isRegistry(_ text: String) -> Bool {
        var host = text[...]
        if let colon = text.lastIndex(of: ":"), !text[colon...].contains("]") {
            guard UInt16(text[text.index(after: colon)...]) != nil else { return false }
            host = text[..<colon]
        }
        if host.first == "[", host.last == "]" {
            let address = host.dropFirst().dropLast()
            return !address.isEmpty && address.allSatisfy { $0.isHexDigit || $0 == ":" }
        }
        return host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            !label.isEmpty && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy { isAlphanumeric($0) || $0 == 0x2d }
        }
    }

    /// Runs of lower-case letters and digits with one of the separators `.`, `_`, `__`, `-…` between two runs.
    private static func isComponent(_ text: Substring) -> Bool {
        var separator: [UInt8] = []
        var hasRun = false
        for byte in text.utf8 {
            if isAlphanumeric(byte) && !(0x41...0x5a).contains(byte) {
                let isJoint =
                    separator == [0x2e] || separator == [0x5f] || separator == [0x5f, 0x5f]
                    || separator.allSatisfy { $0 == 0x2d }
                guard separator.isEmpty || (hasRun && isJoint) else { return false }
                separator = []
                hasRun = true
            } else {
                separator.append(byte)
            }
        }
        return hasRun && separator.isEmpty
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
    }
}

extension Reference: Codable {
    package init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension Reference: CustomStringConvertible {
    /// The full form, with registry, path, tag and digest.
    package var description: String {
        var text = "\(registry)/\(repository)"
        if let tag { text += ":\(tag)" }
        if let digest { text += "@\(digest)" }
        return text
    }
}

extension String {
    /// The start of `mark`, if a scheme of letters precedes it.
    fileprivate func range(ofScheme mark: String) -> Index? {
        guard let end = firstIndex(where: { !$0.isLetter }), end > startIndex, self[end...].hasPrefix(mark) else {
            return nil
        }
        return end
    }
}
