import Envfile
import OCI
import Testing
import Vocabulary

@testable import Export

/// What files of users have and the objects of a cluster take in another way.
@Suite(.timeLimit(.minutes(1))) struct AdversaryTests {
    @Test(arguments: [
        ("depends_on: { db: { condition: service_started, restart: true } }", "is not started again when `db`"),
        ("dns: [10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4]", "at most 3 name servers"),
        ("group_add: [wheel]\n    image: unknown", "the number of the group `wheel`"),
        ("tmpfs: [\"/run:uid=1000\"]", "memory is mounted without `uid=1000`"),
        ("secrets: [{ source: key, uid: \"70\", gid: \"71\" }]", "not to the user 70"),
        ("configs: [{ source: settings, gid: \"71\" }]", "not to the group 71"),
        ("volumes: [outside:/x]", "`outside-data` has to be in the cluster before"),
        (
            "deploy: { resources: { limits: { cpus: \"1\" }, reservations: { cpus: \"2\" } } }",
            "more than the limit of them"
        ),
        ("deploy: { update_config: { failure_action: rollback } }", "an update that fails stops where it is"),
        ("volumes: [\"./run.sh:/run.sh\"]", "may not write to a single file"),
    ])
    func whatIsLostIsSaid(_ body: String, _ reason: String) throws {
        var fixture = ExportFixture(files: ["/srv/shop/run.sh": "true"], process: ["KEY": "hush"])
        fixture.images["unknown"] = ImageFacts(reference: "registry.example/x@sha256:0", origin: .pinned)
        fixture.options.synced = ["/run.sh"]
        let image = body.contains("image:") ? "" : "    image: web\n"
        let losses = try fixture.losses(
            """
            services:
              db: { image: pg }
              app:
            \(image)    \(body)
            secrets: { key: { environment: KEY } }
            configs: { settings: { content: a } }
            volumes: { outside: { external: true, name: outside-data } }

            """)
        let found = losses.filter { $0.contains(reason) }
        #expect(found.count == 1 && found.allSatisfy { !$0.hasPrefix("0 ") }, "\(losses)")
    }

    /// Each form says that a service of another environment is not in it.
    @Test func aServiceOfAnotherEnvironmentIsLost() throws {
        let text = """
            services:
              web: { image: web, depends_on: [db] }
              db: { external: { environment: shop, service: postgres } }

            """
        let request = try ExportFixture().request(text)
        let results = [
            KubernetesExport.export(request), StackExport.export(request), QuadletExport.export(request),
            ComposeExport.export(request),
        ]
        for (number, result) in results.enumerated() {
            let found = result.losses.filter { $0.key == "services.db.external" }
            #expect(found.count == 1 && found[0].line == 3, "\(number): \(result.losses)")
            #expect(found.first?.reason.contains("`db` is the service `postgres` of the environment `shop`") == true)
            #expect(found.first?.remedy.contains("ExternalName") == (number == 0))
            #expect(!result.stream.contains("postgres"))
        }
    }

    @Test func anExternalNameKeepsItsDots() throws {
        // Only a Compose file may name secrets that are not its own.
        let result = try ExportFixture(file: "/srv/shop/compose.yaml").kubernetes(
            "{ services: { web: { image: web, volumes: [data:/d], secrets: [key] } }, "
                + "volumes: { data: { external: true, name: team.data } }, secrets: { key: { external: true, name: team.key } } }"
        )
        #expect(result.stream.contains("claimName: team.data") && result.stream.contains("secretName: team.key"))
    }

    @Test func aPathIsMountedOnce() throws {
        let text = try ExportFixture().objects(
            "services: { web: { image: web, shm_size: 1g, tmpfs: [/dev/shm] } }", "Deployment")
        #expect(text.split(separator: "mountPath: /dev/shm").count == 2, "\(text)")
    }

    @Test func namesMadeHereMayBeThoseOfServices() throws {
        var fixture = ExportFixture()
        fixture.options.exposure = .loadbalancer
        let result = try fixture.kubernetes(
            "services: { web: { image: web, ports: [\"80:80\"] }, web-public: { image: web } }")
        let problem = try #require(result.losses.first { $0.severity == .problem })
        #expect(problem.reason == "the Service `web-public` is needed twice, by `web` and `web-public`")
    }

    @Test func equalConfigsOfNamesThatBecomeOneAreOneObject() throws {
        let result = try ExportFixture().kubernetes(
            """
            services:
              web: { image: web, configs: [{ source: a_b, target: /x.ini }, { source: A-B, target: /y/x.ini }] }
            configs: { a_b: { content: same }, A-B: { content: same } }
            """)
        #expect(result.objects.filter { $0.kind == "ConfigMap" }.count == 1)
        #expect(!result.hasProblems)
    }

    /// A runtime cannot make a directory in a ConfigMap.
    @Test func aMountInsideOfFilesHasItsPlace() throws {
        let fixture = ExportFixture(files: ["/srv/shop/site/index.html": "hi", "/srv/shop/site/css/a.css": ""])
        func volume(_ inner: String) throws -> String {
            try fixture.objects(
                "{ services: { web: { image: web, volumes: [\"./site:/site:ro\", \"data:\(inner)\"] } }, volumes: { data: } }",
                "StatefulSet")
        }
        #expect(try volume("/site/uploads").contains("initContainers:"))
        for inner in ["/site/css", "/siteX", "/other"] {
            #expect(try !volume(inner).contains("initContainers:"), "\(inner)")
        }
    }

    /// The names of the containers that are made here give way.
    @Test func aServiceMayBeCalledSync() throws {
        var fixture = ExportFixture(files: ["/srv/shop/run.py": "1"])
        fixture.options.synced = ["/srv/app"]
        let text = try fixture.objects(
            "services: { sync-1: { image: web, volumes: [\".:/srv/app\"] } }", "Deployment")
        #expect(text.contains("name: sync-1-init") && text.contains("name: sync-1\n"), "\(text)")
    }

    @Test func aNodePortOutOfRangeIsChosenByTheCluster() throws {
        var fixture = ExportFixture()
        fixture.options.exposure = .nodeport
        let losses = try fixture.losses("services: { web: { image: web, ports: [\"80:80\", \"30081:81\"] } }")
        #expect(losses.count == 1 && losses[0].contains("80 is not between 30000 and 32767"), "\(losses)")
    }

    @Test func anAddressOfTheHostIsNoneOfTheCluster() throws {
        var fixture = ExportFixture()
        fixture.options.exposure = .loadbalancer
        let losses = try fixture.losses(
            "services: { web: { image: web, ports: [\"192.0.2.7:80:80\", \"0.0.0.0:81:81\", \"[::]:82:82\"] } }")
        #expect(losses.count == 1 && losses[0].contains("and not 192.0.2.7"), "\(losses)")
    }

    /// The memory of a Compose file keeps what it has there.
    @Test func plainComposeLosesNothingOfMemory() throws {
        let result = ComposeExport.export(
            try ExportFixture().request("services: { web: { image: web, tmpfs: [\"/run:uid=5,mode=755\"] } }"))
        #expect(result.losses.isEmpty && result.stream.contains("/run:uid=5,mode=755"), "\(result.losses)")
    }

    /// In a pod of podman too.
    @Test func podmanPlaysServicesOfOneNetworkInOnePod() throws {
        var fixture = ExportFixture()
        fixture.options.target = .podman
        let result = try fixture.kubernetes(
            "services: { vpn: { image: web }, app: { image: pg, network_mode: \"service:vpn\" } }")
        let pods = result.objects.filter { $0.kind == "Pod" }
        #expect(pods.map(\.name) == ["vpn"] && result.stream.contains("- name: app\n"), "\(result.stream)")
        #expect(!result.losses.contains { $0.key.hasSuffix("network_mode") })
    }

    @Test func servicesThatLeadToEachOtherHavePodsOfTheirOwn() {
        func service(_ name: ServiceName, _ other: ServiceName) -> Service {
            var service = Service(name: name, image: "web")
            service.namespaces.pid = .service(other)
            return service
        }
        let circle = PodGroups([service("a", "b"), service("b", "a"), service("c", "a")])
        #expect(["a", "b"].map(circle.pod(of:)) == ["a", "b"])
        let chain = PodGroups([service("a", "b"), service("b", "c"), service("c", "gone")])
        #expect(["a", "b", "c"].map(chain.pod(of:)) == ["c", "c", "c"])
    }
}

/// The same for a stack and for units.
@Suite(.timeLimit(.minutes(1))) struct AdversaryOfOtherFormsTests {
    private static let text = """
        services:
          vpn: { image: web }
          app:
            image: web
            network_mode: service:vpn
            pid: service:vpn
            platform: linux/amd64
            logging: { driver: json-file, options: { max-size: 10m, max-file: "3" } }
            cpuset: "0"
            cpu_shares: 512
            memswap_limit: 1g
            mem_limit: 512m
            oom_score_adj: 100
            dns_opt: [rotate]
            annotations: { a: b }
            pull_policy: always
            device_cgroup_rules: ["c 1:3 r"]
            configs: [a, a-b]
            tmpfs: ["/run:mode=755,uid=5,size=64k", /tmp]
        configs: { a: { content: one }, a-b: { content: two } }
        """

    @Test func aUnitHasEveryLimit() throws {
        let result = QuadletExport.export(try ExportFixture().request(Self.text))
        let unit = try #require(result.files.first { $0.path == "shop-app.container" }).text
        for line in [
            "Network=container:shop-vpn", "PodmanArgs=--pid=container:shop-vpn", "After=shop-vpn.service",
            "PodmanArgs=--platform=linux/amd64", "LogDriver=k8s-file", "PodmanArgs=--log-opt=max-size=10m",
            "PodmanArgs=--cpuset-cpus=0", "PodmanArgs=--cpu-shares=512", "PodmanArgs=--memory-swap=1073741824",
            "Tmpfs=/run:size=65536,mode=755,uid=5", "Tmpfs=/tmp", "PodmanArgs=--oom-score-adj=100",
            "PodmanArgs=--pull=always",
            "PodmanArgs=\"--device-cgroup-rule=c 1:3 r\"",
        ] {
            #expect(unit.split(separator: "\n").map(String.init).contains(line), "\(line) in\n\(unit)")
        }
        #expect(!unit.contains("HostName="), "its name is that of the other")
        #expect(result.losses.map(\.key) == ["services.app.logging"], "\(result.losses)")
    }

    @Test func aStackSaysWhatItLeavesOut() throws {
        let result = StackExport.export(try ExportFixture().request(Self.text))
        let keys = Set(result.losses.map(\.key))
        for key in [
            "network_mode", "pid", "dns_opt", "annotations", "cpuset", "cpu_shares", "memswap_limit", "tmpfs[/run]",
        ] {
            #expect(keys.contains("services.app.\(key)"), "\(key) in \(keys)")
        }
        for text in ["node.platform.arch == x86_64", "max-size: \"10m\"", "driver: json-file"] {
            #expect(result.stream.contains(text), "\(text) in\n\(result.stream)")
        }
        // Each config has its own content, though the name of one begins with that of the other.
        let contents = result.files.filter { $0.path.hasPrefix("configs/") }.map(\.text)
        #expect(contents == ["one", "two"])
    }
}
