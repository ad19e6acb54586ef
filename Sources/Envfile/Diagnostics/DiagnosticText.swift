extension Diagnostic {
    /// The diagnostic as a compiler prints it: place, message, the line with a marker below it, the remedy.
    ///
    /// - Parameter directory: A file below this directory is named relative to it.
    /// - Returns: Lines joined by line feeds, without one at the end. Control characters of the file are replaced,
    ///   so that printing cannot drive a terminal.
    public func text(relativeTo directory: String? = nil) -> String {
        var lines = ["\(place(relativeTo: directory)): \(severity.rawValue): \(Self.printable(message))"]
        if !sourceLine.isEmpty {
            let number = String(line)
            let excerpt = self.excerpt()
            lines.append("  \(number) | \(excerpt.line)")
            lines.append("  \(String(repeating: " ", count: number.count)) | \(excerpt.marker)")
        }
        for note in notes { lines.append("  \(Self.printable(note.text(relativeTo: directory)))") }
        if let hint { lines.append("  \(Self.printable(hint))") }
        return lines.joined(separator: "\n")
    }

    private func place(relativeTo directory: String?) -> String {
        "\(Self.printable(Self.name(of: file, relativeTo: directory))):\(line):\(column)"
    }

    fileprivate static func name(of file: String, relativeTo directory: String?) -> String {
        guard let directory else { return file }
        let prefix = directory.hasSuffix("/") ? directory : directory + "/"
        return file.hasPrefix(prefix) ? String(file.dropFirst(prefix.count)) : file
    }

    /// The part of the source line around the column, and the marker for below it.
    private func excerpt() -> (line: String, marker: String) {
        let width = 120
        let scalars = Array(sourceLine.unicodeScalars)
        let start = column > width ? column - width / 2 : 0
        let end = min(scalars.count, start + width)
        guard start < end else { return ("", "^") }
        var line = start > 0 ? "…" : ""
        var marker = start > 0 ? " " : ""
        for scalar in scalars[start..<end] { line.unicodeScalars.append(Self.printable(scalar)) }
        if end < scalars.count { line += "…" }
        for scalar in scalars[start..<min(end, max(start, column - 1))] { marker += scalar == "\t" ? "\t" : " " }
        let visible = max(1, min(length, end - (column - 1)))
        marker += "^" + String(repeating: "~", count: visible - 1)
        return (line, marker)
    }

    private static func printable(_ text: String) -> String {
        var result = ""
        result.unicodeScalars.append(contentsOf: text.unicodeScalars.map(printable))
        return result
    }

    private static func printable(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        switch scalar.value {
        case 0x09: scalar
        case 0..<0x20, 0x7F..<0xA0, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: "\u{FFFD}"
        default: scalar
        }
    }
}

extension Diagnostic.Note {
    /// The message, and the place after it.
    public func text(relativeTo directory: String? = nil) -> String {
        guard let file, let line else { return message }
        return "\(message) in \(Diagnostic.name(of: file, relativeTo: directory)) line \(line)"
    }
}
