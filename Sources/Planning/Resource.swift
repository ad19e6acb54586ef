package import Vocabulary

/// What an operation acts on; prints as its kind and its name, such as `container web-1`.
package enum Resource: Hashable, Sendable {
    /// An image by its reference.
    case image(String)
    /// The process beside the containers.
    case supervisor
    case network(String)
    case volume(String)
    case container(ContainerID)
    /// A step of `provision` in a container, by its name.
    case step(ContainerID, String)
    /// The packet filter of the whole environment.
    case firewall
    /// The names by which the containers of the environment find each other.
    case names
    /// The published ports of the whole environment.
    case ports
    /// The jobs that start by the clock.
    case jobs
}

extension Resource: CustomStringConvertible {
    package var description: String {
        switch self {
        case .image(let reference): "image \(reference)"
        case .network(let name): "network \(name)"
        case .volume(let name): "volume \(name)"
        case .container(let id): "container \(id)"
        case .step(let id, let name): "step \(name) of \(id)"
        case .supervisor: "supervisor"
        case .firewall: "firewall"
        case .names: "names"
        case .ports: "ports"
        case .jobs: "jobs"
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
        case (.step(let left, let leftName), .step(let right, let rightName)):
            left == right ? leftName < rightName : left < right
        default: lhs.rank < rhs.rank
        }
    }

    private var rank: Int {
        switch self {
        case .image: 0
        case .supervisor: 1
        case .network: 2
        case .firewall: 3
        case .volume: 4
        case .names: 5
        case .container: 6
        case .step: 7
        case .ports: 8
        case .jobs: 9
        }
    }
}
