import Store
import Testing
import Vocabulary

@Suite(.timeLimit(.minutes(2))) struct DurableStoreTests {
    private let fixture: Fixture
    private let store: DurableStore
    private let environment = EnvironmentRecord(
        id: "e1", name: "demo", directory: "/srv/demo", createdAt: 1_700_000_000_123_456_789)

    init() throws {
        fixture = try Fixture()
        store = try fixture.durable()
    }

    @Test func environments() throws {
        #expect(try store.environments().isEmpty)
        try store.save(environment)
        var moved = environment
        moved.directory = "/srv/other's"
        moved.createdAt = 5
        try store.save(moved)
        moved.createdAt = environment.createdAt
        try store.save(EnvironmentRecord(id: "e0", name: "zed", directory: "/", createdAt: 1))
        let reopened = try fixture.durable()
        #expect(try reopened.environments().map(\.id) == ["e1", "e0"])
        #expect(try reopened.environment(id: "e1") == moved)
        #expect(try store.deleteEnvironment(id: "e0"))
        #expect(try !store.deleteEnvironment(id: "e0"))
        #expect(try store.environment(id: "e0") == nil)
    }

    @Test func imagesMadeHere() throws {
        let image = LocalImageRow(reference: "a:1", document: "{}", createdAt: 2)
        try store.save(image)
        var newer = image
        newer.document = "{\"a\":1}"
        try store.save(newer)
        #expect(try store.localImages() == [newer])
        #expect(try store.localImage(reference: "a:1") == newer)
        #expect(try store.localImage(reference: "a:2") == nil)
        #expect(try store.deleteLocalImage(reference: "a:1"))
        #expect(try !store.deleteLocalImage(reference: "a:1"))
        let layer = LocalLayerRow(name: "local-1", document: "{}")
        try store.save(layer)
        #expect(try fixture.durable().localLayers() == [layer])
        #expect(try store.localLayer(name: "local-1") == layer)
        #expect(try store.deleteLocalLayer(name: "local-1"))
        #expect(try store.localLayer(name: "local-1") == nil)
    }

    @Test func pulls() throws {
        let first = ImagePullRecord(reference: "a:1", manifestDigest: "sha256:1", pulledAt: 1, checkedAt: 1)
        try store.save(first)
        var second = first
        second.checkedAt = 2
        try store.save(second)
        #expect(try store.imagePulls() == [second])
        try store.deleteImagePull(reference: "a:1")
        #expect(try store.imagePull(reference: "a:1") == nil)
    }

    @Test func volumes() throws {
        let volume = VolumeRecord(environmentID: "e1", name: "data", path: "/v/data", createdAt: 3)
        #expect(code { try store.insert(volume) } == .missing)
        try store.save(environment)
        try store.insert(volume)
        #expect(code { try store.insert(volume) } == .exists)
        #expect(try store.volumes(environmentID: "e1") == [volume])
        #expect(try store.volumes(environmentID: "e2").isEmpty)
        #expect(try store.volumes() == [volume])
        #expect(code { try store.deleteEnvironment(id: "e1") } == .inUse)
        #expect(try store.deleteVolume(environmentID: "e1", name: "data"))
        #expect(try !store.deleteVolume(environmentID: "e1", name: "data"))
        #expect(try store.deleteEnvironment(id: "e1"))
    }

    @Test func rememberedPorts() throws {
        func port(_ target: Port, _ host: Port, service: ServiceName = "web") -> PortRecord {
            PortRecord(
                environmentID: "e1", service: service, target: target, transportProtocol: .tcp,
                hostAddress: .loopback, hostPort: host)
        }
        #expect(code { try store.remember([port(80, 8080)], environmentID: "e1", service: "web") } == .missing)
        try store.save(environment)
        try store.remember([port(80, 8080), port(80, 65535)], environmentID: "e1", service: "web")
        try store.remember([port(1, 1, service: "api")], environmentID: "e1", service: "api")
        #expect(try store.rememberedPorts(environmentID: "e1").map(\.hostPort) == [1, 8080, 65535])
        try store.remember([port(80, 8081)], environmentID: "e1", service: "web")
        #expect(try store.rememberedPorts(environmentID: "e1").map(\.hostPort) == [1, 8081])
        #expect(code { try store.remember([port(80, 1)], environmentID: "e1", service: "api") } == .invalid)
        try store.deleteEnvironment(id: "e1")
        #expect(try store.rememberedPorts(environmentID: "e1").isEmpty)
    }
}
