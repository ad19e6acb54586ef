/// The source of a value, as a text.
enum Provenance {
    static let replacing = "replaces the value"
    static let extending = "extended from service"

    /// The steps of the way that the value at a mark came; none when it is simply written in the project's own file.
    static func notes(of mark: Mark, path: Path, extensions: [Extension]) -> [Diagnostic.Note] {
        var notes = (mark.origin?.variables ?? []).map(note)
        if let replaced = mark.origin?.replaced {
            notes.append(Diagnostic.Note(replacing, at: replaced.mark))
        }
        if let base = base(of: mark, path: path, extensions: extensions) {
            notes.append(Diagnostic.Note("\(extending) `\(base.base)`", at: base.place))
        }
        if let inclusion = mark.file.inclusion {
            notes.append(Diagnostic.Note("included", at: inclusion))
        }
        return notes
    }

    static func note(on variable: VariableUse) -> Diagnostic.Note {
        switch variable.source {
        case .process: Diagnostic.Note("from variable `\(variable.name)`, set in the environment")
        case .file(let mark): Diagnostic.Note("from variable `\(variable.name)`, set", at: mark)
        case .project: Diagnostic.Note("from variable `\(variable.name)`, the name of the project")
        case .fallback: Diagnostic.Note("from what the value says for variable `\(variable.name)`, which is not set")
        case .unset: Diagnostic.Note("from variable `\(variable.name)`, which is not set")
        }
    }

    /// The service from which the service at `path` inherits the value at `mark`, if it is another one.
    static func base(of mark: Mark, path: Path, extensions: [Extension]) -> Extension? {
        guard !extensions.isEmpty, let service = path.service else { return nil }
        return extensions.first { step in
            step.file === mark.file && step.span.contains(mark.offset) && step.place.offset != mark.offset
                && (step.base != service || extensions.contains { $0.service == service && $0.file === step.file })
        }
    }
}
