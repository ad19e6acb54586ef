import Testing
import Vocabulary

@testable import Envfile

@Suite(.timeLimit(.minutes(2))) struct IncludeTests {
    private func composed(
        _ include: String, _ files: [String: String], rest: String = "services: { web: { image: x } }",
        process: [String: String] = [:]
    ) -> Composed {
        Composed(files.merging(["compose.yaml": "include: \(include)\n\(rest)\n"]) { $1 }, process: process)
    }

    private static let database =
        "name: other\nservices: { db: { image: 'pg:$TAG', volumes: ['./d:/d'] } }\nvolumes: { v: }"

    /// Attributes: `include`, `include.*.path`, `include.*.env_file`
    @Test(
        arguments: [
            ("[db/compose.yaml]", "pg:7"), ("[{ path: db/compose.yaml }]", "pg:7"),
            ("[{ path: [db/compose.yaml] }]", "pg:7"),
            ("[{ path: db/compose.yaml, env_file: other.env }]", "pg:8"),
            ("[{ path: db/compose.yaml, env_file: [other.env, last.env] }]", "pg:9"),
            ("[{ path: db/compose.yaml, env_file: /dev/null }]", "pg:"),
            ("[{ path: [db/compose.yaml, over.yaml], x-any: 1 }]", "own"),
            ("['${DIR}/compose.yaml']", "pg:7"),
        ])
    func forms(include: String, image: String) {
        let tree = composed(
            include,
            [
                "db/compose.yaml": Self.database, "db/.env": "TAG=7", "other.env": "TAG=8", "last.env": "TAG=9",
                "over.yaml": "services: { db: { image: own } }",
            ], process: ["DIR": "db"])
        #expect(tree.messages == [])
        #expect(tree.text("services.db.image") == image)
        #expect(tree.text("services.web.image") == "x")
        #expect(tree.text("volumes") == "{v: null}")
        #expect(tree.composition?.name == "shop")
        #expect(tree.text("include") == nil)
    }

    @Test func theProjectsOwnVariablesWin() {
        let files = ["db/compose.yaml": Self.database, "db/.env": "TAG=7", ".env": "TAG=1"]
        #expect(composed("[db/compose.yaml]", files).text("services.db.image") == "pg:1")
        #expect(composed("[db/compose.yaml]", files, process: ["TAG": "2"]).text("services.db.image") == "pg:2")
    }

    /// Attributes: `include.*.project_directory`
    @Test(arguments: [
        ("[db/compose.yaml]", "/srv/shop/db/d"), ("[{ path: db/compose.yaml, project_directory: . }]", "/srv/shop/d"),
    ])
    func pathsBelongToTheIncludedProject(include: String, expected: String) throws {
        var fixture = Fixture.compose
        fixture.process["TAG"] = "1"
        fixture.others = ["/srv/shop/db/compose.yaml": Self.database]
        let loaded = try fixture.load("include: \(include)\nservices: { web: { image: x, depends_on: [db] } }")
        let database = loaded.environment.services.first { $0.name == "db" }
        #expect(database?.mounts.map(\.source) == [.bind(path: expected, createsSource: true)])
    }

    @Test func goesOnRecursivelyAndServesExtends() {
        let tree = composed(
            "[a/one.yaml]",
            [
                "a/one.yaml": "include: [../b/two.yaml]\nservices: { one: { image: '1' } }",
                "b/two.yaml": "services: { two: { image: '2' } }",
            ],
            rest: "services: { web: { extends: two, user: u } }")
        #expect(tree.text("services") == "{one: {image: 1}, two: {image: 2}, web: {image: 2, user: u}}")
    }

    @Test(
        arguments: [
            ("[none.yaml]", "/srv/shop/none.yaml does not exist"),
            ("a.yaml", "include must be a list, but is a string"),
            ("[{ paths: a }]", "unknown key `paths` in include[0]"),
            ("[{ project_directory: a }]", "include[0] has no `path`"),
            ("[5]", "include[0] must be a path or a mapping, but is the number 5"),
            (
                "[compose.yaml]",
                "files include each other in a circle: /srv/shop/compose.yaml -> /srv/shop/compose.yaml"
            ),
            (
                "[loop.yaml]",
                "files include each other in a circle: /srv/shop/compose.yaml -> /srv/shop/loop.yaml -> /srv/shop/compose.yaml"
            ),
            ("[{ path: [] }]", "include[0].path must be a path or a list of paths"),
            ("[{ path: web.yaml, env_file: no.env }]", "/srv/shop/no.env does not exist"),
            ("[list.yaml]", "the file must be a mapping, but is a list"),
        ])
    func refuses(include: String, message: String) {
        let files = [
            "web.yaml": "services: { web: { image: y } }", "loop.yaml": "include: [compose.yaml]", "list.yaml": "[1]",
        ]
        #expect(composed(include, files).messages.contains(message))
    }

    @Test func whatIsEqualDoesNotConflict() {
        let tree = composed(
            "[same.yaml, same.yaml]", ["same.yaml": "services: { web: { image: x } }\nnetworks: { n: }"])
        #expect(tree.messages == [])
    }

    /// As Compose 5.6.1 prints it: what includes is merged over what is included, the first of several includes wins.
    @Test func whatIsDefinedHereIsMergedOverWhatIsIncluded() {
        let files = [
            "one.yaml": "services: { a: { image: one, environment: { A: '1' }, ports: ['1:1'] } }",
            "two.yaml": "services: { a: { image: two, environment: { B: '1' } } }",
        ]
        #expect(
            composed("[one.yaml]", files, rest: "services: { a: { image: mine, ports: ['2:2'] } }").text("services.a")
                == "{environment: {A: 1}, image: mine, ports: [1:1, 2:2]}")
        #expect(
            composed("[one.yaml, two.yaml]", files, rest: "").text("services.a.image") == "one")
    }

    @Test func anOverrideMayChangeWhatIsIncluded() {
        let tree = Composed(
            [
                "compose.yaml": "include: [db.yaml]", "db.yaml": "services: { db: { image: a, user: u } }",
                "compose.override.yaml": "services: { db: { image: b } }",
            ], main: ["compose.yaml", "compose.override.yaml"])
        #expect(tree.text("services.db") == "{image: b, user: u}")
    }

    @Test func filesAreLimited() {
        let text = "include: [{ path: d0.yaml }]"
        var files = ["compose.yaml": text]
        for level in 0..<20 { files["d\(level).yaml"] = "include: [d\(level + 1).yaml, { path: d\(level + 1).yaml }]" }
        files["d20.yaml"] = "services: { a: { image: x } }"
        #expect(Composed(files).messages == ["more than 256 files are read here"])
    }
}
