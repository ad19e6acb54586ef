import Testing
import Vocabulary

@testable import Envfile

@Suite(.timeLimit(.minutes(2))) struct ServiceTests {
    @Test func allDefaults() throws {
        let trice = try Fixture().load("services: { web: { image: bootstrap:busybox } }").environment
        #expect(trice.name == "shop")
        #expect(trice.directory == "/srv/shop")
        #expect(trice.dialect == .trice)
        #expect(trice.networks == [Network(name: "default")])
        #expect(
            trice.services == [
                Service(name: "web", image: "bootstrap:busybox", networks: [.init(network: "default")], usesInit: true)
            ])
        let compose = try Fixture.compose.load("services: { web: { image: nginx } }").environment
        #expect(compose.dialect == .compose)
        #expect(compose.services.map(\.usesInit) == [false])
        let compat = try Fixture().load("compat: compose\nservices: { web: { image: nginx, init: true } }").environment
        #expect(compat.dialect == .compose)
        #expect(compat.services.map(\.usesInit) == [true])
    }

    @Test func everySimpleAttribute() throws {
        let service = try Fixture().service(
            """
            working_dir: /app
            user: "1000:1000"
            hostname: shop.local
            stop_signal: usr1
            stop_grace_period: 1m30s
            tty: true
            stdin_open: "yes"
            read_only: true
            init: false
            expose: [3000, "4000-4005/udp"]
            x-note: { anything: [goes] }
            labels: { a: 1, b: true, c: , d: text }
            """)
        #expect(service.workingDirectory == "/app")
        #expect(service.user == "1000:1000")
        #expect(service.hostname == "shop.local")
        #expect(service.stopSignal == "usr1")
        #expect(service.exposedPorts == ["3000", "4000-4005/udp"])
        #expect(service.keepsInputOpen)
        #expect(service.stopGracePeriod == .seconds(90))
        #expect(service.hasTerminal)
        #expect(service.isReadOnly)
        #expect(!service.usesInit)
        #expect(service.labels == ["a": "1", "b": "true", "c": "", "d": "text"])
    }

    @Test(arguments: [
        ("command: a 'b c' \"d\\\"e\" f\\ g", CommandOverride.replaced(["a", "b c", "d\"e", "f g"])),
        ("command: [a, b c, '']", .replaced(["a", "b c", ""])), ("command: []", .replaced([])),
        ("command: ''", .replaced([])), ("command:", .image), ("command: \"''\"", .replaced([""])),
        ("command: \"a$$b 'x\\\\ny'\"", .replaced(["a$b", "x\\ny"])), ("command: a\"b\"'c'd", .replaced(["abcd"])),
        ("command: >\n  sh -c\n  'a;\n  b'", .replaced(["sh", "-c", "a; b"])),
        // A backslash vanishes before whatever it stands, between double quotes too.
        ("command: 'a \"b\\nc\" \\d'", .replaced(["a", "bnc", "d"])),
        ("command: echo `a b` $$(c d)", .replaced(["echo", "`a b`", "$(c d)"])),
    ])
    func commands(body: String, expected: CommandOverride) throws {
        #expect(try Fixture().service(body).command == expected)
    }

    @Test(arguments: [
        ("a b && c", ["a", "b"], "&"), ("a|b", ["a"], "|"), ("a 2>x", ["a"], ">"), ("a b>x", ["a", "b"], ">"),
        ("a 'b;c' ;d", ["a", "b;c"], ";"), ("<x", [], "<"),
    ])
    func anOperatorEndsACommand(text: String, words: [String], sign: String) throws {
        let loaded = try Fixture().load("services: { a: { image: x, command: \"\(text)\" } }")
        #expect(loaded.environment.services.first?.command == .replaced(words))
        #expect(
            loaded.warnings.map(\.message) == [
                "services.a.command is no shell command: all from `\(sign)` on is dropped"
            ])
    }

    /// The short form of a volume says the same as the long one, and so does the warning.
    @Test(arguments: ["./a:/b:z", "./a:/b:ro,Z", "{ type: bind, source: ./a, target: /b, bind: { selinux: z } }"])
    func relabellingIsNotAppliedInEitherForm(mount: String) throws {
        let quoted = mount.hasPrefix("{") ? mount : "\"\(mount)\""
        let loaded = try Fixture().load("services: { a: { image: x, volumes: [\(quoted)] } }")
        #expect(
            loaded.warnings.map(\.message) == [
                "`volumes.bind.selinux` is not applied yet and is ignored (service a)"
            ])
    }

    @Test func environmentVariables() throws {
        var fixture = Fixture(dotEnv: "FROM_FILE=f\n")
        fixture.process["FROM_PROCESS"] = "p"
        let mapping = try fixture.service(
            "environment: { A: text, B: 1, C: true, D: 1.50, FROM_PROCESS: , FROM_FILE: , NOWHERE: , E: '' }")
        #expect(
            mapping.environment == [
                "A": "text", "B": "1", "C": "true", "D": "1.50", "FROM_PROCESS": "p", "FROM_FILE": "f", "E": "",
            ])
        let list = try fixture.service("environment: [A=text, B=x=y, C=, FROM_PROCESS, NOWHERE]")
        #expect(list.environment == ["A": "text", "B": "x=y", "C": "", "FROM_PROCESS": "p"])
    }

    @Test func networksAndDependencies() throws {
        let service = try Fixture().service(
            "networks: { front: { aliases: [b, a, b] }, back: }\ndepends_on: { db: { condition: service_healthy, restart: true } }"
        )
        #expect(service.networks == [.init(network: "back"), .init(network: "front", aliases: ["b", "a"])])
        #expect(service.dependencies == [Dependency(service: "db", condition: .healthy, restarts: true)])
        let short = try Fixture().service("networks: [front]\ndepends_on: [db]")
        #expect(short.networks == [.init(network: "front")])
        #expect(short.dependencies == [Dependency(service: "db")])
    }

    @Test func topLevelNetworksAndVolumes() throws {
        let text = """
            services: { web: { image: a, networks: [front], volumes: [data:/data, cache:/cache] } }
            networks: { front: { internal: true, labels: [k=v] }, unused: }
            volumes: { data: { labels: { k: v } }, cache: , unused: }
            """
        let environment = try Fixture().load(text).environment
        #expect(environment.networks == [Network(name: "front", isInternal: true, labels: ["k": "v"])])
        #expect(environment.volumes == [Volume(name: "cache"), Volume(name: "data", labels: ["k": "v"])])
    }

    @Test(arguments: [
        ("10s", Duration.seconds(10)), ("1m30s", .seconds(90)), ("500ms", .milliseconds(500)), ("1.5h", .seconds(5400)),
        ("1h1m1s1ms", .milliseconds(3_661_001)), ("0", .zero), ("2us", .microseconds(2)), (".5s", .milliseconds(500)),
        ("1d", .seconds(86400)),
    ])
    func durations(text: String, expected: Duration) throws {
        #expect(Duration.parsing(composeText: text) == expected)
        #expect(Duration.parsing(composeText: expected.composeText) == expected)
    }

    @Test(arguments: ["", "10", "s", "-1s", "1x", "1 s", "1.2.3s", ".s", "99999999999h", "1s2"])
    func noDurations(text: String) {
        #expect(Duration.parsing(composeText: text) == nil)
    }

    @Test(arguments: [
        ("SIGTERM", "SIGTERM"), ("term", "SIGTERM"), ("15", "SIGTERM"), ("SIGRTMIN+3", "SIGRTMIN+3"),
        ("37", "SIGRTMIN+3"),
        ("RTMAX-30", "SIGRTMIN"), ("SIGTREM", nil), ("0", nil), ("32", nil), ("99", nil), ("RTMIN+31", nil),
        ("SIG", nil),
    ])
    func signals(text: String, expected: String?) {
        #expect(Signal(parsing: text)?.description == expected)
    }

    @Test(
        arguments: [
            ("64m", 64 << 20), ("1gb", 1 << 30), ("65536", 65536), ("1.5k", 1536), ("2 KiB", 2048), ("", nil),
            ("m", nil),
            ("-1", nil), ("1q", nil), ("99999999999t", nil), ("1e400", nil),
        ] as [(String, UInt64?)])
    func sizes(text: String, expected: UInt64?) {
        #expect(ByteCount(parsing: text)?.rawValue == expected)
    }

    @Test(arguments: [
        ("image: 5", "services.web.image must be a string, but is the number 5"),
        ("image: ''", "services.web.image must name an image, but is empty"),
        ("image: 'a b'", "services.web.image must name an image, but contains blanks"),
        ("command: 5", "services.web.command must be a string or a list of strings, but is the number 5"),
        ("command: \"a 'b\"", "services.web.command cannot be split into words: a `'` is not closed"),
        ("command: 'a\\'", "services.web.command cannot be split into words: it ends in a backslash"),
        ("command: a (b)", "services.web.command cannot be split into words: a `(` stands outside of quotes"),
        ("command: a $$(b", "services.web.command cannot be split into words: a `(` is not closed"),
        ("command: [sleep, 5]", "services.web.command[1] must be a string, but is the number 5"),
        ("environment: text", "services.web.environment must be a mapping or a list of `NAME=value`, but is a string"),
        ("environment: [=x]", "`` is no name of an environment variable"),
        ("environment: { A: [x] }", "services.web.environment.A must be a string, number or boolean, but is a list"),
        ("labels: [=x]", "services.web.labels[0] has no key before `=`"),
        ("tty: maybe", "services.web.tty must be true or false, but is a string"),
        ("init: 1", "services.web.init must be true or false, but is the number 1"),
        ("read_only:", "services.web.read_only must be true or false, but is empty"),
        (
            "stop_grace_period: 10",
            "services.web.stop_grace_period must be a duration such as `10s`, `1m30s` or `500ms`, but is the number 10"
        ),
        ("stop_grace_period: soon", "`soon` is no duration"), ("stop_signal: SIGTREM", "`SIGTREM` is no signal"),
        ("working_dir: app", "services.web.working_dir must be an absolute path, but is `app`"),
        ("hostname: a b", "`a b` is no host name"),
        ("user: 1000", "services.web.user must be a string, but is the number 1000"),
        ("ports: 80", "services.web.ports must be a list, but is the number 80"),
        ("ports:", "services.web.ports must be a list, but is empty"),
        ("profiles: [a b]", "`a b` is no valid profile name"), ("expose: [x]", "`x` is no port: `x` is no number"),
        ("expose: [70000]", "`70000` is no port: 70000 is not from 1 to 65535"),
        ("networks: front", "services.web.networks must be a list or a mapping of networks, but is a string"),
        ("networks: [front, front]", "the network `front` is listed twice"),
        ("networks: { front: { alias: [x] } }", "unknown key `alias` in services.web.networks.front"),
        ("depends_on: db", "services.web.depends_on must be a list or a mapping of services, but is a string"),
        ("depends_on: { db: {} }", "services.web.depends_on.db has no `condition`"),
        ("depends_on: { db: }", "services.web.depends_on.db must be a mapping, but is empty"),
        (
            "depends_on: { db: { condition: healthy } }",
            "services.web.depends_on.db.condition must be one of `service_started`, `service_healthy`, "
                + "`service_completed_successfully`, but is `healthy`"
        ),
        ("port: []", "unknown key `port` in services.web"),
    ])
    func wrongAttributes(body: String, message: String) {
        let text = Fixture.file(service: body)
        let withoutDuplicate = body.hasPrefix("image") ? text.replacingImage() : text
        #expect(Fixture().messages(withoutDuplicate) == [message])
    }

    @Test func aServiceNeedsAnImage() throws {
        let build = try Fixture().load("services: { web: { build: . } }")
        #expect(build.unsupported.isEmpty)
        #expect(build.environment.services.map(\.image) == ["shop-web"])
        #expect(build.environment.services.map(\.isImageGiven) == [false])
        #expect(Fixture().messages("services: { web: { tty: true } }") == ["services.web has no `image`"])
        #expect(Fixture().messages("services: { web: { build: ., image: a } }", .warning) == [])
        #expect(Fixture().messages("services: { web: }") == ["services.web must be a mapping, but is empty"])
    }

    @Test func keysOfOurOwnHaveTheirPlace() {
        let body = "services: { web: { image: a, primary: true, ssh: { user: dev } } }"
        #expect(Fixture().messages(body, .warning) == [])
        #expect(
            Fixture.compose.messages(body) == [
                "`primary` is no key of the Compose Specification",
                "`ssh` is no key of the Compose Specification",
            ])
        let nested = "services: { web: { image: a, x-trice: { ssh: { user: dev }, primry: 1 } } }"
        #expect(Fixture.compose.messages(nested, .warning) == [])
        #expect(Fixture.compose.messages(nested) == ["unknown key `primry` in services.web.x-trice"])
        #expect(
            Fixture().messages("compat: docker\nservices: { web: { image: a } }") == [
                "compat must be `compose` or `trice`, but is `docker`"
            ])
    }

    @Test func whatHasNoEffectIsNamedOnce() {
        let text = """
            services:
              a: { image: x, cpu_percent: 20, cpus: 0.5, deploy: { placement: { constraints: [a] } }, privileged: false }
              b: { image: x, cpu_percent: 20, volumes: [./x:/x:rshared] }
              c: { image: x, restart: "no", profiles: [other], cpu_count: 2 }
            networks: { default: { attachable: true } }

            """
        #expect(
            Fixture().diagnostics(text) == [
                "2:18 warning: `cpu_percent` is for Windows and is ignored (services a, b)",
                "2:56 warning: `deploy.placement` is for Swarm and is ignored (service a)",
                "5:24 warning: `networks.attachable` is for Swarm and is ignored",
            ])
    }
}

extension String {
    /// Without the image that the fixture's file writes for `web`.
    fileprivate func replacingImage() -> String {
        guard let range = self.range(of: "    image: bootstrap:busybox\n") else { return self }
        return String(self[..<range.lowerBound]) + self[range.upperBound...]
    }

    private func range(of part: String) -> Range<String.Index>? {
        for start in indices where self[start...].hasPrefix(part) {
            return start..<index(start, offsetBy: part.count)
        }
        return nil
    }
}
