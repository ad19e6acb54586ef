/// The amount of a context that a step copies, and whether it is likely a mistake.
struct ContextSize {
    /// More files than a project usually has.
    private static let largestCount = 20_000
    private static let largestSize: Int64 = 1 << 30

    private let selection: FileSelection

    init(_ selection: FileSelection) {
        self.selection = selection
    }

    /// `nil` for a small amount.
    ///
    /// - Parameter name: The name of the context.
    func remark(on name: String) -> String? {
        guard selection.entryCount > Self.largestCount || selection.size > Self.largestSize else { return nil }
        let largest = parts.sorted { ($0.value.size, $0.value.count) > ($1.value.size, $1.value.count) }.prefix(3)
            .map { "\($0.key) (\(Self.text($0.value.count, $0.value.size)))" }.joined(separator: ", ")
        return "\(name) has \(Self.text(selection.entryCount, selection.size)) and no .dockerignore. "
            + "Write there what the image does not need; the most is in \(largest)."
    }

    /// The first level of the copied files.
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
