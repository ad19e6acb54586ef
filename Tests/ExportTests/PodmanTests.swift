import Testing

@testable import Export

/// Pods for `podman kube play`: word for word, and what they do not have.
@Suite(.timeLimit(.minutes(1))) struct PodmanTests {
    private static let envfile = """
        services:
          prepare: { image: local, command: [cp, a, b], volumes: [./site:/site] }
          worker:
            image: web
            command: [sh, -c, "echo $$$$ $$(date)"]
            environment: { A: "$$(B)" }
            volumes: [./site:/site, data:/data]
            depends_on: { prepare: { condition: service_completed_successfully } }
            restart: on-failure
            networks: { default: { aliases: [crew] } }
          web:
            image: web
            restart: always
            user: redis
            ports: ["8080:80", "0.0.0.0:8443:443", "8081:80", "53/udp"]
            volumes: ["./site:/site:ro"]
            secrets: [key]
            depends_on: [worker]
            healthcheck: { test: "curl localhost" }
          idle: { image: web, autostart: false }
          twice: { image: web, scale: 2, wait: { tcp: 80 }, networks: [back] }
        jobs:
          report: { image: web, command: report, triggers: { schedule: ["@daily"] } }
        networks: { back: { internal: true } }
        volumes: { data: }
        secrets: { key: { environment: DB } }
        """

    @Test func golden() throws {
        var fixture = ExportFixture(process: ["DB": "hush\n"])
        fixture.options.target = .podman
        fixture.options.secrets = .plain
        fixture.images["local"] = ImageFacts(
            reference: "shop-prepare:1", origin: .local, configuration: ExportFixture.image().configuration)
        let result = try fixture.kubernetes(Self.envfile)
        #expect(!result.hasProblems)
        #expect(Set(result.objects.map(\.kind)) == ["Pod", "PersistentVolumeClaim", "Secret"])
        let pods = result.objects.filter { $0.kind == "Pod" }.map(\.name)
        #expect(pods == ["prepare", "twice", "worker", "web"], "podman starts them in this order")
        try GoldenTests.compare(
            result.objects.map(\.text).joined(separator: "---\n") + GoldenTests.remarks(result), "podman.yaml")
    }

    @Test func aClusterGetsNoPathOfThisHost() throws {
        var fixture = ExportFixture(files: ["/srv/shop/site/index.html": "hi"])
        let text = "services: { web: { image: web, volumes: [\"./site:/site\"] } }"
        #expect(try fixture.kubernetes(text).hasProblems)
        fixture.options.target = .podman
        let result = try fixture.kubernetes(text)
        #expect(!result.hasProblems && result.stream.contains("path: /srv/shop/site"), "\(result.stream)")
    }
}

/// What the API server of Kubernetes refuses although its schema has it.
@Suite(.timeLimit(.minutes(1))) struct HostNamespaceTests {
    /// The reader of the file refuses it already, so that no such pod is ever written.
    @Test(arguments: [("network_mode: host", "net.core.somaxconn"), ("ipc: host", "kernel.shmmax")])
    func aParameterOfTheHostIsRefused(_ mode: String, _ name: String) throws {
        let error = try #require(throws: (any Error).self) {
            try ExportFixture().kubernetes("services: { web: { image: web, \(mode), sysctls: { \(name): 1 } } }")
        }
        #expect("\(error)".contains(name) && "\(error)".contains(mode), "\(error)")
    }
}
