/// How much of a context a step copies, and whether that can be meant.
struct ContextSize {
    /// More than a project of people's own files has.
    private static let largestCount = 20_000
    private static let largestSize: Int64 = 1 << 30

    private let selection: FileSelection

    init(_ selection: FileSelection) {
        self.selection = selection
    }

    /// `nil` for what is not much.
    ///
    /// - Parameter name: Of the context.
    func remark(on name: String) -> String? {
        guard selection.entryCount > Self.largestCount || selection.size > Self.largestSize else { return nil }
        let largest = parts.sorted { ($0.value.size, $0.value.count) > ($1.value.size, $1.value.count) }.prefix(3)
            .map { "\($0.key) (\(Self.text($0.value.count, $0.value.size)))" }.joined(separator: ", ")
        return "\(name) has \(Self.text(selection.entryCount, selection.size)) and no .dockerignore. "
            + "Write there what the image does not need; the most is in \(largest)."
    }

    /// The first level of what is copied.
    private var parts: [String: (count: Int, size: Int64)] {
        var parts: [String: (count: Int, size: Int64)] = [:]
        for item in selection.items {
            for entry in item.entries {
                let first = entry.path.description.prefix { $0 != "/" }
                let name = item.source.isRoot ? String(first) : "\(item.source)/\(first)"
                if entry.record.kind != .directory { parts[name, default: (0, 0)].count += 1 }
                if entry.record.kind == .regular { parts[name, default: (0, 0)].size += entry.record.size }
            }
            if !item.isDirectory { parts[item.source.description, default: (0, 0)].size += item.record.size }
        }
        return parts
    }

    private static func text(_ count: Int, _ size: Int64) -> String {
        let amount = size >= 1 << 30 ? "\((size * 10) >> 30)" : "\(size >> 20)"
        let bytes = size >= 1 << 30 ? "\(amount.dropLast()).\(amount.suffix(1)) GiB" : "\(amount) MiB"
        return count > 1 ? "\(count) files, \(bytes)" : bytes
    }
}
