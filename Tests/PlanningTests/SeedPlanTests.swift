import Envfile
import Testing
import Vocabulary

@testable import Planning

/// Seeds in plans: what begins from one, and what becomes one.
@Suite(.timeLimit(.minutes(1))) struct SeedPlanTests {
    private let db = seeded("db", mounts: [volumeMount("data")])

    private func observed(isKept: Bool) -> ObservedState {
        var state = ObservedState(images: ["busybox": "sha256:busybox"])
        state.seeds["db"] = ObservedSeed(digest: "d", volumes: ["data"], isKept: isKept)
        return state
    }

    private func list(_ plan: Plan, _ verbs: Set<String>) -> [String] {
        plan.operationList.split(separator: "\n").filter { line in
            verbs.contains { line.contains(" \($0) ") }
        }.map(String.init)
    }

    @Test func aSeedIsPlacedBeforeTheContainerIsMade() throws {
        let plan = try plan(environment(db, service("web", after: [healthy("db")])), observed(isKept: true))
        expectWellFormed(plan)
        let created = try #require(plan.operations.first { $0.operation.resource == .container(id("db")) })
        let placed = try #require(plan.operations.first { $0.operation.verb.hasPrefix("fill") })
        #expect(created.dependsOn.contains(placed.id))
        #expect(plan.description.contains("+ volume data") && plan.description.contains("from a seed"))
        #expect(list(plan, ["keep"]).isEmpty)
    }

    @Test func aSeedIsKeptBeforeOthersStart() throws {
        let plan = try plan(environment(db, service("web", after: [healthy("db")])), observed(isKept: false))
        expectWellFormed(plan)
        let kept = try #require(plan.operations.first { $0.operation.verb == "keep" })
        let web = try #require(
            plan.operations.first { $0.operation.startsContainer && $0.operation.resource == .container(id("web")) })
        #expect(web.dependsOn.contains(kept.id))
        #expect(!plan.description.contains("seed"))
        #expect(plan.description.contains("after db-1 is healthy"))
        #expect(list(plan, ["fill"]).isEmpty)
    }

    /// What starts earlier could write to the volume by the way of the service.
    @Test func noSeedIsKeptOfWhatOthersKnowBefore() throws {
        let plan = try plan(environment(db, service("web", after: [started("db")])), observed(isKept: false))
        #expect(list(plan, ["keep", "fill"]).isEmpty)
    }

    @Test func aVolumeThatIsThereIsLeftAlone() throws {
        for isKept in [true, false] {
            var state = observed(isKept: isKept)
            state.volumes = ["data"]
            #expect(list(try plan(environment(db), state), ["keep", "fill"]).isEmpty)
        }
    }

    @Test func whatIsOnlyCreatedBecomesNoSeed() throws {
        var options = Reconciler.Options()
        options.starts = false
        #expect(list(try plan(environment(db), observed(isKept: false), options), ["keep"]).isEmpty)
        #expect(list(try plan(environment(db), observed(isKept: true), options), ["fill"]).count == 1)
    }
}

/// Which services have seeds, by what the file says.
@Suite(.timeLimit(.minutes(1))) struct SeedCandidateTests {
    private func candidates(_ services: Service..., volumes: [Volume] = [], dialect: Dialect = .trice) -> [String] {
        let names = Set(services.flatMap(\.volumeNames)).subtracting(volumes.map(\.name))
        let environment = Environment(
            name: "demo", directory: "/srv/demo", services: services, networks: [],
            volumes: volumes + names.sorted().map { Volume(name: $0) }, dialect: dialect)
        return environment.seedCandidates(scales: ["many": 2]).map {
            "\($0.service.name) \($0.volumes.joined(separator: " "))"
        }
    }

    private func changed(_ change: (inout Service) -> Void) -> Service {
        var service = seeded("db", mounts: [volumeMount("data")])
        change(&service)
        return service
    }

    @Test func aServiceWithVolumesOfItsOwnHasOne() {
        #expect(candidates(seeded("db", mounts: [volumeMount("b"), volumeMount("a")]), service("web")) == ["db a b"])
        let silent = service("db", mounts: [volumeMount("data")])
        #expect(candidates(silent) == ["db data"])
        #expect(candidates(silent, dialect: .compose).isEmpty)
        #expect(candidates(changed { $0.tools.seed = .auto }, dialect: .compose) == ["db data"])
        #expect(candidates(changed { $0.tools.seed = .off }).isEmpty)
    }

    @Test func whatDependsOnMoreHasNone() {
        let web = service("web")
        #expect(candidates(changed { $0.dependencies = [started("web")] }, web).isEmpty)
        #expect(candidates(changed { $0.storage.volumesFrom = ["web"] }, web).isEmpty)
        #expect(candidates(changed { $0.environment = ["URL": "localhost:${PORT:web:80}"] }, web).isEmpty)
        #expect(
            candidates(
                changed { $0.mounts.append(Mount(source: .bind(path: "/srv", createsSource: false), target: "/s")) }
            ).isEmpty)
        #expect(
            candidates(
                changed {
                    $0.mounts.append(
                        Mount(source: .bind(path: "/srv", createsSource: false), target: "/s", isReadOnly: true))
                }) == ["db data"])
        #expect(candidates(seeded("many", mounts: [volumeMount("data")])).isEmpty)
        #expect(
            candidates(changed { $0.mounts.append(Mount(source: .volume(name: "x"), target: "/x", isReadOnly: true)) })
                .isEmpty)
    }

    @Test func whatOthersWriteToHasNone() {
        let db = seeded("db", mounts: [volumeMount("data")])
        #expect(candidates(db, service("web", mounts: [volumeMount("data")])).isEmpty)
        let reader = service("web", mounts: [Mount(source: .volume(name: "data"), target: "/d", isReadOnly: true)])
        #expect(candidates(db, reader) == ["db data"])
        var heir = service("web")
        heir.storage.volumesFrom = ["db:ro"]
        #expect(candidates(db, heir).isEmpty)
    }

    @Test func aVolumeOfElsewhereHasNone() {
        let db = seeded("db", mounts: [volumeMount("data")])
        let named = Volume(name: "data", identity: ResourceIdentity(customName: "own"))
        let external = Volume(name: "data", identity: ResourceIdentity(isExternal: true))
        let device = Volume(name: "data", driverOptions: ["type": "tmpfs"])
        let driver = Volume(name: "data", driver: "nfs")
        for volume in [named, external, device, driver] { #expect(candidates(db, volumes: [volume]).isEmpty) }
        #expect(candidates(db, volumes: [Volume(name: "data", driver: "local")]) == ["db data"])
    }
}

/// A service that asks for seeds.
private func seeded(_ name: ServiceName, mounts: [Mount]) -> Service {
    var service = service(name, mounts: mounts)
    service.tools.seed = .auto
    return service
}
