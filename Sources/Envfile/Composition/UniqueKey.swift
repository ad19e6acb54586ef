/// The identity of an entry in a list.
enum UniqueKey: Sendable {
    /// The whole text.
    case text
    /// The text before `=`.
    case keyOfValue
    /// A member of a mapping; entries without it are all different.
    case field(String)
    /// The target of a volume.
    case mountTarget
    /// The target of a tmpfs.
    case memoryTarget
    /// The path of a device in the container.
    case deviceTarget
    /// The target of a secret or config; without one it is below a directory.
    case grant(directory: String)
    /// The path of a file on the host.
    case file

    /// The key of an entry; `nil` for one that equals no other.
    func key(of node: Node) -> String? {
        switch self {
        case .text: return node.scalarText
        case .keyOfValue: return node.scalarText.map { KeyValue.split($0).key }
        case .field(let name): return node[name]?.scalarText
        case .mountTarget:
            guard let target = node["target"]?.scalarText ?? node.stringValue.map(Self.shortTarget) else { return nil }
            return HostPath.absolute(target, in: "/")
        case .memoryTarget:
            guard let path = node.stringValue?.split(separator: ":", maxSplits: 1).first else { return nil }
            return HostPath.absolute(String(path), in: "/")
        case .deviceTarget: return node["target"]?.scalarText ?? node.stringValue.map(Self.shortTarget)
        case .grant(let directory):
            if let target = node["target"]?.scalarText { return target }
            return (node["source"]?.scalarText ?? node.scalarText).map { "\(directory)/\($0)" }
        case .file:
            guard let path = node["path"]?.scalarText ?? node.stringValue else { return nil }
            return HostPath.absolute(path, in: node.mark.file.directory)
        }
    }

    /// The second of the parts between colons, or the only one.
    private static func shortTarget(_ text: String) -> String {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return String(parts.count > 1 ? parts[1] : parts.first ?? "")
    }
}

extension Node {
    /// The text of a scalar that is not empty.
    var scalarText: String? {
        guard case .scalar(let scalar) = content, scalar.type != .null else { return nil }
        return scalar.text
    }
}
