import Builder
import CTestSupport
import Glibc
import LinuxSystem
import SystemPackage
import TestSupport
import Testing

/// A temporary directory with a context and a target root in it.
final class Fixture {
    private let temporary: TemporaryDirectory
    let directory: FilePath
    var context: FilePath { directory.appending("context") }
    var root: FilePath { directory.appending("root") }
    var cache: FilePath { directory.appending("cache") }

    init() throws {
        temporary = try TemporaryDirectory(mode: 0o755)
        directory = FilePath(temporary.path)
        for path in [context, root, cache] { try Files.createDirectory(path) }
    }

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// Runs a shell script, by default in the context; its output is returned, and its failure is the test's.
    @discardableResult
    func run(_ script: String, in place: FilePath? = nil) throws -> String {
        let output = try ProcessOutput.of(
            ChildProcess.Command("/bin/sh", ["-euc", "umask 022; " + script], workingDirectory: place ?? context))
        guard output.status.isSuccess else { throw Failure(description: "\(script): \(output.message)") }
        return String(decoding: output.standardOutput, as: UTF8.self)
    }

    func tree(ignoring patterns: [String] = [], cached: Bool = false) throws -> SourceTree {
        try SourceTree(
            context: context, named: "the context", ignoring: Patterns.rules(patterns),
            cacheDirectory: cached ? cache : nil)
    }

    func select(
        _ sources: String..., excludes: [String] = [], keepsParents: Bool = false, ignoring patterns: [String] = [],
        cached: Bool = false
    ) throws -> FileSelection {
        let tree = try tree(ignoring: patterns, cached: cached)
        let request = FileRequest(sources: sources, excludes: excludes, keepsParents: keepsParents)
        let selection = try tree.select(request, Patterns.language)
        if cached { try tree.saveCache() }
        return selection
    }

    /// The paths of a selection, as its manifest shows them.
    func paths(of selection: FileSelection) throws -> [String] {
        let empty = try tree().select(FileRequest(sources: []), Patterns.language)
        return empty.manifest.changes(to: selection.manifest, limit: .max).changes.map(\.path)
    }

    /// Copies into the root and says what is there: path, type, mode, owner, and a link's target.
    @discardableResult
    func copy(
        _ sources: [String], to destination: String, excludes: [String] = [], keepsParents: Bool = false,
        ignoring patterns: [String] = [], _ change: (inout CopyOptions) -> Void = { _ in }
    ) throws -> String {
        let tree = try tree(ignoring: patterns)
        let request = FileRequest(sources: sources, excludes: excludes, keepsParents: keepsParents)
        var options = CopyOptions(destination: CopyOptions.destination(destination, workingDirectory: "/"))
        change(&options)
        try DestinationRoot(root).copy(tree.select(request, Patterns.language), from: tree, options)
        return try listing(of: root)
    }

    func listing(of place: FilePath) throws -> String {
        try run(#"find . -mindepth 1 -printf '%P %y %m %U:%G %l\n' | sed 's/ *$//' | LC_ALL=C sort"#, in: place)
    }

    func read(_ path: String, in place: FilePath? = nil) throws -> String {
        try #require(try Files.text((place ?? root).appending(path)))
    }
}

/// The error that `body` throws, or a failed expectation.
func buildError(_ body: () throws -> Void) throws -> BuildError {
    do {
        try body()
    } catch let error as BuildError {
        return error
    }
    throw Fixture.Failure(description: "no BuildError was thrown")
}

/// Runs `body` on a thread to which the file system grants nothing that only root may do; setfsuid(2).
func withoutPrivilege<Result: Sendable>(_ body: () throws -> Result) throws -> Result {
    var outcome: Swift.Result<Result, any Error>?
    try DedicatedThread.run { () throws(SystemError) in
        setfsuid(65534)
        outcome = Swift.Result { try body() }
    }
    return try #require(outcome).get()
}

/// Patterns by fnmatch(3), which is near enough to what the Dockerfile's reader does.
enum Patterns {
    static let language = PatternLanguage(component: component, rules: rules)

    @Sendable private static func component(_ pattern: String) -> (@Sendable (String) -> Bool)? {
        if pattern.hasPrefix("[]") { return nil }
        return { fnmatch(pattern, $0, FNM_PATHNAME) == 0 }
    }

    @Sendable static func rules(_ patterns: [String]) -> IgnoreRules {
        if patterns.isEmpty { return .none }
        return IgnoreRules(
            fingerprint: patterns.joined(separator: "\n"),
            excludes: { path, _ in
                patterns.reduce(false) { isExcluded, pattern in
                    let isException = pattern.hasPrefix("!")
                    let matched = matches(isException ? String(pattern.dropFirst()) : pattern, path)
                    return matched ? !isException : isExcluded
                }
            }, mayBringBack: { directory in patterns.contains { $0.hasPrefix("!\(directory)/") } })
    }

    /// Whether a path or a directory above it matches.
    private static func matches(_ pattern: String, _ path: String) -> Bool {
        let parts = path.split(separator: "/")
        return parts.indices.contains { index in
            let prefix = parts[...index].joined(separator: "/")
            if pattern.hasPrefix("**/") { return fnmatch(String(pattern.dropFirst(3)), String(parts[index]), 0) == 0 }
            return fnmatch(pattern, prefix, FNM_PATHNAME) == 0
        }
    }
}
