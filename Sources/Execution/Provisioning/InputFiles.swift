internal import Dockerfile
internal import Glibc
internal import LinuxSystem
internal import OCI
internal import SystemPackage

/// The files of the host that patterns of `inputs` mean.
struct InputFiles {
    /// The project directory.
    let directory: FilePath

    struct Found {
        /// Digests of the contents by path, relative to the directory.
        var digests: [String: String] = [:]
        /// The patterns that match no file.
        var unmatched: [String] = []
    }

    /// A pattern that cannot be used, in a sentence without a full stop.
    struct Problem: Error {
        var words: String
    }

    private struct Pattern {
        var written: String
        var pattern: PathPattern
    }

    private static let repository = ".git"
    private static let bytesAtOnce = 1 << 20

    /// A directory that matches means all below it. A link counts by the file that it leads to; one to a directory is not
    /// followed, and the repository's own directory counts only where a pattern names it.
    ///
    /// - Throws: `Problem` for what is no pattern, `SystemError` for what cannot be read.
    func find(_ written: [String]) throws -> Found {
        let patterns = try written.map(pattern)
        var found = Found()
        var paths: [String] = []
        var matched: Set<String> = []
        let looksIntoRepository = written.contains { $0.contains(Self.repository) }
        try walk("", patterns, looksIntoRepository) { path, names in
            paths.append(path)
            matched.formUnion(names)
        }
        let digests = try inParallel(paths, pieceLength: 16) { (path) throws(SystemError) in
            try digest(of: path)
        }
        found.digests = Dictionary(zip(paths, digests)) { first, _ in first }
        found.unmatched = written.filter { !matched.contains($0) }
        return found
    }

    private func pattern(_ written: String) throws -> Pattern {
        let parts = written.split(separator: "/").filter { $0 != "." }
        if written.hasPrefix("/") || parts.contains("..") {
            throw Problem(words: "`\(written)` leads out of the project directory, and inputs lie below it")
        }
        guard let pattern = PathPattern(parts.joined(separator: "/")) else {
            throw Problem(words: "`\(written)` is no pattern: a bracket is not closed, or a backslash ends it")
        }
        return Pattern(written: written, pattern: pattern)
    }

    /// Calls `body` with each file that a pattern matches, in order, and with the patterns as written.
    private func walk(
        _ path: String, _ patterns: [Pattern], _ looksIntoRepository: Bool, _ body: (String, [String]) -> Void
    ) throws {
        let place = path.isEmpty ? directory : directory.appending(path)
        for name in try Files.names(in: place) where looksIntoRepository || name != Self.repository {
            let entry = path.isEmpty ? name : "\(path)/\(name)"
            let matching = patterns.filter { $0.pattern.matches(entry) }
            guard let status = try Files.status(directory.appending(entry)) else { continue }
            switch status.kind {
            case .directory where !matching.isEmpty: try takeAll(entry, matching.map(\.written), body)
            case .directory:
                let inside = patterns.filter { $0.pattern.canMatch(below: entry) }
                if !inside.isEmpty { try walk(entry, inside, looksIntoRepository, body) }
            case .regular: if !matching.isEmpty { body(entry, matching.map(\.written)) }
            case .symbolicLink:
                let isFile = try Files.status(directory.appending(entry), followingLinks: true)?.kind == .regular
                if isFile, !matching.isEmpty { body(entry, matching.map(\.written)) }
            default: continue
            }
        }
    }

    private func takeAll(_ path: String, _ patterns: [String], _ body: (String, [String]) -> Void) throws {
        for name in try Files.names(in: directory.appending(path)) {
            let entry = "\(path)/\(name)"
            guard let status = try Files.status(directory.appending(entry)) else { continue }
            switch status.kind {
            case .directory: try takeAll(entry, patterns, body)
            case .regular: body(entry, patterns)
            case .symbolicLink:
                let target = try Files.status(directory.appending(entry), followingLinks: true)
                if target?.kind == .regular { body(entry, patterns) }
            default: continue
            }
        }
    }

    private func digest(of path: String) throws(SystemError) -> String {
        let file = try OwnedDescriptor.open(directory.appending(path), O_RDONLY | O_NONBLOCK)
        var digester = Digester(.sha256)
        while true {
            let bytes = try file.read(atMost: Self.bytesAtOnce)
            if bytes.isEmpty { return "\(digester.digest)" }
            digester.update(bytes)
        }
    }
}
