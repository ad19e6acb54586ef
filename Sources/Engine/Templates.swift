internal import Diagnostics
internal import Envfile
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
    private let schema: SchemaLine

    public init(processEnvironment: [String: String]) throws {
        root = try Installation().templates(processEnvironment: processEnvironment)
        schema = SchemaLine(besideTemplates: root)
    }

    /// The templates by name, and among them what stands for the import of a Compose file.
    public func all() throws -> [Entry] {
        let found = try Files.names(in: root).compactMap { name -> Entry? in
            guard let text = try Files.text(root.appending(name).appending("Envfile")) else { return nil }
            let comments = text.split(separator: "\n").filter { $0.hasPrefix("# ") && !SchemaLine.isOne($0) }
            return Entry(name: name, summary: comments.first.map { String($0.dropFirst(2)) } ?? "")
        }
        return (found + [ComposeImport.template]).sorted { $0.name < $1.name }
    }

    /// Copies a template; nothing is written when any of its files is already there.
    ///
    /// - Returns: the paths written, relative to `directory`, the Envfile first.
    public func write(_ name: String, into directory: String) throws -> [String] {
        let known = try all().map(\.name)
        guard known.contains(name), name != ComposeImport.template.name else { throw unknown(name, known) }
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
            try Files.createDirectory(to.removingLastComponent(), keepsUmask: true)
            let mode = try Files.status(from)?.mode ?? 0o644
            var bytes = try Files.read(from)
            if file == "Envfile" { bytes = Array(schema.renewed(in: String(decoding: bytes, as: UTF8.self)).utf8) }
            try Files.write(bytes, to: to, mode: mode, keepsUmask: true)
        }
        return files
    }

    private func unknown(_ name: String, _ known: [String]) -> EngineError {
        let isPart = { (other: String) in !name.isEmpty && (other.contains(name) || name.contains(other)) }
        let meant = Suggestion.nearest(to: name, in: known) ?? known.first(where: isPart)
        let suggestion = meant.map { " Did you mean `\($0)`?" } ?? ""
        return EngineError(
            .template, "There is no template `\(name)`.\(suggestion) There are: \(known.joined(separator: ", ")).")
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
