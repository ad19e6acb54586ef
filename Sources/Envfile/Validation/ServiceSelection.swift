internal import Vocabulary

/// Which services of a file take part, by the active profiles and the services named by the user.
struct ServiceSelection {
    let active: [ServiceDraft]
    private let inactive: [ServiceName: ServiceDraft]

    init(_ services: [ServiceDraft], profiles: Set<String>, selecting names: [ServiceName]) {
        let byName = Dictionary(services.map { ($0.name, $0) }) { first, _ in first }
        var activated: Set<ServiceName> = []
        for service in services where Self.isActive(service, in: profiles) { activated.insert(service.name) }
        for name in names {
            guard let service = byName[name] else { continue }
            Self.activate(service, profiles: Set(service.profiles), among: byName, into: &activated)
        }
        active = services.filter { activated.contains($0.name) }
        inactive = byName.filter { !activated.contains($0.key) }
    }

    var inactiveNames: Set<ServiceName> { Set(inactive.keys) }

    /// A service that is defined but takes no part.
    func inactive(_ name: ServiceName) -> ServiceDraft? { inactive[name] }

    private static func isActive(_ service: ServiceDraft, in profiles: Set<String>) -> Bool {
        service.profiles.isEmpty || profiles.contains("*") || !profiles.isDisjoint(with: service.profiles)
    }

    /// A service that is named brings along what it depends on within its own profiles.
    private static func activate(
        _ service: ServiceDraft, profiles: Set<String>, among services: [ServiceName: ServiceDraft],
        into activated: inout Set<ServiceName>
    ) {
        var pending = [service]
        var visited: Set<ServiceName> = []
        while let next = pending.popLast() {
            guard visited.insert(next.name).inserted else { continue }
            activated.insert(next.name)
            for dependency in next.dependencies {
                guard let other = services[dependency.value.service], isActive(other, in: profiles) else { continue }
                pending.append(other)
            }
        }
    }
}
