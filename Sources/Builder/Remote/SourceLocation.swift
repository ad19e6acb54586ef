/// The place of a source of ADD, or of a context.
package enum SourceLocation: Sendable, Hashable {
    /// A path in the context, or a directory for a context.
    case local(String)
    case git(GitReference)
    /// A file to be downloaded.
    case web(String)

    /// - Parameter forContext: Whether the text is a context, where `github.com/…` is an address; in ADD it is a path.
    /// - Throws: `.invalidReference` for a git address with an invalid query.
    package init(_ text: String, forContext: Bool = false) throws(BuildError) {
        if let reference = try GitReference(parsing: text, forContext: forContext) {
            self = .git(reference)
        } else if text.hasPrefix("http://") || text.hasPrefix("https://") {
            self = .web(text)
        } else {
            self = .local(text)
        }
    }
}
