/// Gathers the diagnostics of one load, so that all problems of a file come out of one run.
///
/// A class, because every stage and every decoder of one load writes to the same list; it never leaves that load.
final class DiagnosticCollector {
    /// Past this many the rest adds nothing for a reader.
    private static let limit = 500

    private var seen: Set<Diagnostic> = []
    private var silenced: Set<Place> = []
    private(set) var hasErrors = false
    /// The extensions of services, which a diagnostic mentions.
    var extensions: [Extension] = []

    /// Everything reported, by place in the file.
    var diagnostics: [Diagnostic] { seen.sorted(by: Diagnostic.isOrderedBefore) }

    /// Prevents that later stages report a node whose value is unknown.
    func silence(_ mark: Mark) {
        silenced.insert(Place(mark))
    }

    func error(
        _ message: String, at mark: Mark, path: Path, expected: String? = nil, hint: String? = nil
    ) {
        hasErrors = true
        add(.error, message, at: mark, path: path, expected: expected, hint: hint)
    }

    func warning(
        _ message: String, at mark: Mark, path: Path, expected: String? = nil, hint: String? = nil
    ) {
        add(.warning, message, at: mark, path: path, expected: expected, hint: hint)
    }

    private func add(
        _ severity: Diagnostic.Severity, _ message: String, at mark: Mark, path: Path, expected: String?, hint: String?
    ) {
        guard seen.count < Self.limit, silenced.isEmpty || !silenced.contains(Place(mark)) else { return }
        seen.insert(
            Diagnostic(
                severity: severity, file: mark.file.path, line: mark.line, column: mark.column, length: mark.length,
                path: path.description, message: message, expected: expected, hint: hint,
                sourceLine: mark.file.text(ofLine: mark.line),
                notes: Provenance.notes(of: mark, path: path, extensions: extensions)))
    }

    private struct Place: Hashable {
        let file: String
        let offset: Int

        init(_ mark: Mark) {
            file = mark.file.path
            offset = mark.offset
        }
    }
}
