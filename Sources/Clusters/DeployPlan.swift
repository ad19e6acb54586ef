internal import Export

/// What a deployment would change: one row for each object.
package struct DeployPlan: Sendable, Encodable {
    /// What becomes of an object.
    package enum Change: String, Sendable, Encodable {
        case create, change, keep, remove

        /// As in the plan of `up`.
        package var sign: String {
            switch self {
            case .create: "+"
            case .change: "~"
            case .keep: "="
            case .remove: "-"
            }
        }
    }

    /// What becomes of one object.
    package struct Row: Sendable, Encodable {
        package var change: Change
        /// Such as `Deployment`.
        package var kind: String
        /// The name of the object in its namespace.
        package var name: String
        /// The objects of a wave are applied after those of lower waves are ready.
        package var wave: Int
        /// The lines that differ, as `kubectl diff` shows them.
        package var difference: [String]
    }

    /// The objects of the files first; after them those that the files no longer have.
    package var rows: [Row]
    /// The objects as they are applied.
    let objects: [KubernetesObject]
    /// The kinds that the set of the project had.
    let formerKinds: Set<String>
    /// What the objects belong to.
    let set: ApplySet

    private enum CodingKeys: CodingKey { case rows }

    /// Whether the cluster has all objects as the files have them.
    package var isEmpty: Bool { rows.allSatisfy { $0.change == .keep } }
}

/// The answer of `kubectl diff`, object by object.
enum ClusterDifference {
    /// The lines that differ by `KIND.NAME`, of a unified difference whose files are called
    /// `GROUP.VERSION.KIND.NAMESPACE.NAME`.
    static func parse(_ text: String) -> [String: [String]] {
        var lines: [String: [String]] = [:]
        var current: String?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if line.hasPrefix("diff ") {
                let file = line.split(separator: " ").last?.split(separator: "/").last.map(String.init) ?? ""
                current = key(ofFile: file)
                if let current { lines[current] = [] }
            } else if let current, line.hasPrefix("+") || line.hasPrefix("-"), !line.hasPrefix("+++"),
                !line.hasPrefix("---"), !isCounter(line)
            {
                lines[current]?.append(line)
            }
        }
        return lines
    }

    /// The server counts the changes of an object in `metadata.generation`; that number says nothing to a reader.
    private static func isCounter(_ line: String) -> Bool { line.dropFirst().hasPrefix("  generation: ") }

    /// The kind is the one part that begins with a capital, and the name is the last one: it may have dots, and a
    /// namespace has none.
    private static func key(ofFile file: String) -> String? {
        let parts = file.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard let kind = parts.firstIndex(where: { $0.first?.isUppercase == true }), parts.count > kind + 2 else {
            return nil
        }
        return "\(parts[kind]).\(parts[(kind + 2)...].joined(separator: "."))"
    }
}
