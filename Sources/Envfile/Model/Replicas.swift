internal import Vocabulary

/// How many containers a service has, and what several of them cannot share.
extension ServiceLifecycle {
    /// `scale`, else `deploy.replicas`, else 1.
    package var containerCount: Int { scale ?? deployment?.replicas ?? 1 }
}

extension Service {
    /// What keeps the service from having so many containers, in words that follow a colon; `nil` when nothing does.
    package func problem(withContainers count: Int) -> String? {
        Replicas.problem(count, containerName: naming.containerName, ports: ports)?.reason
    }

    /// The host name of one of its containers: only the first has the service's own, unless the file names one.
    package func hostname(ofContainer number: Int) -> String {
        guard naming.hostname == nil, number > 1 else { return hostname }
        let suffix = "-\(number)"
        return String(name.rawValue.prefix(63 - suffix.count)) + suffix
    }
}

/// What the containers of one service cannot share.
enum Replicas {
    /// The key that is in the way, and why.
    struct Problem {
        var key: String
        var reason: String
        var remedy: String
    }

    /// - Parameter ports: as they apply.
    static func problem(_ count: Int, containerName: String?, ports: [PortMapping]) -> Problem? {
        guard count > 1 else { return nil }
        if let containerName {
            return Problem(
                key: "container_name", reason: "they cannot all be named `\(containerName)`",
                remedy: "remove `container_name`")
        }
        for port in ports where !port.autoCorrects {
            guard let published = port.published, published.count < count else { continue }
            let first = published.lowerBound.rawValue
            let last = Int(first) + count - 1
            let host = published.count == 1 ? "one host port" : "\(published.count) host ports"
            return Problem(
                key: "ports", reason: "port \(port.target) is published on \(host), `\(published)`",
                remedy: last <= 65535
                    ? "publish a range such as `\(first)-\(last):\(port.target)`, or leave the host port out"
                    : "leave the host port out")
        }
        return nil
    }
}
