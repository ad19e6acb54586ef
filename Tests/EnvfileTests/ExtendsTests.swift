import Testing

@testable import Envfile

@Suite(.timeLimit(.minutes(2))) struct ExtendsTests {
    private static let other = """
        services:
          base:
            image: other
            environment: { A: 1, B: 2 }
            volumes: ["./data:/data"]
            env_file: a.env
            extends: { file: deep/more.yaml, service: root }
          plain: { image: plain }
        """

    private static let files = [
        "sub/other.yaml": other, "sub/deep/more.yaml": "services: { root: { user: r, build: ., labels: [x=y] } }",
    ]

    private func composed(_ services: String, _ files: [String: String] = files) -> Composed {
        Composed(files.merging(["compose.yaml": "services:\n" + services]) { $1 })
    }

    /// Attributes: `extends`, `extends.file`, `extends.service`
    @Test(
        arguments: [
            ("  a: { image: x, user: u }\n  b: { extends: a, user: v }", "{image: x, user: v}"),
            ("  b: { extends: { service: a }, image: y }\n  a: { image: x, labels: [q] }", "{image: y, labels: [q]}"),
            ("  a: { extends: b2, user: a }\n  b2: { image: x }\n  b: { extends: a }", "{image: x, user: a}"),
            ("  b: { extends: { file: sub/other.yaml, service: plain } }", "{image: plain}"),
            (
                "  b: { extends: { file: ./sub/../sub/other.yaml, service: base }, environment: [B=3] }",
                "{build: ., env_file: a.env, environment: {A: 1, B: 3}, image: other, labels: [x=y], user: r, volumes: [./data:/data]}"
            ),
            (
                "  a: { image: x, ports: ['80:80'], labels: { p: q } }\n  b: { extends: a, ports: !reset [], labels: !override [r] }",
                "{image: x, labels: [r]}"
            ),
            ("  a: \n  b: { extends: a, image: x }", "{image: x}"),
            ("  a: { image: x }\n  b: { extends: !reset a, image: y }", "{image: y}"),
            (
                "  a: { image: x, depends_on: [d], profiles: [p], container_name: c }\n  b: { extends: a }",
                "{container_name: c, depends_on: [d], image: x, profiles: [p]}"
            ),
        ] as [(String, String)])
    func merges(services: String, expected: String) {
        let tree = composed(services)
        #expect(tree.text("services.b") == expected)
        #expect(tree.messages == [])
    }

    @Test(
        arguments: [
            ("  a: { extends: a }", "services extend each other in a circle: a -> a"),
            (
                "  a: { extends: b }\n  b: { extends: c }\n  c: { extends: a }",
                "services extend each other in a circle: a -> b -> c -> a"
            ),
            (
                "  a: { extends: nne }\n  none: { image: x }",
                "`extends` names the service `nne`, which this file does not define"
            ),
            (
                "  a: { extends: { file: sub/other.yaml, service: bse } }",
                "`extends` names the service `bse`, which /srv/shop/sub/other.yaml does not define"
            ),
            ("  a: { extends: { file: none.yaml, service: b } }", "/srv/shop/none.yaml does not exist"),
            ("  a: { extends: { file: sub/other.yaml } }", "services.a.extends names no `service`"),
            (
                "  a: { extends: 5 }",
                "services.a.extends must be the name of a service or a mapping, but is the number 5"
            ),
            (
                "  a: { extends: { service: b, files: x } }\n  b: { image: x }",
                "unknown key `files` in services.a.extends"
            ),
            ("  a: { extends: { service: [b] } }", "services.a.extends.service must be a string, but is a list"),
            (
                "  a: { extends: { service: b, file: { x: 1 } } }",
                "services.a.extends.file must be a path, but is a mapping"
            ),
        ] as [(String, String)])
    func refuses(services: String, message: String) {
        #expect(composed(services).messages.contains(message))
    }

    @Test func circlesAcrossFilesAreNamed() {
        let tree = composed(
            "  a: { extends: { file: x.yaml, service: b } }",
            ["x.yaml": "services: { b: { extends: { file: compose.yaml, service: a } } }"])
        #expect(tree.messages == ["services extend each other in a circle: a -> b (x.yaml) -> a"])
    }

    @Test func chainsAreLimited() {
        let services = (0..<100).map { "  s\($0): { extends: s\($0 + 1) }" }.joined(separator: "\n")
        let tree = composed(services + "\n  s100: { image: x }")
        #expect(tree.messages.first == "more than 64 services extend each other in a chain")
    }

    @Test func pathsAreThoseOfTheirOwnFile() throws {
        var fixture = Fixture.compose
        fixture.others = Dictionary(uniqueKeysWithValues: Self.files.map { ("/srv/shop/" + $0.key, $0.value) })
        fixture.others["/srv/shop/sub/a.env"] = "X=1"
        let text =
            "services: { b: { extends: { file: sub/other.yaml, service: base }, volumes: ['./own:/own'], build: !reset '' } }"
        let mounts = try fixture.load(text).environment.services.first?.mounts
        #expect(
            mounts?.map(\.source) == [
                .bind(path: "/srv/shop/sub/data", createsSource: true),
                .bind(path: "/srv/shop/own", createsSource: true),
            ])
    }
}
