import Testing
import Vocabulary

@testable import Envfile

@Suite(.timeLimit(.minutes(2))) struct PortAndMountTests {
    private static func describe(_ port: PortMapping) -> String {
        let host =
            switch port.hostAddress {
            case .loopback: "lo"
            case .any: "any"
            case .address(let address): "\(address)"
            }
        let published = port.published.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
        return "\(host) \(published ?? "?") \(port.target)/\(port.transportProtocol.rawValue)"
            + (port.autoCorrects ? " auto" : "")
    }

    @Test(arguments: [
        ("80", ["any ? 80/tcp"]), ("\"8080:80\"", ["any 8080 80/tcp"]), ("8080:80/udp", ["any 8080 80/udp"]),
        ("53:53/UDP", ["any 53 53/udp"]), ("22222:22", ["any 22222 22/tcp"]),
        ("127.0.0.1:80:81", ["127.0.0.1 80 81/tcp"]),
        ("127.0.0.1::81", ["127.0.0.1 ? 81/tcp"]), ("'[::1]:80:81'", ["::1 80 81/tcp"]),
        ("'::1:80:81'", ["::1 80 81/tcp"]),
        ("3000-3002", ["any ? 3000/tcp", "any ? 3001/tcp", "any ? 3002/tcp"]),
        ("8000-8001:9000-9001", ["any 8000 9000/tcp", "any 8001 9001/tcp"]), ("8000-8010:80", ["any 8000-8010 80/tcp"]),
        ("0:80", ["any ? 80/tcp"]), ("65535:65535", ["any 65535 65535/tcp"]),
        ("{ target: 80 }", ["any ? 80/tcp"]), ("{ target: 80, published: 8080, protocol: udp }", ["any 8080 80/udp"]),
        (
            "{ target: '80', published: '8080-8090', host_ip: 10.0.0.1, mode: host, name: n, app_protocol: http }",
            ["10.0.0.1 8080-8090 80/tcp"]
        ),
        ("{ target: 80, x-trice: { auto_correct: true } }", ["any ? 80/tcp auto"]),
    ])
    func ports(entry: String, expected: [String]) throws {
        #expect(try Fixture.compose.service("ports:\n  - \(entry)").ports.map(Self.describe) == expected)
    }

    @Test func portsOfAnEnvfileStayAtHomeAndMoveAside() throws {
        let service = try Fixture().service("ports: [8080:80, 0.0.0.0:81:81, { target: 82, auto_correct: false }]")
        #expect(service.ports.map(Self.describe) == ["lo 8080 80/tcp auto", "0.0.0.0 81 81/tcp auto", "lo ? 82/tcp"])
    }

    @Test(arguments: [
        ("x", "`x` is no port: `x` is no number"), ("''", "`` is no port: a port is missing"),
        ("'80:'", "`80:` is no port: a port is missing"), ("70000", "`70000` is no port: 70000 is not from 1 to 65535"),
        ("80:0", "`80:0` is no port: 0 is not from 1 to 65535"), ("-80", "`-80` is no port: a port is missing"),
        ("80/dccp", "`80/dccp` is no port: the protocol must be tcp, udp or sctp, but is `dccp`"),
        ("9-8", "`9-8` is no port: the range 9-8 runs backwards"),
        ("localhost:80:80", "`localhost:80:80` is no port: `localhost` is no IP address"),
        ("'[::1:80:80'", "`[::1:80:80` is no port: `[` is not closed"),
        ("'[1]:80:80'", "`[1]:80:80` is no port: `1` is no IPv6 address"),
        ("'[::1]:1:2:3'", "`[::1]:1:2:3` is no port: it has too many `:`"),
        ("8000-8002:80-81", "`8000-8002:80-81` is no port: 3 host ports cannot serve 2 container ports"),
        ("80.5", "services.web.ports[0] must be a port such as \"8080:80\" or a mapping, but is the number 80.5"),
        ("[80]", "services.web.ports[0] must be a port such as \"8080:80\" or a mapping, but is a list"),
        ("{ published: 80 }", "services.web.ports[0] has no `target`"),
        ("{ target: 0 }", "services.web.ports[0].target must be a port from 1 to 65535, but is 0"),
        ("{ target: 80, host_ip: here }", "`here` is no IP address"),
        ("{ target: 80, published: 1-x }", "`1-x` is no port: `x` is no number"),
        ("{ target: 80, mode: x }", "services.web.ports[0].mode must be one of `host`, `ingress`, but is `x`"),
        ("{ taget: 80, target: 80 }", "unknown key `taget` in services.web.ports[0]"),
        ("{ target: 80, auto_correct: true }", "`auto_correct` is no key of the Compose Specification"),
    ])
    func wrongPorts(entry: String, message: String) {
        #expect(Fixture.compose.messages(Fixture.file(service: "ports:\n  - \(entry)")) == [message])
    }

    /// What a mount is, whatever form it was written in.
    private static func bare(_ mount: Mount) -> Mount {
        var mount = mount
        mount.options = Mount.Options()
        mount.tmpfsText = nil
        return mount
    }

    @Test(arguments: [
        ("/data", Mount(source: .anonymousVolume, target: "/data")),
        ("data:/data/", Mount(source: .volume(name: "data"), target: "/data")),
        (
            "./src:/app:ro",
            Mount(source: .bind(path: "/srv/shop/src", createsSource: true), target: "/app", isReadOnly: true)
        ),
        (".:/app:rw,z,cached", Mount(source: .bind(path: "/srv/shop", createsSource: true), target: "/app")),
        ("../../../../x:/a/../b", Mount(source: .bind(path: "/x", createsSource: true), target: "/b")),
        ("~/x:/x", Mount(source: .bind(path: "/home/dev/x", createsSource: true), target: "/x")),
        ("~:/x", Mount(source: .bind(path: "/home/dev", createsSource: true), target: "/x")),
        ("/etc//hosts:/x:Z", Mount(source: .bind(path: "/etc//hosts", createsSource: true), target: "/x")),
        (
            "{ type: bind, source: src, target: /x }",
            Mount(source: .bind(path: "/srv/shop/src", createsSource: true), target: "/x")
        ),
        ("{ type: npipe, source: p, target: /x }", Mount(source: .foreign(type: "npipe", source: "p"), target: "/x")),
        (
            "{ type: bind, source: src, target: /x, bind: { create_host_path: false } }",
            Mount(source: .bind(path: "/srv/shop/src", createsSource: false), target: "/x")
        ),
        (
            "{ type: volume, source: data, target: /x, read_only: true, volume: { subpath: a/b } }",
            Mount(source: .volume(name: "data"), target: "/x", isReadOnly: true, subpath: "a/b")
        ),
        ("{ type: volume, target: /x }", Mount(source: .anonymousVolume, target: "/x")),
        (
            "{ type: tmpfs, target: /x, tmpfs: { size: 64m, mode: 0o1777 } }",
            Mount(source: .tmpfs(size: 64 << 20, mode: 0o1777), target: "/x")
        ),
        (
            "{ type: tmpfs, target: /x, tmpfs: { size: 10, mode: 493 } }",
            Mount(source: .tmpfs(size: 10, mode: 0o755), target: "/x")
        ),
        ("{ type: tmpfs, target: /x }", Mount(source: .tmpfs(size: nil, mode: nil), target: "/x")),
    ])
    func mounts(entry: String, expected: Mount) throws {
        #expect(try Fixture.compose.service("volumes:\n  - \(entry)").mounts.map(Self.bare) == [expected])
    }

    /// Compose 5.6.1 creates the directory unless told otherwise, and prints only the exception.
    @Test(
        arguments: [
            ("compose.yaml", "", true, nil),
            ("compose.yaml", ", bind: {}", true, .map([])),
            ("compose.yaml", ", bind: { create_host_path: true }", true, .map([])),
            (
                "compose.yaml", ", bind: { create_host_path: false }", false,
                .map([.init("create_host_path", .bool(false))])
            ),
            ("Envfile", "", false, nil),
            ("Envfile", ", bind: { create_host_path: true }", true, .map([.init("create_host_path", .bool(true))])),
            ("Envfile", ", bind: { create_host_path: false }", false, .map([])),
        ] as [(String, String, Bool, Value?)])
    func whetherABindCreatesItsSource(file: String, options: String, creates: Bool, shown: Value?) throws {
        let entry = "volumes: [{ type: bind, source: src, target: /x\(options) }]"
        let fixture = Fixture(file: "/srv/shop/\(file)")
        let environment = try fixture.load(Fixture.file(service: entry)).environment
        let mount = try #require(environment.services.last?.mounts.first)
        #expect(mount.source == .bind(path: "/srv/shop/src", createsSource: creates))
        let rendered = mount.rendered(RenderingContext(format: .json, dialect: environment.dialect))
        let expected = shown.map { "\"bind\":\(compact($0))," } ?? ""
        #expect(compact(rendered) == "{\(expected)\"source\":\"/srv/shop/src\",\"target\":\"/x\",\"type\":\"bind\"}")
    }

    @Test func memoryMountsFollowVolumes() throws {
        let service = try Fixture().service("tmpfs: ['/run:size=1k,mode=700,ro', /tmp]\nvolumes: [/data]")
        #expect(
            service.mounts.map(Self.bare) == [
                Mount(source: .anonymousVolume, target: "/data"),
                Mount(source: .tmpfs(size: 1024, mode: 0o700), target: "/run", isReadOnly: true),
                Mount(source: .tmpfs(size: nil, mode: nil), target: "/tmp"),
            ])
        #expect(
            try Fixture().service("tmpfs: /run").mounts.map(Self.bare) == [
                Mount(source: .tmpfs(size: nil, mode: nil), target: "/run")
            ]
        )
    }

    @Test(arguments: [
        ("data", "the mount target `data` must be an absolute path in the container"),
        ("data:x", "the mount target `x` must be an absolute path in the container"),
        ("./a:/", "`/` cannot be mounted over: it is the container's root"),
        ("./a::ro", "`./a::ro` is no mount: a part of it is empty"),
        ("a:/b:ro:x", "`a:/b:ro:x` is no mount: it has too many `:`"),
        ("src/x:/x", "`src/x` is neither a path nor the name of a volume"), ("./a:/b:roo", "`roo` is no mount option"),
        ("nope:/x", "services.web mounts the volume `nope`, which is not defined"),
        ("~root/x:/x", "the home directory of another user in `~root/x` cannot be resolved"),
        ("5", "services.web.volumes[0] must be a string such as \"./data:/data\" or a mapping, but is the number 5"),
        ("{ target: /x }", "services.web.volumes[0] has no `type`"),
        ("{ type: bind, target: /x }", "services.web.volumes[0] has no `source`"),
        ("{ type: volume }", "services.web.volumes[0] has no `target`"),
        ("{ type: volume, source: ./x, target: /x }", "`./x` is no valid volume name"),
        ("{ type: tmpfs, source: x, target: /x }", "a tmpfs mount has no `source`"),
        ("{ type: tmpfs, target: /x, tmpfs: { mode: 789 } }", "`789` is no mode"),
        ("{ type: tmpfs, target: /x, tmpfs: { size: big } }", "`big` is no size"),
        (
            "{ type: volume, target: /x, bind: { create_host_path: true } }",
            "`bind` does not belong to a mount of type `volume`"
        ),
        (
            "{ type: volume, source: data, target: /x, volume: { subpath: ../x } }",
            "services.web.volumes[0].volume.subpath must be a path below the volume's root, but is `../x`"
        ),
        (
            "{ type: bind, source: ., target: /x, bind: { creat_host_path: true } }",
            "unknown key `creat_host_path` in services.web.volumes[0].bind"
        ),
    ])
    func wrongMounts(entry: String, message: String) {
        #expect(Fixture().messages(Fixture.file(service: "volumes:\n  - \(entry)")) == [message])
    }

    @Test func aMissingBindSource() throws {
        let short = Fixture.file(service: "volumes: [./src:/app]")
        let long = Fixture.file(
            service: "volumes: [{ type: bind, source: src, target: /app, bind: { create_host_path: true } }]")
        let strict = Fixture.file(
            service: "volumes: [{ type: bind, source: src, target: /app, bind: { create_host_path: false } }]")
        let missing: Set<String> = ["/srv/shop/src"]
        let message = "services.web mounts `/srv/shop/src`, which does not exist on the host"
        let trice = Fixture(missing: missing)
        #expect(trice.messages(short) == [message])
        #expect(trice.messages(long) == [])
        #expect(trice.messages(strict) == [message])
        #expect(trice.all(short).first?.hint?.contains("create_host_path: true") == true)
        let compose = Fixture(file: "/srv/shop/compose.yaml", missing: missing)
        #expect(compose.messages(short) == [])
        #expect(compose.messages(strict) == [])
        #expect(try compose.load(strict).unsupported.map(\.message) == [message])
    }

    @Test func homeMustBeKnownForATilde() {
        let fixture = Fixture(process: [:])
        #expect(
            fixture.messages(Fixture.file(service: "volumes: [~/x:/x]")) == [
                "`~` cannot be resolved because HOME is not set"
            ])
    }
}
