/// Where a node stands in a document, such as `services.web.ports[2]`.
indirect enum Path: Sendable, CustomStringConvertible {
    case root
    case key(Path, String)
    case index(Path, Int)

    var description: String {
        switch self {
        case .root: ""
        case .key(.root, let name): name
        case .key(let parent, let name): "\(parent).\(name)"
        case .index(let parent, let index): "\(parent)[\(index)]"
        }
    }

    /// The path, or `the file` for the root.
    var inWords: String {
        if case .root = self { return "the file" }
        return description
    }
}
