import Testing
import Vocabulary

@testable import Envfile

/// What `docker compose config --format json` of version 5.6.1 prints for small files, recorded by hand.
@Suite(.timeLimit(.minutes(1))) struct ComposeAnswersTests {
    private func answer(_ body: String, _ others: [String: String] = [:]) throws -> Value? {
        var fixture = Fixture.compose
        fixture.others = others
        let loaded = try fixture.load("services: { a: { image: x, \(body) } }")
        guard case .map(let members) = loaded.environment.rendered(.json),
            case .map(let services)? = members.first(where: { $0.key == "services" })?.value
        else { return nil }
        return services.first { $0.key == "a" }?.value
    }

    @Test(arguments: [
        ("ports: [{ target: 80 }]", "ports", #"[{"mode":"ingress","protocol":"tcp","target":80}]"#),
        (
            "ports: [{ target: 82, protocol: UDP }]", "ports",
            #"[{"mode":"ingress","protocol":"UDP","target":82}]"#
        ),
        (
            "ports: ['85:85/UDP']", "ports",
            #"[{"mode":"ingress","protocol":"udp","published":"85","target":85}]"#
        ),
        (
            "ports: [':8080:84']", "ports",
            #"[{"mode":"ingress","protocol":"tcp","published":"8080","target":84}]"#
        ),
        (
            "ports: ['[::0001]:8086:86']", "ports",
            #"[{"host_ip":"::0001","mode":"ingress","protocol":"tcp","published":"8086","target":86}]"#
        ),
        (
            "devices: ['/dev/x:/dev/y:r']", "devices",
            #"[{"permissions":"r","source":"/dev/x","target":"/dev/y"}]"#
        ),
        ("restart: never", "restart", #""never""#), ("restart: 'on-failure:x'", "restart", #""on-failure:x""#),
        ("gpus: [{ driver: nvidia }]", "gpus", #"[{"count":-1,"driver":"nvidia"}]"#),
        ("environment: [FOO, BAR=1]", "environment", #"{"BAR":"1","FOO":null}"#),
        ("environment: { FOO: , BAR: 1 }", "environment", #"{"BAR":"1","FOO":null}"#),
        ("env_file: v.env, environment: [FOO]", "environment", #"{"FOO":null,"Q":""}"#),
        ("env_file: v.env, environment: { FOO: , HOME: }", "environment", #"{"FOO":null,"HOME":"/home/dev","Q":""}"#),
    ])
    func members(body: String, key: String, expected: String) throws {
        guard case .map(let members)? = try answer(body, ["/srv/shop/v.env": "FOO=file\nQ=\nUNSET\n"]) else {
            Issue.record("no service")
            return
        }
        let value = try #require(members.first { $0.key == key }?.value)
        #expect(compact(value) == expected)
    }

    @Test(arguments: ["services: {}", "name: p", "services: { a: { image: x, profiles: [q] } }"])
    func filesWithoutAnActiveService(text: String) throws {
        #expect(try Fixture.compose.load(text).environment.services == [])
        let loaded = try Fixture().load(text)
        #expect(loaded.environment.services == [])
        #expect(loaded.idle.count == 1 && loaded.warnings == [])
    }

    /// Beside other files one of nothing but comments is nothing; alone it is an error.
    @Test func filesOfCommentsAlone() throws {
        let base = "services: { a: { image: x } }"
        for (files, isFine) in [(["a.yaml", "c.yaml"], true), (["c.yaml", "a.yaml"], true), (["c.yaml"], false)] {
            let texts = ["/p/a.yaml": base, "/p/c.yaml": "# only\n# comments\n"]
            let loader = Loader(processEnvironment: [:], fileExists: { _ in true }) { path in
                texts[path].map { .bytes(Array($0.utf8)) } ?? .absent
            }
            let paths = files.map { "/p/\($0)" }
            if isFine {
                #expect(try loader.load(files: paths).environment.services.map(\.name) == ["a"])
            } else {
                let error = #expect(throws: EnvfileError.self) { try loader.load(files: paths) }
                #expect(error?.diagnostics.map(\.message) == ["the file is empty"])
            }
        }
        var fixture = Fixture.compose
        fixture.others = ["/srv/shop/c.yaml": "# only\n"]
        #expect(try fixture.load("include: [c.yaml]\n\(base)").environment.services.map(\.name) == ["a"])
    }

    private func compact(_ value: Value) -> String {
        switch value {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .string(let text): "\"\(text)\""
        case .list(let items): "[\(items.map(compact).joined(separator: ","))]"
        case .map(let members):
            "{\(members.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\(compact($0.value))" }.joined(separator: ","))}"
        }
    }
}

/// What needs no warning, what must not be ignored, and what is told once.
@Suite(.timeLimit(.minutes(1))) struct UnsupportedTests {
    @Test(arguments: [
        "deploy: { replicas: 1 }", "scale: 1", "attach: true", "attach: false", "container_name: web",
        "deploy: { mode: replicated }",
    ])
    func whatChangesNothingHasNoWarning(body: String) {
        #expect(Fixture.compose.messages(Fixture.file(service: body), .warning) == [])
    }

    @Test(arguments: [
        "storage_opt: { size: 1G }", "cpu_count: 2",
    ])
    func whatWouldChangeSomethingHasOne(body: String) {
        #expect(Fixture.compose.messages(Fixture.file(service: body), .warning).count == 1)
    }

    /// Attributes: `volumes.*.driver`
    @Test(arguments: [
        (
            "services: { a: { image: x, networks: [n] } }\nnetworks: { n: { external: true }, m: { external: true } }",
            []
        ),
        ("services: { a: { image: x, volumes: ['v:/v'] } }\nvolumes: { v: { external: true } }", []),
        (
            "services: { a: { image: x, volumes: ['v:/v'] } }\nvolumes: { v: { driver: other } }",
            ["volumes.v has the driver `other`, and only `local` is known"]
        ),
        ("services: { a: { image: x, network_mode: x } }", []),
        ("services: { a: { image: x, network_mode: none } }", []),
    ])
    func whatWouldDoHarmIsNotIgnored(text: String, messages: [String]) throws {
        for fixture in [Fixture(), .compose] {
            if fixture.file.hasSuffix("Envfile"), text.contains("driver:") {
                #expect(fixture.messages(text) == messages)
                continue
            }
            let loaded = try fixture.load(text)
            #expect(loaded.unsupported.map(\.message) == messages)
            #expect(loaded.warnings.filter { $0.message.contains("is ignored") } == [])
        }
    }

    @Test(arguments: ["b: { extends: a }", "b: { extends: { service: a } }, c: { extends: b }"])
    func whatIsInheritedIsToldOnce(others: String) throws {
        let text = "services: { a: { image: x, restart: sometimes, working_dir: rel }, \(others) }"
        let loaded = try Fixture.compose.load(text)
        #expect(
            loaded.unsupported.map(\.message) == [
                "`sometimes` is no restart policy",
                "services.a.working_dir must be an absolute path, but is `rel`",
            ])
    }

    /// Envfile meaning in a file of another name, and the reverse.
    ///
    /// Attributes: `compat`
    @Test func compatChoosesTheDialect() throws {
        var fixture = Fixture(file: "/srv/shop/stack.yml")
        let services = "services: { a: { image: x, ports: ['80:80'] } }"
        #expect(try fixture.load(services).environment.dialect == .compose)
        #expect(try fixture.load("x-trice: { compat: trice }\n\(services)").environment.dialect == .trice)
        #expect(fixture.messages("compat: trice\n\(services)").count == 1)
        fixture.file = "/srv/shop/Envfile.dev"
        #expect(try fixture.load(services).environment.dialect == .trice)
        #expect(try fixture.load("compat: compose\n\(services)").environment.dialect == .compose)
    }

    @Test func namesAreLimitedToWhatTheKernelTakes() throws {
        let longest = String(repeating: "a", count: 103)
        let services = "services: { \(String(repeating: "s", count: 70)): { image: x } }"
        let loaded = try Fixture().load("name: \(longest)\n\(services)")
        #expect(loaded.environment.name == longest)
        #expect(loaded.environment.services.map(\.hostname.utf8.count) == [63])
        #expect(
            Fixture().messages("name: \(longest)a\n\(services)") == ["`\(longest)a` is no valid project name"])
        // A directory's name is shortened.
        let fixture = Fixture(file: "/srv/\(longest)bc/Envfile")
        #expect(try fixture.load(services).environment.name == longest)
    }

    @Test func theAttributeOfAnIgnoredOneIsKnown() throws {
        let warnings = try Fixture.compose.load(Fixture.file(service: "cpu_count: 2\nstorage_opt: { size: 1G }"))
            .warnings
        #expect(warnings.map(\.ignoredAttribute) == ["cpu_count", "storage_opt"])
    }
}
