internal import Diagnostics

/// The keys that a mapping may have, each with the small function that decodes it.
struct AttributeTable<Target>: Sendable {
    typealias Decode = @Sendable (Cursor, inout Target) -> Void

    /// Keys of the Compose Specification that are decoded.
    let supported: [String: Decode]
    /// Our own keys: beside Compose's in an `Envfile`, under `x-trice` elsewhere.
    let extras: [String: Decode]

    init(_ supported: [String: Decode], extras: [String: Decode] = [:]) {
        self.supported = supported
        self.extras = extras
    }

    /// Decodes every entry of a mapping into `target` and reports what does not belong there.
    ///
    /// - Returns: `false` when the node is no mapping, which has been reported.
    @discardableResult
    func decode(_ cursor: Cursor, into target: inout Target) -> Bool {
        guard let entries = cursor.mapping() else { return false }
        for entry in entries { decode(entry, in: cursor.path, into: &target) }
        return true
    }

    private func decode(_ entry: Cursor.Entry, in parent: Path, into target: inout Target) {
        let name = entry.key.name
        if let decode = supported[name] {
            decode(entry.value, &target)
        } else if name == "x-trice", !extras.isEmpty {
            for extra in entry.value.mapping() ?? [] where !decodeExtra(extra, into: &target) {
                reportUnknown(extra, in: entry.value.path, known: Array(extras.keys))
            }
        } else if name.hasPrefix("x-") {
            return
        } else if entry.value.context.allowsExtraKeys {
            guard !decodeExtra(entry, into: &target) else { return }
            reportUnknown(entry, in: parent, known: Array(supported.keys) + extras.keys)
        } else if extras[name] != nil {
            entry.keyError(
                "`\(name)` is no key of the Compose Specification",
                hint: "in a compose file write it below `x-trice:`, or name the file `Envfile`")
        } else {
            reportUnknown(entry, in: parent, known: Array(supported.keys))
        }
    }

    private func decodeExtra(_ entry: Cursor.Entry, into target: inout Target) -> Bool {
        guard let decode = extras[entry.key.name] else { return false }
        decode(entry.value, &target)
        return true
    }

    private func reportUnknown(_ entry: Cursor.Entry, in parent: Path, known: [String]) {
        let place = if case .root = parent { "at the top level" } else { "in \(parent)" }
        entry.keyError(
            "unknown key `\(entry.key.name)` \(place)", hint: Suggestion.hint(for: entry.key.name, in: known))
    }
}
