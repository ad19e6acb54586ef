import OCI
import Testing

@testable import Export

/// What cannot be carried: one clear sentence each, with the place in the file.
@Suite(.timeLimit(.minutes(1))) struct ProblemTests {
    @Test func namesThatCollideAreNamed() throws {
        let losses = try ExportFixture().losses(
            """
            services:
              a_b: { image: web }
              a-b: { image: web }
            """)
        #expect(
            losses.contains("2 problem services.a_b: the names `a-b` and `a_b` both become `a-b`"), "\(losses)")
    }

    @Test func aVolumeOfAnotherKindIsRefused() throws {
        let losses = try ExportFixture().losses(
            """
            services: { web: { image: web, volumes: [data:/data] } }
            volumes:
              data: { driver: local, driver_opts: { type: none, o: bind, device: /srv/data } }
            """)
        #expect(
            losses == [
                "3 problem volumes.data: the volume `data` cannot be in a cluster: it is the directory `/srv/data` of this "
                    + "host"
            ])
    }

    @Test func codeOfTheProjectHasThreeWaysOut() throws {
        let text = """
            services:
              app:
                image: web
                volumes:
                  - .:/srv/app
            """
        var fixture = ExportFixture(files: ["/srv/shop/main.py": "print(1)"])
        let result = try fixture.kubernetes(text)
        #expect(result.hasProblems)
        let problem = try #require(result.losses.first { $0.severity == .problem })
        #expect(problem.line == 5 && problem.key == "services.app.volumes[/srv/app]")
        for way in ["--in-image /srv/app", "--sync /srv/app", "--omit 'services.app.volumes[/srv/app]'"] {
            #expect(problem.remedy.contains(way), "\(problem.remedy)")
        }
        fixture.options.omitted = [KeyPattern("services.app.volumes[/srv/app]")]
        let omitted = try fixture.kubernetes(text)
        #expect(!omitted.hasProblems && omitted.hasLosses)
        fixture.options.omitted = []
        fixture.options.inImage = ["/srv/app"]
        #expect(try fixture.kubernetes(text).losses.isEmpty)
        fixture.options.inImage = []
        fixture.options.synced = ["/srv/app"]
        let synced = try fixture.kubernetes(text)
        #expect(!synced.hasProblems && synced.objects.contains { $0.kind == "ConfigMap" })
    }

    @Test(arguments: [
        ("volumes: [/etc/hosts:/etc/hosts:ro]", "outside of the project"),
        ("volumes: [./none:/none:ro]", "does not exist"),
        ("entrypoint: []", "the rest of the image's words"),
        ("image: unknown\n    user: someone", "the number of the user `someone` is in the image"),
        ("ulimits: { nofile: 1024 }", "the resource limits of their node"),
        ("restart: on-failure", "always started again"),
        ("network_mode: container:db", "share no namespace"),
        ("stop_signal: SIGINT", "the signal that the image names"),
        ("wait: { log: ready }", "a line of the output"),
        ("extra_hosts: [a=host-gateway]", "no one host"),
        ("image: tagged", "is not in Envfile.lock"),
        ("image: local", "on this machine only"),
        ("image: here", "do not reach the registry `localhost:5000`"),
        ("provision: [{ shell: make }]", "on this machine only"),
        ("environment: [DB_PASSWORD=x]", "plain text"),
        ("deploy: { mode: global }", "one for each node"),
        ("logging: { driver: json-file }", "the output of pods"),
        ("devices: [/dev/kvm]", "a plugin of the node"),
        ("secrets: [key]", "has to be in the cluster before"),
    ])
    func everythingLostIsSaid(_ body: String, _ reason: String) throws {
        var fixture = ExportFixture(process: ["KEY": "hush"])
        fixture.images = [
            "unknown": ImageFacts(reference: "registry.example/x@sha256:0", origin: .pinned),
            "tagged": ImageFacts(reference: "tagged:1", origin: .tagged),
            "local": ImageFacts(reference: "local", origin: .local),
            "here": ImageFacts(reference: "localhost:5000/here@sha256:0", origin: .pinned),
            "web": ExportFixture.image("web") { $0.command = [] },
        ]
        let image = body.hasPrefix("image:") ? "" : "    image: web\n"
        let losses = try fixture.losses(
            """
            services:
              db: { image: pg }
              app:
            \(image)    \(body)
            secrets: { key: { environment: KEY } }

            """)
        let found = losses.filter { $0.contains(reason) }
        #expect(found.count == 1, "\(losses)")
        #expect(found.allSatisfy { !$0.hasPrefix("0 ") }, "\(found)")
    }

    @Test func aPortOfAnImageWithoutANumberIsSaid() throws {
        var fixture = ExportFixture()
        fixture.images["web"] = ExportFixture.image(ports: ["http", "80/tcp"])
        let losses = try fixture.losses("services: { web: { image: web } }")
        #expect(losses.count == 1 && losses[0].contains("the port `http` has no number"), "\(losses)")
    }

    @Test func aRouteOfSeveralPortsNeedsADomain() throws {
        var fixture = ExportFixture()
        fixture.options.exposure = .ingress
        let result = try fixture.kubernetes("services: { web: { image: web, ports: [\"80:80\", \"81:81\"] } }")
        #expect(result.hasProblems)
        #expect(result.losses.allSatisfy { $0.remedy.contains("--domain") })
    }

    /// The controller of a StatefulSet adds eleven characters to its name, in a label that has room for 63.
    @Test func aLongNameLeavesRoomForTheController() throws {
        let name = String(repeating: "a", count: 60)
        let result = try ExportFixture().kubernetes(
            "{ services: { \(name): { image: web, volumes: [data:/d] } }, volumes: { data: } }")
        let set = try #require(result.objects.first { $0.kind == "StatefulSet" })
        #expect(set.name.utf8.count <= 52 && set.name == ClusterNames.label(of: name))
        #expect(result.objects.contains { $0.kind == "Service" && $0.name == set.name })
        #expect(result.losses.contains { $0.severity == .loss && $0.reason.contains(set.name) })
    }

    @Test func equalInputsGiveEqualBytes() throws {
        let text = "services: { web: { image: web, environment: { A: b, C: d }, labels: { x: y, z: w } } }"
        #expect(try ExportFixture().kubernetes(text).stream == ExportFixture().kubernetes(text).stream)
    }

    @Test func anotherConfigurationIsAnotherJob() throws {
        func name(_ command: String) throws -> String? {
            try ExportFixture().kubernetes(
                "{ services: { w: { image: web } }, jobs: { j: { image: web, command: \(command), triggers: { manual: true } } } }"
            ).objects.first { $0.kind == "Job" }?.name
        }
        #expect(try name("a") != name("b"))
        #expect(try name("a") == name("a"))
    }
}
