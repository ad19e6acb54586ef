import Testing

@testable import Envfile

/// The merge of two files, attribute by attribute.
@Suite(.timeLimit(.minutes(2))) struct MergeTests {
    private func merged(
        _ base: String, _ over: String, attribute: String, name: String = "compose.yaml"
    ) -> (text: String?, messages: [String]) {
        func file(_ value: String) -> String {
            "services:\n  a:\n    image: x\n    \(attribute.split(separator: ".").first ?? ""): \(value)\n"
        }
        let tree = Composed([name: file(base), "over.yaml": file(over)], main: [name, "over.yaml"])
        return (tree.text("services.a.\(attribute)"), tree.messages)
    }

    @Test(
        arguments: [
            ("environment", "{ A: 1, B: 2 }", "[B=3, C=4]", "{A: 1, B: 3, C: 4}"),
            ("environment", "[A=1, B]", "{ A: , B: 5 }", "{A: null, B: 5}"),
            ("environment", "[A=1=2]", "[]", "{A: 1=2}"),
            ("labels", "[a=b, c]", "{ c: d }", "{a: b, c: d}"),
            ("annotations", "{ a: b }", "[a=c]", "{a: c}"),
            ("sysctls", "[net.a=1]", "{ net.a: 2, net.b: 3 }", "{net.a: 2, net.b: 3}"),
            ("command", "[a, b]", "c d", "c d"), ("command", "a", "", "null"), ("entrypoint", "[a]", "[b]", "[b]"),
            (
                "healthcheck", "{ test: [CMD, a], retries: 3 }", "{ test: b, timeout: 5s }",
                "{retries: 3, test: b, timeout: 5s}"
            ),
            (
                "depends_on", "[b, c]", "{ c: { condition: service_healthy } }",
                "{b: {condition: service_started, required: true}, c: {condition: service_healthy, required: true}}"
            ),
            (
                "depends_on", "{ c: { condition: service_healthy, restart: true } }", "[c]",
                "{c: {condition: service_started, required: true, restart: true}}"
            ),
            ("networks", "[n, m]", "{ m: { aliases: [q] } }", "{m: {aliases: [q]}, n: null}"),
            (
                "networks", "{ m: { aliases: [q], priority: 1 } }", "{ m: { aliases: [r, q] } }",
                "{m: {aliases: [q, r], priority: 1}}"
            ),
            ("networks", "{ m: { aliases: [q] } }", "[m]", "{m: {aliases: [q]}}"),
            ("build", ".", "{ dockerfile: D, args: { A: 1 } }", "{args: {A: 1}, context: ., dockerfile: D}"),
            (
                "build", "{ context: a, args: [A=1, B=2] }", "{ args: { B: 3 }, tags: [t] }",
                "{args: {A: 1, B: 3}, context: a, tags: [t]}"
            ),
            ("build", "{ context: a }", "b", "{context: b}"),
            ("dns", "1.1.1.1", "[8.8.8.8, 1.1.1.1]", "[1.1.1.1, 8.8.8.8]"),
            ("tmpfs", "/run", "[/tmp, '/run:size=1m']", "[/run:size=1m, /tmp]"),
            ("env_file", "a.env", "[{ path: b.env }, ./a.env]", "[./a.env, {path: b.env}]"),
            ("cap_add", "[A, B]", "[B, C]", "[A, B, C]"), ("expose", "[80, '81']", "['80', 82]", "[80, 81, 82]"),
            (
                "volumes", "['v:/d', './a:/e']", "[{ type: tmpfs, target: /e/ }, '/f']",
                "[v:/d, {target: /e/, type: tmpfs}, /f]"
            ),
            (
                "devices", "['/dev/a:/dev/x', '/dev/b']", "['/dev/c:/dev/x:r', '/dev/b:/dev/b']",
                "[/dev/c:/dev/x:r, /dev/b:/dev/b]"
            ),
            (
                "secrets", "[s, { source: t, target: /run/secrets/u }]", "[{ source: q, target: /run/secrets/s }, u]",
                "[{source: q, target: /run/secrets/s}, u]"
            ),
            ("configs", "[c]", "[{ source: c, mode: 0400 }]", "[{mode: 0400, source: c}]"),
            (
                "extra_hosts", "{ h: [10.0.0.1, 10.0.0.2] }", "['h=10.0.0.1', 'k:10.0.0.3']",
                "[h=10.0.0.1, h=10.0.0.2, k:10.0.0.3]"
            ),
            (
                "logging", "{ driver: a, options: { x: 1 } }", "{ options: { y: 2 } }",
                "{driver: a, options: {x: 1, y: 2}}"
            ),
            ("logging", "{ driver: a, options: { x: 1 } }", "{ driver: b }", "{driver: b}"),
            (
                "logging", "{ driver: a, options: { x: 1 } }", "{ driver: a, options: { x: 2 } }",
                "{driver: a, options: {x: 2}}"
            ),
            ("ulimits", "{ nofile: { soft: 1, hard: 2 }, nproc: 3 }", "{ nofile: 5 }", "{nofile: 5, nproc: 3}"),
            ("ports", "['80:80']", "['80:80', '81:80']", "[80:80, 81:80]"),
            ("ports", "['80:80/tcp']", "[{ target: 80, published: '80' }]", "[{published: 80, target: 80}]"),
            ("profiles", "[p]", "[q, p]", "[p, q]"), ("user", "a", "b", "b"), ("user", "a", "", "a"),
            ("deploy", "{ replicas: 1, labels: [a=b] }", "{ labels: { c: d } }", "{labels: {a: b, c: d}, replicas: 1}"),
            ("post_start", "[{ command: a }]", "[{ command: b }]", "[{command: a}, {command: b}]"),
            (
                "blkio_config", "{ device_read_bps: [{ path: /a, rate: 1 }] }",
                "{ device_read_bps: [{ path: /a, rate: 2 }] }",
                "{device_read_bps: [{path: /a, rate: 2}]}"
            ),
            ("ports", "['80:80', '81:81']", "!reset []", "-"), ("ports", "['80:80']", "!override ['81:81']", "[81:81]"),
            ("environment", "{ A: 1, B: 2 }", "{ A: !reset null }", "{B: 2}"),
            ("environment", "[A=1]", "!override { B: 2 }", "{B: 2}"),
            ("ports", "!reset ['80:80']", "['81:81']", "[81:81]"),
            ("x-any", "{ a: [1], b: 1 }", "{ a: [2] }", "{a: [1, 2], b: 1}"),
        ] as [(String, String, String, String)])
    func service(attribute: String, base: String, over: String, expected: String) {
        let result = merged(base, over, attribute: attribute)
        #expect(result.text ?? "-" == expected)
        #expect(result.messages == [])
    }

    @Test(
        arguments: [
            ("['8080:80']", "['8081:80']", "[8081:80]"), ("['80:80', '443:443']", "['8443:443']", "[80:80, 8443:443]"),
            ("['80:80']", "['80:80/udp']", "[80:80, 80:80/udp]"), ("['80:80', '81:80']", "[]", "[80:80, 81:80]"),
            ("['80:80']", "['82:80', '83:80']", "[82:80, 83:80]"),
            (
                "['127.0.0.1:8000-8002:80-82']", "[{ target: 81, published: 9 }]",
                "[127.0.0.1:8000:80/tcp, 127.0.0.1:8002:82/tcp, {published: 9, target: 81}]"
            ),
            ("['[::1]::80-81', nonsense]", "['81']", "[[::1]::80/tcp, nonsense, 81]"),
        ] as [(String, String, String)])
    func portsOfAnEnvfile(base: String, over: String, expected: String) {
        #expect(merged(base, over, attribute: "ports", name: "Envfile").text == expected)
    }

    @Test func stepsAreKnownByTheirNames() {
        let result = merged(
            "[{ name: a, shell: x }, { shell: y }]", "[{ shell: z }, { name: a, shell: w }]", attribute: "provision",
            name: "Envfile")
        #expect(result.text == "[{name: a, shell: w}, {shell: y}, {shell: z}]")
        #expect(
            merged("{ tcp: 1, timeout: 2s }", "{ http: x }", attribute: "wait", name: "Envfile").text == "{http: x}")
    }

    @Test func topLevel() {
        let base =
            "networks: { n: { labels: [a=b], ipam: { config: [{ subnet: 10.0.0.0/24, gateway: g }] } } }\nvolumes: { v: }\n"
        let over =
            "networks: { n: { labels: { c: d }, ipam: { config: [{ subnet: 10.0.0.0/24, ip_range: r }] } }, m: }\n"
            + "volumes: { v: { driver: local }, w: !reset { driver: x } }\nsecrets: { s: { file: f } }"
        let tree = Composed(["compose.yaml": base, "over.yaml": over], main: ["compose.yaml", "over.yaml"])
        #expect(
            tree.text("networks")
                == "{m: null, n: {ipam: {config: [{gateway: g, ip_range: r, subnet: 10.0.0.0/24}]}, labels: {a: b, c: d}}}"
        )
        #expect(tree.text("volumes") == "{v: {driver: local}}")
        #expect(tree.text("secrets") == "{s: {file: f}}")
    }

    @Test func documentsOfOneFileAreMerged() {
        let tree = Composed([
            "compose.yaml": "services: { a: { image: x, user: u } }\n---\nservices: { a: { image: y } }\n"
        ])
        #expect(tree.text("services.a") == "{image: y, user: u}")
    }

    @Test(
        arguments: [
            ("{ a: b }", "[c]", "services.a.x-any is a list here, which cannot be merged with a mapping"),
            ("[a]", "{ a: b }", "services.a.x-any is a mapping here, which cannot be merged with a list"),
            ("[a]", "b", "services.a.x-any is a string here, which cannot be merged with a list"),
        ] as [(String, String, String)])
    func kindsThatDoNotFit(base: String, over: String, message: String) {
        #expect(merged(base, over, attribute: "x-any").messages == [message])
    }

    @Test func entriesOfOneListAreUnique() {
        let tree = Composed([
            "compose.yaml": "services: { a: { image: x, ports: ['80:80', '80:80/tcp'], dns: [a, b, a] } }"
        ])
        #expect(tree.text("services.a") == "{dns: [a, b], image: x, ports: [80:80/tcp]}")
    }

    @Test func everyFileOfTheProjectIsLookedAt() {
        let tree = Composed(
            ["Envfile": "services: { a: { image: '${' } }", "Envfile.local": "services: { a: [ }"],
            main: ["Envfile", "Envfile.local"])
        #expect(tree.diagnostics.map(\.file) == ["/srv/shop/Envfile", "/srv/shop/Envfile.local"])
    }
}
