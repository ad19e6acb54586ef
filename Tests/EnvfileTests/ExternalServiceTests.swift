import Testing
import Vocabulary

@testable import Envfile

/// `external` of a service, and `pre_snapshot`.
@Suite(.timeLimit(.minutes(1))) struct ExternalServiceTests {
    private static let text = """
        services:
          web:
            image: a
            depends_on: { db: { condition: service_healthy }, cache: { condition: service_started } }
            networks: [front]
          cache: { image: b, networks: [front] }
          apart: { image: b, networks: [back] }
          alone: { image: b, network_mode: none }
          db:
            external: { environment: shop, service: postgres }
            networks: { front: { aliases: [sql] } }
        networks: { front: , back: }

        """

    @Test func itIsNoServiceOfThisEnvironment() throws {
        let environment = try Fixture().load(Self.text).environment
        #expect(environment.services.map(\.name) == ["alone", "apart", "cache", "web"])
        let db = try #require(environment.externalServices.first)
        #expect(db.tools.external == ExternalService(environment: "shop", service: "postgres"))
        #expect(db.externalNames == ["db", "sql"])
        let web = try #require(environment.services.first { $0.name == "web" })
        #expect(web.dependencies.map(\.service) == ["cache"])
        #expect(web.tools.externalDependencies.map(\.service) == ["db"])
        #expect(web.tools.externalDependencies.map(\.condition) == [.healthy])
        let reached = environment.services.filter { environment.reaches($0, db) }.map(\.name)
        #expect(reached == ["cache", "web"], "those in its network, and no others")
    }

    @Test func whatIsNeededFollowsTheNamesOfTheUser() throws {
        let environment = try Fixture().load(Self.text).environment
        func needed(_ names: ServiceName...) -> [ServiceName] {
            environment.externalServices(neededBy: names).map(\.name)
        }
        #expect(needed() == ["db"])
        #expect(needed("web") == ["db"])
        #expect(needed("db") == ["db"])
        #expect(needed("apart") == [])
        #expect(needed("alone") == [])
    }

    @Test func itIsShownAndReadBack() throws {
        for fixture in [Fixture(), .compose] {
            let text =
                fixture.file.hasSuffix("Envfile")
                ? Self.text
                : Self.text.replacing(
                    "external: { environment: shop, service: postgres }",
                    with: "x-trice: { external: { environment: shop, service: postgres } }")
            let environment = try fixture.load(text).environment
            let again = try fixture.load(environment.yamlText()).environment
            #expect(again == environment, "\(environment.yamlText())")
        }
    }

    @Test func theServiceThereHasTheSameNameUnlessItIsSaid() throws {
        let text = "services: { db: { external: { environment: shop } } }\n"
        let environment = try Fixture().load(text).environment
        #expect(
            environment.externalServices.map(\.tools.external) == [ExternalService(environment: "shop", service: "db")])
    }

    @Test(arguments: [
        (
            "db: { external: { environment: shop }, image: a }",
            "services.db is a service of another environment, and `image`"
        ),
        ("db: { external: { environment: shop }, volumes: [/d] }", "`volumes` has no meaning for it"),
        ("db: { external: { service: db } }", "services.db.external has no `environment`"),
        ("db: { external: { environment: a b } }", "`a b` is no valid name"),
        ("db: { external: { envronment: shop } }", "unknown key `envronment`"),
        ("db: { external: shop }", "must be a mapping"),
    ])
    func whatItCannotSay(service: String, message: String) {
        let text = "services:\n  web: { image: a }\n  \(service)\n"
        let found = Fixture().messages(text)
        #expect(found.contains { $0.contains(message) }, "\(found)")
    }

    @Test(arguments: [
        ("network_mode: \"service:db\"", "cannot share with `db`"), ("volumes_from: [db]", "cannot share with `db`"),
        ("depends_on: { db: { condition: service_completed_successfully } }", "waits for the end of `db`"),
    ])
    func whatOthersCannotWantOfIt(key: String, message: String) {
        let text = "services:\n  web: { image: a, \(key) }\n  db: { external: { environment: shop } }\n"
        let found = Fixture().messages(text)
        #expect(found.contains { $0.contains(message) }, "\(found)")
    }

    @Test func aFileForComposeHasItBelowItsOwnKey() {
        let text = "services:\n  web: { image: a }\n  db: { external: { environment: shop } }\n"
        let found = Fixture.compose.messages(text)
        #expect(found.contains { $0.contains("`external` is no key of the Compose Specification") }, "\(found)")
    }

    @Test func commandsBeforeASnapshotAreThoseOfHooks() throws {
        let service = try Fixture().service(
            "pre_snapshot:\n  - { command: [psql, -c, CHECKPOINT], user: postgres }\n  - command: sync")
        #expect(
            service.tools.preSnapshot == [
                LifecycleHook(command: ["psql", "-c", "CHECKPOINT"], user: "postgres"),
                LifecycleHook(command: ["sync"]),
            ])
        #expect(!Fixture().messages(Fixture.file(service: "pre_snapshot: [{ user: a }]")).isEmpty)
    }
}
