internal import Diagnostics

extension Suggestion {
    /// The nearest candidate, else one that begins with the name.
    static func meant(by name: String, in candidates: [String]) -> String? {
        nearest(to: name, in: candidates) ?? completion(of: name, in: candidates)
    }

    /// The remedy: the nearest name, else the list of all names.
    static func hint(for name: String, in candidates: [String], listing: String) -> String {
        if let meant = meant(by: name, in: candidates) { return "did you mean `\(meant)`?" }
        return candidates.isEmpty ? listing : "\(listing) \(candidates.map { "`\($0)`" }.joined(separator: ", "))"
    }
}
