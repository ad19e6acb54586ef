package import Vocabulary

/// What an operation acts on; prints as its kind and its name, such as `container web-1`.
package enum Resource: Hashable, Sendable {
    /// An image by its reference.
    case image(String)
    case network(String)
    case volume(String)
    case container(ContainerID)
    /// The published ports of the whole environment.
    case ports
}

extension Resource: CustomStringConvertible {
    package var description: String {
        switch self {
        case .image(let reference): "image \(reference)"
        case .network(let name): "network \(name)"
        case .volume(let name): "volume \(name)"
        case .container(let id): "container \(id)"
        case .ports: "ports"
        }
    }
}

extension Resource: Comparable {
    package static func < (lhs: Resource, rhs: Resource) -> Bool {
        switch (lhs, rhs) {
        case (.image(let left), .image(let right)), (.network(let left), .network(let right)),
            (.volume(let left), .volume(let right)):
            left < right
        case (.container(let left), .container(let right)): left < right
        default: lhs.rank < rhs.rank
        }
    }

    private var rank: Int {
        switch self {
        case .image: 0
        case .network: 1
        case .volume: 2
        case .container: 3
        case .ports: 4
        }
    }
}
