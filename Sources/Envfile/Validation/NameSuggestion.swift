internal import Diagnostics
internal import Vocabulary

extension Suggestion {
    /// The hint for a name of a file that nothing has.
    static func hint<Name: ResourceName>(for name: Name, in candidates: Set<Name>) -> String? {
        hint(for: name.rawValue, in: Set(candidates.map(\.rawValue)))
    }
}
