/// Files of other programs that are YAML or JSON and have nothing of an Envfile.
package enum DataDocument {
    /// The first document of a text as JSON, of which YAML is a superset; `nil` for a text that is neither.
    package static func json(of bytes: [UInt8], path: String) -> String? {
        let report = DiagnosticCollector()
        let source = SourceFile(path: path, bytes: bytes)
        guard let document = DocumentBuilder.documents(of: source, report: report).first, !report.hasErrors else {
            return nil
        }
        return Value(document.root).jsonText()
    }
}
