internal import Diagnostics

extension Diagnostic {
    /// The diagnostic as a compiler prints it: place, message, the line with a marker below it, the remedy.
    ///
    /// - Parameter directory: A file below this directory is named relative to it.
    /// - Returns: Lines joined by line feeds, without one at the end. Control characters of the file are replaced,
    ///   so that printing cannot drive a terminal.
    package func text(relativeTo directory: String? = nil) -> String {
        DiagnosticText(
            file: Self.name(of: file, relativeTo: directory), line: line, column: column, severity: severity.rawValue,
            message: message, excerpt: Excerpt(of: sourceLine, column: column, length: length),
            remarks: notes.map { $0.text(relativeTo: directory) } + (hint.map { [$0] } ?? [])
        ).text
    }

    fileprivate static func name(of file: String, relativeTo directory: String?) -> String {
        guard let directory else { return file }
        let prefix = directory.hasSuffix("/") ? directory : directory + "/"
        return file.hasPrefix(prefix) ? String(file.dropFirst(prefix.count)) : file
    }
}

extension Diagnostic.Note {
    /// The message, and the place after it.
    package func text(relativeTo directory: String? = nil) -> String {
        guard let file, let line else { return message }
        return "\(message) in \(Diagnostic.name(of: file, relativeTo: directory)) line \(line)"
    }
}
