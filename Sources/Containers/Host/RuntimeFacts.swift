internal import Glibc
package import LinuxSystem
package import SystemPackage
internal import Vocabulary

/// An OCI runtime of this host, with its version and features.
package struct RuntimeFacts: Hashable, Sendable {
    /// The OCI runtimes whose differences are known.
    package enum Kind: String, Codable, Hashable, Sendable {
        case crun
        /// runc, and other runtimes with its command line.
        case generic
    }

    package var kind: Kind
    /// The program's absolute path.
    package var path: FilePath
    /// Such as `1.8.1`; empty when the runtime does not report it.
    package var version: String
    /// Such as `SECCOMP`, in upper case.
    package var features: Set<String>

    package init(kind: Kind, path: FilePath, version: String, features: Set<String>) {
        self.kind = kind
        self.path = path
        self.version = version
        self.features = features
    }

    /// Finds `name` (or an absolute path) and runs it to get its version.
    ///
    /// `cache` keeps the answer, which is valid while the program file has the same time and size.
    ///
    /// - Returns: `nil` when the program does not exist.
    package static func observe(
        _ name: String, in search: ProgramSearch, cache: FilePath?
    ) throws(ContainersError) -> RuntimeFacts? {
        do throws(SystemError) {
            guard let path = search.find(name), let stamp = stamp(of: path) else { return nil }
            if let cache, let kept = kept(in: cache, path: path, stamp: stamp) { return kept }
            let output = try ProcessOutput.of(.init(path.string, ["--version"]))
            guard output.status.isSuccess else {
                throw SystemError("execve", "\(path) --version", .invalidArgument)
            }
            let facts = RuntimeFacts(path: path, versionText: String(decoding: output.standardOutput, as: UTF8.self))
            if let cache { try facts.keep(in: cache, stamp: stamp) }
            return facts
        } catch {
            throw ContainersError(
                .runtimeFailed, "Could not get the version of the runtime `\(name)`: \(error.errno).", cause: error)
        }
    }

    /// From the output of `--version`: the first line names the program and its version.
    init(path: FilePath, versionText: String) {
        let lines = versionText.split(separator: "\n")
        let first = (lines.first ?? "").split(separator: " ")
        let mark = first.firstIndex(of: "version")
        version = mark.flatMap { $0 + 1 < first.count ? String(first[$0 + 1]) : nil } ?? ""
        kind = first.first == "crun" ? .crun : .generic
        self.path = path
        features = []
        for line in lines.dropFirst() {
            if line.hasPrefix("+") {
                features.formUnion(line.split(separator: " ").map { String($0.dropFirst()).uppercased() })
            } else if line.hasPrefix("libseccomp:") {
                features.insert("SECCOMP")
            }
        }
    }
}

/// The cache: one small file per runtime program.
extension RuntimeFacts {
    private struct Entry: Codable {
        var stamp: String
        var kind: Kind
        var path: String
        var version: String
        var features: [String]
    }

    private static func stamp(of path: FilePath) -> String? {
        var info = stat()
        guard stat(path.string, &info) == 0 else { return nil }
        return "\(info.st_dev):\(info.st_ino):\(info.st_size):\(info.st_mtim.tv_sec).\(info.st_mtim.tv_nsec)"
    }

    /// A cache that cannot be read or understood has no entry.
    private static func kept(in cache: FilePath, path: FilePath, stamp: String) -> RuntimeFacts? {
        guard let bytes = try? Files.read(file(in: cache, for: path)),
            let entry = try? JSONCoding.decode(Entry.self, from: bytes),
            entry.stamp == stamp, entry.path == path.string
        else { return nil }
        return RuntimeFacts(kind: entry.kind, path: path, version: entry.version, features: Set(entry.features))
    }

    private func keep(in cache: FilePath, stamp: String) throws(SystemError) {
        let entry = Entry(stamp: stamp, kind: kind, path: path.string, version: version, features: features.sorted())
        // Strings always encode; without an entry the next command asks the runtime again.
        guard let data = try? JSONCoding.encode(entry) else { return }
        try Files.createDirectory(cache, mode: 0o700)
        try Files.write(data, to: Self.file(in: cache, for: path), mode: 0o600)
    }

    private static func file(in cache: FilePath, for path: FilePath) -> FilePath {
        cache.appending("runtime" + path.string.map { $0 == "/" ? "-" : String($0) }.joined() + ".json")
    }
}
