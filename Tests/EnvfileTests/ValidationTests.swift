import Testing
import Vocabulary

@testable import Envfile

@Suite(.timeLimit(.minutes(2))) struct ValidationTests {
    @Test(arguments: [
        ("[]", "the file must be a mapping, but is a list"), ("text", "the file must be a mapping, but is a string"),
        ("services: []", "services must be a mapping, but is a list"),
        ("services: { 'a b': { image: x } }", "`a b` is no valid service name"),
        ("services: { a: { image: x } }\nvolumes: { 'x/y': }", "`x/y` is no valid volume name"),
        ("servces: {}\nservices: { a: { image: x } }", "unknown key `servces` at the top level"),
        (
            "services: { a: { image: x, networks: [nt] } }\nnetworks: { net: }",
            "services.a joins the network `nt`, which is not defined"
        ),
        ("services: { a: { image: x, depends_on: [b] } }", "services.a depends on `b`, which is not defined"),
        ("services: { a: { image: x, depends_on: [a] } }", "services depend on each other in a circle: a -> a"),
        (
            "services: { a: { image: x, depends_on: [b] }, b: { image: x, depends_on: [c] }, c: { image: x, depends_on: [a] } }",
            "services depend on each other in a circle: a -> b -> c -> a"
        ),
        (
            "services: { a: { image: x, ports: ['80:80'] }, b: { image: x, ports: ['80:81'] } }",
            "the host port 80/tcp is published twice"
        ),
        (
            "services: { a: { image: x, ports: ['0.0.0.0:80:80'] }, b: { image: x, ports: ['127.0.0.1:80:81'] } }",
            "the host port 80/tcp is published twice"
        ),
        (
            "services: { a: { image: x, ports: ['80:80', '127.0.0.1:80:81', '10.0.0.1:80:81', '80:80/udp'] } }",
            "the host port 80/tcp is published twice"
        ),
        ("services: { a: { image: x, volumes: ['/d', './x:/d/'] } }", "services.a mounts two things on `/d`"),
        ("services: { a: { image: x, tmpfs: /d, volumes: ['/d'] } }", "services.a mounts two things on `/d`"),
        ("name: Shop\nservices: { a: { image: x } }", "`Shop` is no valid project name"),
        ("name: 5\nservices: { a: { image: x } }", "name must be a string, but is the number 5"),
    ])
    func refuses(text: String, message: String) {
        #expect(Fixture().messages(text) == [message])
    }

    /// Attributes: `version`
    @Test(arguments: [
        "services: { a: { image: x, ports: ['80:80', '80:80/udp', '127.0.0.2:80:80'] } }",
        "services: { a: { image: x, ports: ['8000-8001:80'] }, b: { image: x, ports: ['8000-8001:80'] } }",
        "services: { a: { image: x, depends_on: [b, c] }, b: { image: x, depends_on: [c] }, c: { image: x } }",
        "version: '3.8'\nx-any: [1]\nservices: { a: { image: x } }",
    ])
    func accepts(text: String) {
        #expect(Fixture().diagnostics(text) == [])
    }

    private static let profiled = """
        services:
          web: { image: x }
          tool: { image: x, profiles: [debug], depends_on: [probe, web] }
          probe: { image: x, profiles: [debug] }
          other: { image: x, profiles: [debug, ci] }
        """

    /// Attributes: `profiles`
    @Test(
        arguments: [
            ([], [], ["web"]), (["debug"], [], ["other", "probe", "tool", "web"]), (["ci"], [], ["other", "web"]),
            (["*"], [], ["other", "probe", "tool", "web"]), ([], ["tool"], ["probe", "tool", "web"]),
            ([], ["web"], ["web"]),
        ] as [(Set<String>, [String], [String])])
    func profiles(active: Set<String>, named: [String], expected: [String]) throws {
        let fixture = Fixture(profiles: active, selecting: named)
        #expect(try fixture.load(Self.profiled).environment.services.map(\.name.rawValue) == expected)
    }

    @Test func profilesThatDropWhatIsNeeded() {
        let needed = "services: { a: { image: x, depends_on: [b] }, b: { image: x, profiles: [p] } }"
        #expect(Fixture().messages(needed) == ["services.a depends on `b`, whose profiles (`p`) are not active"])
        #expect(Fixture().all(needed).first?.hint == "activate one: `--profile p`")
        let all = "services: { b: { image: x, profiles: [p] } }"
        #expect(Fixture().messages(all) == [])
        #expect(
            (try? Fixture().load(all))?.idle.map(\.message) == [
                "no service takes part, because none of their profiles is active"
            ])
        #expect(
            Fixture(selecting: ["c"]).messages("services: { b: { image: x } }") == ["the service `c` is not defined"])
    }

    /// Attributes: `depends_on.*.required`
    @Test func whatIsNotRequiredWarnsAndIsLeftOut() throws {
        let text = "services: { a: { image: x, depends_on: { b: { condition: service_started, required: false } } } }"
        let loaded = try Fixture().load(text)
        #expect(loaded.environment.services.first?.dependencies == [])
        #expect(
            loaded.warnings.map(\.message) == ["services.a depends on `b`, which is not defined; it is not required"])
    }

    /// Attributes: `name`
    @Test func projectNames() throws {
        let body = "services: { a: { image: x } }"
        #expect(try Fixture(projectName: "given").load(body).environment.name == "given")
        #expect(try Fixture(projectName: "given").load("name: written\n" + body).environment.name == "given")
        #expect(try Fixture().load("name: written\n" + body).environment.name == "written")
        #expect(try Fixture(file: "/srv/My Shop.2/Envfile").load(body).environment.name == "myshop2")
        #expect(
            Fixture(file: "/srv/___/Envfile").messages(body) == ["the directory `/srv/___` gives the project no name"])
        #expect(Fixture(projectName: "No!").messages(body) == ["`No!` is no valid project name"])
    }

    /// An image of another platform would not run.
    ///
    /// Attributes: `platform`
    @Test func platformsOfOtherHostsAreRefused() {
        let problem = "services.web is for `linux/s390x`, and this host runs programs of `"
        let found = Fixture().messages(Fixture.file(service: "platform: linux/s390x"))
        #expect(found.count == 1 && found[0].hasPrefix(problem), "\(found)")
        #expect(Fixture().messages(Fixture.file(service: "platform: \(ServicePlatform.nameOfHost)")) == [])
    }

    @Test func allProblemsComeAtOnceInOrder() {
        let text = """
            name: Bad
            services:
              web:
                image: x
                port: [80]
                ports: [x]
                depends_on: [none]
              db:
                cpu_percent: 20
            """
        #expect(
            Fixture().diagnostics(text) == [
                "1:7 error: `Bad` is no valid project name", "5:5 error: unknown key `port` in services.web",
                "6:13 error: `x` is no port: `x` is no number",
                "7:18 error: services.web depends on `none`, which is not defined",
                "8:3 error: services.db has no `image`",
                "9:5 warning: `cpu_percent` is for Windows and is ignored (service db)",
            ])
    }

    @Test func problemsOfAliasedServicesKeepTheirPaths() {
        let text = "x-base: &base { image: x, restrt: always }\nservices: { a: *base, b: *base }"
        #expect(Fixture().all(text).map(\.path) == ["services.a.restrt", "services.b.restrt"])
    }

    @Test func resetDropsAKey() throws {
        let loaded = try Fixture().load("services: { a: { image: x, ports: !reset [bad], user: !override me } }")
        #expect(loaded.environment.services.first?.ports == [])
        #expect(loaded.environment.services.first?.user == "me")
    }
}
