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
    /// The files that gave variables: `.env`, and those of `env_file`.
    var variableFiles: Set<String> = []

    /// Everything reported, by place in the file; what a service inherits from another one of the project, or a step of
    /// `pre_start` from its service, is told once, of the other one.
    var diagnostics: [Diagnostic] {
        let sorted = seen.sorted(by: Diagnostic.isOrderedBefore)
        guard sorted.contains(where: \.isRepeated) else { return sorted }
        var told = Set(sorted.filter { !$0.isRepeated }.map(\.subject))
        return sorted.filter { !$0.isRepeated || told.insert($0.subject).inserted }
    }

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

    /// Warns that an attribute has no effect.
    func ignored(_ attribute: String, _ message: String, at mark: Mark, path: Path) {
        add(.warning, message, at: mark, path: path, expected: nil, hint: nil, ignoredAttribute: attribute)
    }

    private func add(
        _ severity: Diagnostic.Severity, _ message: String, at mark: Mark, path: Path, expected: String?, hint: String?,
        ignoredAttribute: String? = nil
    ) {
        guard seen.count < Self.limit, silenced.isEmpty || !silenced.contains(Place(mark)) else { return }
        seen.insert(
            Diagnostic(
                severity: severity, file: mark.file.path, line: mark.line, column: mark.column, length: mark.length,
                path: path.description, message: message, expected: expected, hint: hint,
                sourceLine: mark.file.text(ofLine: mark.line),
                notes: Provenance.notes(of: mark, path: path, extensions: extensions),
                ignoredAttribute: ignoredAttribute))
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

extension Diagnostic {
    /// What is said of which place, whichever service it is said of.
    fileprivate var subject: [String] {
        let parts = path.split(separator: ".", maxSplits: 2)
        let service = parts.count > 1 && parts[0] == "services" ? "services.\(parts[1])" : ""
        let message = stepPath.map { self.message.replacing($0, with: service) } ?? self.message
        return [file, "\(line):\(column)", service.isEmpty ? message : message.replacing(service, with: "")]
    }

    /// Whether the value may be written in what this one takes it from: a service that it extends, or that it is a step
    /// of.
    fileprivate var isRepeated: Bool {
        stepPath != nil || notes.contains { $0.message.hasPrefix(Provenance.extending) }
    }

    /// The step of `pre_start` that is meant, such as `services.web.pre_start[0]`.
    private var stepPath: Substring? {
        guard let start = path.firstRange(of: ".pre_start["), let end = path[start.upperBound...].firstIndex(of: "]")
        else { return nil }
        return path[...end]
    }
}
