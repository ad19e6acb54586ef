/// The next page of a listing, from its `Link` header; RFC 8288 and distribution-spec "Listing tags".
enum LinkHeader {
    /// The target of the link with `rel=next`; `nil` on the last page.
    static func next(_ values: [String]) -> String? {
        for value in values {
            var rest = value[...]
            while let open = rest.firstIndex(of: "<"), let close = rest[open...].firstIndex(of: ">") {
                let target = String(rest[rest.index(after: open)..<close])
                rest = rest[rest.index(after: close)...]
                let parameters = rest.prefix { $0 != "<" }
                if isNext(parameters) { return target }
                rest = rest.dropFirst(parameters.count)
            }
        }
        return nil
    }

    private static func isNext(_ parameters: Substring) -> Bool {
        parameters.split { $0 == ";" || $0 == "," }.contains { parameter in
            let parts = parameter.split(separator: "=", maxSplits: 1).map(\.trimmingBlanks)
            guard parts.count == 2, parts[0].lowercased() == "rel" else { return false }
            return parts[1].filter { $0 != "\"" }.lowercased().split(separator: " ").contains("next")
        }
    }
}
