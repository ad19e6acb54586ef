internal import LinuxSystem
internal import SystemPackage

/// The templates that `trice init` writes from: one directory each.
public struct Templates: Sendable {
    /// A template as `trice init --list` shows it.
    public struct Entry: Sendable, Encodable {
        public var name: String
        /// The first comment line of its Envfile.
        public var summary: String
    }

    private let root: FilePath

    public init(processEnvironment: [String: String]) throws {
        root = try Installation().templates(processEnvironment: processEnvironment)
    }

    public func all() throws -> [Entry] {
        try Files.names(in: root).compactMap { name in
            guard let text = try Files.text(root.appending(name).appending("Envfile")) else { return nil }
            let comments = text.split(separator: "\n").filter {
                $0.hasPrefix("# ") && !$0.contains("yaml-language-server")
            }
            return Entry(name: name, summary: comments.first.map { String($0.dropFirst(2)) } ?? "")
        }
    }

    /// Copies a template; nothing is written when any of its files is already there.
    ///
    /// - Returns: the paths written, relative to `directory`, the Envfile first.
    public func write(_ name: String, into directory: String) throws -> [String] {
        let known = try all().map(\.name)
        guard known.contains(name) else {
            throw EngineError(
                .template, "There is no template `\(name)`. There are: \(known.joined(separator: ", ")).")
        }
        let source = root.appending(name)
        // The Envfile first: it is the one whose name says most when it is there already.
        let files = try files(below: source, relative: "").sorted { $0 == "Envfile" && $1 != "Envfile" }
        let target = FilePath(directory)
        for file in files where Files.exists(target.appending(file)) {
            throw EngineError(
                .template, "`\(file)` is already here; `init` never writes over a file. Nothing was written.")
        }
        for file in files {
            let from = source.appending(file)
            let to = target.appending(file)
            try Files.createDirectory(to.removingLastComponent())
            let mode = try Files.status(from)?.mode ?? 0o644
            try Files.write(try Files.read(from), to: to, mode: mode)
        }
        return files
    }

    private func files(below directory: FilePath, relative: String) throws -> [String] {
        var found: [String] = []
        for name in try Files.names(in: directory) {
            let path = relative.isEmpty ? name : "\(relative)/\(name)"
            let entry = directory.appending(name)
            switch try Files.status(entry)?.kind {
            case .directory: found += try files(below: entry, relative: path)
            case .regular: found.append(path)
            default: continue
            }
        }
        return found
    }
}
