internal import Glibc
internal import Store
internal import Vocabulary
package import Workspaces

/// What `trice events` tells: that a container has come to another state.
package struct ContainerEvent: Sendable, Encodable {
    /// Seconds since 1970-01-01 00:00 UTC.
    package var time: Int64
    /// `container`.
    package var type = "container"
    /// `create`, `start`, `die`, `pause`, `unpause`, `health_status: healthy`, `health_status: unhealthy` or `destroy`.
    package var action: String
    package var id: String
    package var service: String
    /// `image` and `name`, and `exitCode` of what has ended.
    package var attributes: [String: String]
}

extension EnvironmentControl {
    /// Tells what happens to the containers of services, of all when none is named, until `body` says that it is enough.
    ///
    /// What began and ended between two looks is told too, as far as the supervisor has counted it.
    package func watch(
        _ identity: EnvironmentTarget, services: [String], _ body: (ContainerEvent) -> Bool
    ) throws {
        let existing = try Set(
            Workspace(id: identity.id, host: context.host()).records().containers.map(\.service.rawValue))
        let known = existing.union(identity.project?.serviceNames ?? [])
        for name in services {
            if known.contains(name) { continue }
            if let id = try? ContainerID(name), known.contains(id.service.rawValue) { continue }
            throw EngineError.unknownService(name, known: known.sorted())
        }
        let watch = try ContainerWatch(identity.id, services: services, context)
        while true {
            for event in try watch.next() where !body(event) { return }
        }
    }
}

extension ContainerEvent {
    /// What leads from one look to the next, by container.
    static func events(
        from before: [String: ContainerSight], to now: [String: ContainerSight]
    ) -> [ContainerEvent] {
        Set(before.keys).union(now.keys).sorted().flatMap { name -> [ContainerEvent] in
            let (old, new) = (before[name], now[name])
            guard let sight = new ?? old else { return [] }
            return ContainerSight.steps(from: old, to: new).map { step in
                var attributes = ["image": sight.image, "name": sight.container]
                if let code = step.exitCode { attributes["exitCode"] = "\(code)" }
                return ContainerEvent(
                    time: step.time.map { Int64($0 / 1_000_000_000) } ?? Int64(Glibc.time(nil)), action: step.action,
                    id: sight.container, service: sight.service, attributes: attributes)
            }
        }
    }
}
