/// The path of a node in a document, such as `services.web.ports[2]`.
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

    /// The path of the node's collection; `nil` for the root.
    var parent: Path? {
        switch self {
        case .root: nil
        case .key(let parent, _), .index(let parent, _): parent
        }
    }

    /// The service that the node belongs to.
    var service: String? {
        switch self {
        case .root: nil
        case .key(.key(.root, "services"), let name): name
        case .key(let parent, _), .index(let parent, _): parent.service
        }
    }
}
