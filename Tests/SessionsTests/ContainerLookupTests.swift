import Store
import Testing
import Vocabulary
import Workspaces

@Suite(.timeLimit(.minutes(1))) struct ContainerLookupTests {
    private let nothing = EnvironmentTarget(id: "shop", project: nil)

    private func records(_ services: ServiceName...) -> RuntimeRecords {
        RuntimeRecords(
            containers: services.map { service in
                ContainerRecord(
                    environmentID: "shop", service: service, number: 1, runtimeID: "shop-\(service)-1",
                    runtime: "crun", imageID: "", fingerprint: "", createdAt: 0)
            })
    }

    private func message(_ service: String?, _ records: RuntimeRecords) throws -> String {
        let error = #expect(throws: EngineError.self) { try records.container(named: service, of: nothing) }
        return try #require(error).message
    }

    @Test func theOnlyContainerNeedsNoName() throws {
        #expect(try records("web").container(named: nil, of: nothing).service == "web")
        #expect(try message(nil, records("web", "db")) == "Say which service: db, web.")
        #expect(try message(nil, records()) == "Nothing is up. Start it with: trice up")
    }

    @Test func aServiceAndAContainerAreNames() throws {
        #expect(try records("web", "db").container(named: "db", of: nothing).service == "db")
        #expect(try records("web", "db").container(named: "web-1", of: nothing).service == "web")
        #expect(try message("wbe", records("web", "db")) == "There is no service `wbe`. There are: db, web.")
    }
}
