import Foundation
import Testing

@testable import Export

/// What each row of the table becomes, word for word. `TRICE_UPDATE=1` writes the files anew; they are read before a
/// commit.
@Suite(.timeLimit(.minutes(2))) struct GoldenTests {
    private static let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")

    @Test(arguments: GoldenCase.kubernetes) func kubernetes(_ given: GoldenCase) throws {
        var fixture = ExportFixture(process: ["DB": "hush\n"])
        given.change(&fixture)
        let result = try fixture.kubernetes(given.envfile)
        let objects = result.objects.filter { given.kinds.isEmpty || given.kinds.contains($0.kind) }
        try Self.compare(
            objects.map(\.text).joined(separator: "---\n") + Self.remarks(result), "kubernetes/\(given.name).yaml")
    }

    /// The losses as comments below the documents.
    static func remarks(_ result: ExportResult) -> String {
        result.losses.map { "# \($0.text(relativeTo: "/srv/shop"))\n" }.joined()
    }

    static func compare(_ text: String, _ name: String) throws {
        let file = directory.appending(path: name)
        if ProcessInfo.processInfo.environment["TRICE_UPDATE"] != nil {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        let expected = try String(contentsOf: file, encoding: .utf8)
        #expect(text == expected, "\(name) differs")
    }
}

/// The same environment for the other engines.
@Suite(.timeLimit(.minutes(1))) struct OtherFormTests {
    private static let envfile = """
        triggers: [{ before: up, run: make }]
        services:
          db:
            image: pg
            volumes: [data:/var/lib/pg]
            healthcheck: { test: "pg_isready -U $$USER", interval: 5s, start_interval: 1s }
            restart: unless-stopped
            container_name: main
            secrets: [db_password]
            stop_signal: SIGINT
          migrate: { image: web, command: [migrate, "--all $$X"], depends_on: { db: { condition: service_healthy } } }
          web:
            image: web
            depends_on: { migrate: { condition: service_completed_successfully } }
            ports: ["8080:80", { target: 53, published: 53, protocol: udp, host_ip: 0.0.0.0, mode: host }]
            volumes: [{ type: bind, source: ., target: /srv/app, exclude: [node_modules] }]
            configs: [{ source: settings, target: /etc/settings.ini }]
            environment: { A: "50%", B: "it's \\"so\\"" }
            user: "1000:1000"
            cap_drop: [ALL]
            cpus: 0.5
            mem_limit: 64m
            scale: 2
            wait: { tcp: 80 }
            provision: [{ shell: make }]
            deploy: { endpoint_mode: dnsrr }
            networks: { front: { aliases: [www] }, default: }
        jobs:
          report: { image: web, command: report, triggers: { schedule: [{ cron: "30 4 1 * 1-5", timezone: UTC }] } }
        networks: { front: { internal: true } }
        volumes: { data: }
        secrets: { db_password: { environment: DB } }
        configs: { settings: { content: "a = 1\\n" } }
        """

    private static func check(_ name: String, _ export: (ExportRequest) -> ExportResult) throws {
        var fixture = ExportFixture(process: ["DB": "hush\n", "PATH": "/bin"])
        fixture.files = ["/srv/shop/run.py": "print(1)\n"]
        let result = export(try fixture.request(envfile))
        let files = result.files.map { "# FILE \($0.path)\n\($0.text)" }.joined()
        try GoldenTests.compare(files + GoldenTests.remarks(result), name)
        #expect(!result.files.contains { $0.text.contains("hush") })
    }

    @Test func stack() throws { try Self.check("stack.yaml") { StackExport.export($0) } }
    @Test func quadlet() throws { try Self.check("quadlet.txt") { QuadletExport.export($0) } }
    @Test func compose() throws { try Self.check("compose.yaml") { ComposeExport.export($0) } }

    @Test(arguments: [
        ("30 4 1 * 1-5", ["*-*-1 4:30:00 UTC", "Mon,Tue,Wed,Thu,Fri *-*-* 4:30:00 UTC"]),
        ("*/5 * * jan,3 *", ["*-1,3-* *:0/5:00 UTC"]), ("@weekly", ["Sun *-*-* 0:0:00 UTC"]),
        ("0 0-6/2 * * 7", ["Sun *-*-* 0..6/2:0:00 UTC"]),
    ])
    func calendars(_ cron: String, _ events: [String]) {
        #expect(CalendarText.events(cron, timeZone: "UTC") == events)
    }
}
