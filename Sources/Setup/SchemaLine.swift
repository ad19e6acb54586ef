internal import SystemPackage
internal import Workspaces

/// The comment on top of an Envfile by which editors find its JSON Schema (yaml-language-server's modeline).
struct SchemaLine: Sendable {
    private static let marker = "# yaml-language-server:"

    /// Without a line end; `nil` where no schema is installed.
    let text: String?

    /// The schema that belongs to a directory of templates: beside it where installed, in `docs` of a checkout.
    init(besideTemplates templates: FilePath) {
        let base = templates.appending("..")
        let candidates = [base.appending("envfile.schema.json"), base.appending("docs/envfile.schema.json")]
        text = candidates.lazy.compactMap { $0.resolved() }.first.map { "\(Self.marker) $schema=\($0)" }
    }

    static func isOne(_ line: some StringProtocol) -> Bool {
        line.hasPrefix(marker)
    }

    /// An Envfile whose first line refers to this schema, instead of the one that it referred to before.
    func renewed(in envfile: String) -> String {
        var lines = envfile.split(separator: "\n", omittingEmptySubsequences: false)
        if let first = lines.first, Self.isOne(first) { lines.removeFirst() }
        if let text { lines.insert(text[...], at: 0) }
        return lines.joined(separator: "\n")
    }
}
