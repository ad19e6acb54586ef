/// The description of a failure in the body of an answer; distribution-spec "Error Codes".
struct ErrorDocument: Hashable {
    struct Entry: Hashable {
        /// Such as `MANIFEST_UNKNOWN`.
        var code: String
        var message: String
    }

    var entries: [Entry]

    /// Parses `{"errors": [{"code", "message"}]}`, or a token server's `{"details"}` or `{"error"}`; `nil` for other
    /// documents.
    init?(_ bytes: [UInt8]) {
        guard case .success(let document) = JSONDocument.parse(bytes), case .object = document else { return nil }
        if case .array(let errors)? = document["errors"] {
            entries = errors.compactMap { error in
                guard let code = error["code"]?.string else { return nil }
                return Entry(code: code, message: error["message"]?.string ?? "")
            }
            if !entries.isEmpty { return }
        }
        guard
            let text = document["details"]?.string ?? document["error_description"]?.string
                ?? document["error"]?.string ?? document["message"]?.string
        else { return nil }
        entries = [Entry(code: "", message: text)]
    }

    func contains(_ code: String) -> Bool { entries.contains { $0.code == code } }

    /// All entries in one line, shortened for a message and without control characters.
    var summary: String {
        let text = entries.map { entry in
            [entry.code, entry.message].filter { !$0.isEmpty }.joined(separator: ": ")
        }.joined(separator: "; ")
        return String(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7f ? " " : Character($0) }.prefix(300))
    }
}
